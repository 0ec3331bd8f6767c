import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { observeGroups } from './command.mjs';
import { SetupFailure } from './failure.mjs';

const POLL_MS = 500;
const PATIENCE_MS = 15 * 60_000;
/** No installation takes this long: the process id in so old a lock belongs to somebody else by now. */
const STALE_MS = 60 * 60_000;
/** Where there are no links, a lock is empty between its creation and its writing: a longer one was left by a set-up that was killed. */
const EMPTY_MS = 10_000;
/** What file systems without links say. */
const NO_LINKS = ['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'];

/** One installation a clone: a second one waits for the first and then finds everything done. */
export async function withInstallLock(root, progress, work) {
  const file = join(root, '.contender', 'bootstrap.lock');
  mkdirSync(join(root, '.contender'), { recursive: true });
  const deadline = performance.now() + PATIENCE_MS;
  while (!tryLock(file)) {
    const holder = liveHolder(file);
    if (holder === undefined) {
      clearAbandoned(file);
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
  observeGroups((groups) => writeWhole(file, [process.pid, ...groups].join('\n'), renameSync));
  try {
    return await work();
  } finally {
    observeGroups(() => {});
    rmSync(file, { force: true });
  }
}

function tryLock(file) {
  try {
    writeWhole(file, String(process.pid), linkOrWrite);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function linkOrWrite(whole, file) {
  try {
    linkSync(whole, file);
  } catch (error) {
    if (!NO_LINKS.includes(error.code)) throw error;
    writeFileSync(file, readFileSync(whole), { flag: 'wx' });
  }
}

const partOf = (file, pid) => `${file}.${pid}`;

/** A set-up that is killed while it writes must not leave a lock that names nobody: others would wait for it. */
function writeWhole(file, text, place) {
  const whole = partOf(file, process.pid);
  writeFileSync(whole, text);
  try {
    place(whole, file);
  } finally {
    rmSync(whole, { force: true });
  }
}

function clearAbandoned(file) {
  const aside = partOf(file, process.pid);
  try {
    renameSync(file, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  // Another may have cleared it before us and hold the lock since: it is theirs.
  if (liveHolder(aside) === undefined) endAbandoned(aside, file);
  else linkOrWrite(aside, file);
  rmSync(aside, { force: true });
}

/** Installers of a set-up that was killed go on without it, and would write into what we install. */
function endAbandoned(lock, file) {
  const [holder, ...groups] = readFileSync(lock, 'utf8').split('\n').map(Number);
  rmSync(partOf(file, holder), { force: true });
  for (const group of groups) {
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
    const ageMs = Date.now() - statSync(file).mtimeMs;
    if (pid === 0) return ageMs > EMPTY_MS ? undefined : 'unknown';
    if (ageMs > STALE_MS || !Number.isSafeInteger(pid)) return undefined;
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    return error.code === 'EPERM' ? 'of another user' : undefined;
  }
}
