import { runCommand } from './command.mjs';
import { SetupFailure } from './failure.mjs';

/** The oldest that the locked numpy runs on. */
const OLDEST = [3, 11];
/** Tried in this order: what the user calls python3, then the versions the lock was made and tried for. */
const NAMES = ['python3', 'python3.11', 'python3.12', 'python3.13', 'python3.14', 'python'];
const PROBE = 'import sys; print("%d.%d|%s" % (sys.version_info[0], sys.version_info[1], sys.executable))';

/**
 * The first Python on the search path that is new enough, as { executable, version }.
 *
 * @throws SetupFailure naming what was found instead
 */
export async function findPython(signal) {
  const found = [];
  for (const name of NAMES) {
    const python = await probe(name, signal);
    if (python === undefined) continue;
    if (isNewEnough(python.version)) return python;
    found.push(`${name} is ${python.version}`);
  }
  const what = found.length === 0 ? 'there is none on the search path' : found.join(', ');
  throw new SetupFailure(
    `Python ${OLDEST.join('.')} or newer is needed, and ${what}.`,
    'Install it (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python) and run the command again.',
  );
}

async function probe(name, signal) {
  try {
    const output = await runCommand(name, ['-I', '-c', PROBE], { env: process.env, signal });
    const [version, executable] = output.trim().split('\n').at(-1).split('|');
    return /^\d+\.\d+$/u.test(version) && executable ? { version, executable } : undefined;
  } catch (error) {
    if (signal.aborted) throw error;
    return undefined;
  }
}

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}
