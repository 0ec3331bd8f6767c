import { spawn } from 'node:child_process';

const TAIL_CHARACTERS = 20_000;

const groups = new Set();
let tellGroups = () => {};

/** Calls back with the process groups at work whenever one begins or ends, so that a successor can end what we could not. */
export function observeGroups(callback) {
  tellGroups = callback;
}

/** A program ran and did not succeed. `output` holds the end of what it printed. */
export class CommandFailed extends Error {
  constructor(command, code, output) {
    super(`${command} ended with ${code}`);
    this.name = 'CommandFailed';
    this.output = output;
  }
}

/**
 * Runs a program to its end, with all it starts in one process group, and gives what it printed.
 * An abort of the signal kills the group and rejects with the reason of the abort.
 */
export function runCommand(command, args, { cwd, env, signal }) {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    if (child.pid !== undefined) groups.add(child.pid);
    tellGroups([...groups]);
    let output = '';
    const keep = (chunk) => {
      output = (output + chunk.toString('utf8')).slice(-TAIL_CHARACTERS);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const kill = () => {
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It ended by itself in between.
      }
    };
    signal.addEventListener('abort', kill, { once: true });
    child.on('error', (error) => {
      signal.removeEventListener('abort', kill);
      reject(new CommandFailed(command, error.code ?? 'an error', error.message));
    });
    child.on('close', (code, killedBy) => {
      groups.delete(child.pid);
      tellGroups([...groups]);
      signal.removeEventListener('abort', kill);
      if (signal.aborted) reject(signal.reason);
      else if (code === 0) resolve(output);
      else reject(new CommandFailed(command, killedBy ?? `code ${code}`, output));
    });
  });
}
