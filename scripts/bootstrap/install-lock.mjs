import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { observeGroups } from './command.mjs';
import { SetupFailure } from './failure.mjs';

const POLL_MS = 500;
const PATIENCE_MS = 15 * 60_000;
/** No installation takes this long: the process id in so old a lock belongs to somebody else by now. */
const STALE_MS = 60 * 60_000;

/** One installation a clone: a second one waits for the first and then finds everything done. */
export async function withInstallLock(root, progress, work) {
  const file = join(root, '.contender', 'bootstrap.lock');
  mkdirSync(join(root, '.contender'), { recursive: true });
  const deadline = performance.now() + PATIENCE_MS;
  while (!tryLock(file)) {
    const holder = liveHolder(file);
    if (holder === undefined) {
      endAbandonedGroups(file);
      rmSync(file, { force: true });
      continue;
    }
    if (performance.now() > deadline) {
      throw new SetupFailure(
        `Another set-up of this clone (process ${holder}) does not come to an end.`,
        `End it with: kill ${holder}`,
      );
    }
    progress.step('waiting', `another set-up of this clone is running as process ${holder}`);
    await delay(POLL_MS);
  }
  progress.step('waiting', 'done');
  observeGroups((groups) => writeFileSync(file, [process.pid, ...groups].join('\n')));
  try {
    return await work();
  } finally {
    observeGroups(() => {});
    rmSync(file, { force: true });
  }
}

function tryLock(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Installers of a set-up that was killed go on without it, and would write into what we install. */
function endAbandonedGroups(file) {
  let lines;
  try {
    lines = readFileSync(file, 'utf8').split('\n').slice(1);
  } catch {
    return;
  }
  for (const group of lines.map(Number)) {
    // An id that somebody else has by now is not ours to end.
    if (group > 1 && /npm|pip|venv/u.test(commandLine(group))) process.kill(-group, 'SIGKILL');
  }
}

function commandLine(pid) {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

function liveHolder(file) {
  try {
    const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
    const old = Date.now() - statSync(file).mtimeMs > STALE_MS;
    // Empty for the instant between its creation and its writing.
    if (pid === 0) return old ? undefined : 'unknown';
    if (old || !Number.isSafeInteger(pid)) return undefined;
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    return error.code === 'EPERM' ? 'of another user' : undefined;
  }
}
