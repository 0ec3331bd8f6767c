import {
  accessSync,
  constants as modes,
  existsSync,
  lstatSync,
  mkdirSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { buildDashboard, dashboardPages } from './dashboard.mjs';
import { SetupFailure } from './failure.mjs';
import { withInstallLock } from './install-lock.mjs';
import { installNodePackages, nodePackages } from './node-packages.mjs';
import { startProgress } from './progress.mjs';
import { installPythonPackages, pythonPackages } from './python-packages.mjs';

const GIGABYTE = 1024 ** 3;
/** Of each of the two folders, with what the installers need meanwhile. */
const NEEDED_BYTES = 1.2 * GIGABYTE;

/** Installs what the locks say unless the stamps say that it is there. Milliseconds when it is. */
export async function install({ root, development }) {
  refuseUnsupportedMachine();
  for (const name of ['.contender', 'node_modules', '.venv']) refuseOccupied(root, name);
  const plan = () => ({ node: nodePackages(root), python: pythonPackages(root, development) });
  const { node, python } = plan();
  if (node.fresh && python.fresh && dashboardPages(root).fresh) return;
  mkdirSync(join(root, '.contender'), { recursive: true });
  const progress = startProgress('Setting up');
  let message;
  try {
    // The other one may have done everything while we waited: plan again.
    await withInstallLock(root, progress, async () => {
      await installMissing(root, plan(), progress);
      const pages = dashboardPages(root);
      if (!pages.fresh) await buildDashboard(root, pages, progress, new AbortController().signal);
    });
    message = 'Set up';
  } finally {
    progress.end(message);
  }
}

/** Both at once. The first failure ends the other, so that one sentence is all there is to read. */
async function installMissing(root, { node, python }, progress) {
  const missing = [node, python].filter(({ fresh }) => !fresh).length;
  if (missing === 0) return;
  refuseFullDisk(root, missing);
  const abort = new AbortController();
  const { signal } = abort;
  const onSignal = () => abort.abort(new SetupFailure('It was interrupted.', 'Run the command again.'));
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const name of signals) process.on(name, onSignal);
  const guard = async (work) => {
    try {
      await work;
    } catch (error) {
      abort.abort(error);
      throw error;
    }
  };
  const jobs = [
    node.fresh ? undefined : guard(installNodePackages(root, node, progress, signal)),
    python.fresh ? undefined : guard(installPythonPackages(root, python, progress, signal)),
  ];
  const outcomes = await Promise.allSettled(jobs);
  for (const name of signals) process.off(name, onSignal);
  if (outcomes.every(({ status }) => status === 'fulfilled')) return;
  throw signal.reason;
}

function refuseUnsupportedMachine() {
  if (process.platform !== 'linux' && process.platform !== 'darwin') {
    throw new SetupFailure(
      `Contender does not run on ${process.platform}.`,
      'Use Linux, macOS, or WSL on Windows.',
    );
  }
}

function refuseOccupied(root, name) {
  const path = join(root, name);
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    if (!isWritable(root)) {
      throw new SetupFailure(`The folder ${root} cannot be written.`, 'Clone to a folder of your own.');
    }
    return;
  }
  if (!existsSync(path) || !statSync(path).isDirectory()) {
    throw new SetupFailure(
      `${path} is in the way: it is not a folder.`,
      'Move it away and run the command again.',
    );
  }
  if (!isWritable(path)) {
    throw new SetupFailure(
      `The folder ${path} cannot be written by this user.`,
      'Make it yours (chown), or remove it.',
    );
  }
}

function isWritable(path) {
  try {
    accessSync(path, modes.W_OK | modes.X_OK);
    return true;
  } catch {
    return false;
  }
}

function refuseFullDisk(root, folders) {
  const { bavail, bsize } = statfsSync(root);
  const needed = folders * NEEDED_BYTES;
  if (bavail * bsize >= needed) return;
  const gigabytes = (bytes) => (bytes / GIGABYTE).toFixed(1);
  throw new SetupFailure(
    `The disk is full: ${gigabytes(bavail * bsize)} GB are free where the packages need ${gigabytes(needed)} GB.`,
    'Free space and run the command again.',
  );
}
