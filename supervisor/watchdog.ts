import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { SignalTarget } from './process-table.ts';

/**
 * Lines in: `guard SIGNAL TARGET` and `release TARGET`, a target being a process id or, negative, a group. The end of
 * the input means that the supervisor is gone, however it went: whatever is still guarded is asked to end and, after
 * four seconds, killed. It holds a session of its own and ignores the terminal's signals, so Ctrl-C cannot take it along.
 */
const SCRIPT = `
trap '' INT TERM HUP
guarded=''
while read -r verb first second; do
  case $verb in
    guard) guarded="$guarded $first:$second" ;;
    release)
      rest=''
      for entry in $guarded; do [ "\${entry#*:}" = "$first" ] || rest="$rest $entry"; done
      guarded=$rest ;;
  esac
done
for entry in $guarded; do kill -s "\${entry%%:*}" -- "\${entry#*:}" 2>/dev/null; done
tick=0
while [ $tick -lt 40 ]; do
  alive=''
  for entry in $guarded; do kill -s 0 -- "\${entry#*:}" 2>/dev/null && alive=yes; done
  [ -z "$alive" ] && exit 0
  sleep 0.1
  tick=$((tick + 1))
done
for entry in $guarded; do kill -s KILL -- "\${entry#*:}" 2>/dev/null; done
`;

export interface GuardedProcess {
  readonly pid: number;
  readonly target: SignalTarget;
  readonly signal: NodeJS.Signals;
}

/** Ends the guarded processes when this process disappears without having stopped them. One for all children. */
export class Watchdog {
  readonly #shell: ChildProcess;

  constructor() {
    this.#shell = spawn('/bin/sh', ['-c', SCRIPT], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    // A watchdog that could not be started is a loss of comfort, not a reason to stop.
    this.#shell.on('error', () => undefined);
    this.#shell.stdin?.on('error', () => undefined);
    this.#shell.unref();
  }

  guard({ pid, target, signal }: GuardedProcess): void {
    this.#shell.stdin?.write(`guard ${signal.slice('SIG'.length)} ${address(pid, target)}\n`);
  }

  release({ pid, target }: Pick<GuardedProcess, 'pid' | 'target'>): void {
    this.#shell.stdin?.write(`release ${address(pid, target)}\n`);
  }

  /** Lets it go; what is still guarded is ended. */
  close(): void {
    this.#shell.stdin?.end();
  }
}

const address = (pid: number, target: SignalTarget): string =>
  target === 'group' ? `-${String(pid)}` : String(pid);
