import { constants, setPriority } from 'node:os';
import { ParitySetInvalid } from './errors.ts';
import type { ParityColumns } from './parity-columns.ts';
import { readParityColumns } from './parity-file.ts';

/** One reading in a process of its own; started by parity-aside.ts and by nothing else. */
export interface ParityReading {
  readonly path: string;
  readonly featureNames: readonly string[];
  readonly mostRows: number;
}

export type ParityAnswer =
  | { readonly ok: true; readonly columns: ParityColumns }
  | { readonly ok: false; readonly invalid: boolean; readonly message: string };

async function read({ path, featureNames, mostRows }: ParityReading): Promise<ParityAnswer> {
  try {
    return { ok: true, columns: await readParityColumns(path, featureNames, mostRows) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ok: false, invalid: error instanceof ParitySetInvalid, message };
  }
}

// Whoever waits for an answer goes first.
setPriority(0, constants.priority.PRIORITY_BELOW_NORMAL);
process.once('disconnect', () => process.exit());
process.once('message', (reading) => {
  void read(reading as ParityReading).then((answer) => {
    process.send?.(answer, () => {
      process.disconnect();
    });
  });
});
