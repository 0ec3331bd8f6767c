import { statfs } from 'node:fs/promises';
import { availableParallelism, freemem, loadavg, totalmem } from 'node:os';

export interface MachineUse {
  /** Shares in use, 0 to 1. */
  readonly memory: number;
  readonly disk: number;
  /** Load of the last minute per processor. */
  readonly load: number;
}

/** What is in use of the machine that computes, and of the disk that holds the folder. */
export async function machineUse(folder: string): Promise<MachineUse> {
  const { blocks, bavail } = await statfs(folder);
  return {
    memory: 1 - freemem() / totalmem(),
    disk: blocks === 0 ? 0 : 1 - bavail / blocks,
    load: (loadavg()[0] ?? 0) / availableParallelism(),
  };
}
