import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { constants, setPriority } from 'node:os';

/** Memory of the JavaScript heap of a process in the background, MB; DuckDB has a limit of its own. */
const HEAP_MB = 1024;

/** Where the operating system has a class below every niceness: it runs only while nothing else wants the processor. */
let idleClass: boolean | undefined;

function hasIdleClass(): boolean {
  idleClass ??=
    process.platform === 'linux' &&
    spawnSync('chrt', ['--idle', '0', 'true'], { stdio: 'ignore' }).status === 0;
  return idleClass;
}

/**
 * Starts a Node program behind everything else on the machine, with a channel for messages. On Linux it gets the idle class
 * (`SCHED_IDLE`): whoever wakes takes the processor from it at once, where the lowest niceness would let it finish its slice of
 * some milliseconds first. Elsewhere it gets the lowest niceness.
 */
export function startInBackground(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ChildProcess {
  const node = [process.execPath, `--max-old-space-size=${String(HEAP_MB)}`, program, ...args];
  const [command = process.execPath, ...rest] = hasIdleClass() ? ['chrt', '--idle', '0', ...node] : node;
  const child = spawn(command, rest, {
    env: { ...environment },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'json',
  });
  if (!hasIdleClass() && child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  return child;
}
