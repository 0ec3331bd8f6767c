import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** `process`: that one only. `group`: it and whatever it started, for a child that leads a group of its own. */
export type SignalTarget = 'process' | 'group';

/** False for a process that is gone, and for one that has ended but was not collected by its parent yet. */
export function isRunning(pid: number): boolean {
  if (!signal(pid, 'process', 0)) return false;
  if (process.platform !== 'linux') return true;
  try {
    // "pid (name) state ...": the name may itself hold parentheses.
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    return stat.charAt(stat.lastIndexOf(')') + 2) !== 'Z';
  } catch {
    return false;
  }
}

/** Program and arguments, separated by spaces; empty when the process is gone. */
export function commandLine(pid: number): string {
  try {
    if (process.platform === 'linux') {
      return readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8')
        .replaceAll('\0', ' ')
        .trim();
    }
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}

/** Sends a signal; false when there is nothing to receive it. Signal 0 only asks. */
export function signal(pid: number, target: SignalTarget, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(target === 'group' ? -pid : pid, name);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

export interface EndRequest {
  readonly pid: number;
  readonly target: SignalTarget;
  readonly signal: NodeJS.Signals;
  /** How long it may take to end in order before it is killed. */
  readonly graceMs: number;
}

const POLL_MS = 20;
/** A killed process is gone as soon as the kernel gets to it. */
const KILL_WAIT_MS = 5000;

/** Ends a process that is not our child: asks, waits, kills. */
export async function endProcess(request: EndRequest): Promise<void> {
  signal(request.pid, request.target, request.signal);
  if (await goneWithin(request.pid, request.graceMs)) return;
  signal(request.pid, request.target, 'SIGKILL');
  await goneWithin(request.pid, KILL_WAIT_MS);
}

async function goneWithin(pid: number, milliseconds: number): Promise<boolean> {
  const deadline = performance.now() + milliseconds;
  while (isRunning(pid)) {
    if (performance.now() > deadline) return false;
    await delay(POLL_MS);
  }
  return true;
}
