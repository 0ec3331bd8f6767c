import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CommandFailed, runCommand } from './command.mjs';
import { failureFromOutput, SetupFailure } from './failure.mjs';
import { findPython } from './python-interpreter.mjs';
import { hashFiles, readStamp, writeStamp } from './stamp.mjs';

const INSTALLER = 'sidecar/requirements-installer.lock';
const RUNTIME = 'sidecar/requirements.lock';
/** The run-time packages with those of tests and lint. */
const DEVELOPMENT = 'sidecar/requirements-dev.lock';

/** What `.venv` should hold, and whether it does. */
export function pythonPackages(root, development) {
  const folder = join(root, '.venv');
  const runtime = hashFiles(root, [INSTALLER, RUNTIME]);
  const all = hashFiles(root, [DEVELOPMENT]);
  const stamp = readStamp(folder);
  // The interpreter is a link: an upgrade of the system's Python may have broken it.
  const usable = stamp.runtime === runtime && existsSync(join(folder, 'bin', 'python'));
  const complete = stamp.development === all;
  return {
    folder,
    lock: development ? DEVELOPMENT : RUNTIME,
    contents: { runtime, development: development ? all : 'none' },
    fresh: usable && (complete || !development),
    /** The environment is right as far as it goes and only lacks the packages of tests and lint. */
    extendable: usable,
  };
}

/** Makes `.venv` anew, or adds to it what is missing; removes it when that fails. */
export async function installPythonPackages(root, plan, progress, signal) {
  const step = (doing) => progress.step('Python packages', doing);
  const { folder } = plan;
  const python = join(folder, 'bin', 'python');
  try {
    if (!plan.extendable) {
      step('creating .venv');
      rmSync(folder, { recursive: true, force: true });
      await createEnvironment(root, folder, step, signal);
    }
    step('installing');
    await installLocked(root, python, plan.lock, signal);
    writeStamp(folder, plan.contents);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error instanceof CommandFailed ? failureFromOutput('Python', error.output) : error;
  }
  step('done');
}

/**
 * An environment with the installer in it. Without pip first, which is a hundred times faster and also works where the
 * distribution has split `ensurepip` off; then the system's pip, if there is one, puts the installer in. Otherwise the
 * complete way.
 */
async function createEnvironment(root, folder, step, signal) {
  const { executable } = await findPython(signal);
  const run = (command, args) => runCommand(command, args, { cwd: root, env: pipEnvironment(), signal });
  try {
    await run(executable, ['-I', '-m', 'venv', '--without-pip', folder]);
    if (!(await hasPip(executable, run))) {
      step('creating .venv with pip');
      rmSync(folder, { recursive: true, force: true });
      await run(executable, ['-I', '-m', 'venv', folder]);
    }
  } catch (error) {
    if (!(error instanceof CommandFailed) || !isIncomplete(error.output)) throw error;
    throw new SetupFailure(
      `The Python at ${executable} cannot make virtual environments: its venv or ensurepip module is missing.`,
      'Install it (Debian, Ubuntu: apt install python3-venv) and run the command again.',
      { cause: error },
    );
  }
  step('fetching the installer');
  const pip = await pipFor(join(folder, 'bin', 'python'), executable, run);
  await run(pip[0], [...pip.slice(1), ...pipInstall(INSTALLER)]);
}

/** The environment's own pip, else the system's working on the environment. */
async function pipFor(python, executable, run) {
  try {
    await run(python, ['-m', 'pip', '--version']);
    return [python, '-m', 'pip'];
  } catch {
    return [executable, '-m', 'pip', '--python', python];
  }
}

const isIncomplete = (output) => /ensurepip|No module named '?venv/u.test(output);

/** Whether the system's pip can install into another environment (pip 22.3). */
async function hasPip(executable, run) {
  try {
    const [, major, minor] =
      /pip (\d+)\.(\d+)/u.exec(await run(executable, ['-m', 'pip', '--version'])) ?? [];
    return Number(major) > 22 || (Number(major) === 22 && Number(minor) >= 3);
  } catch {
    return false;
  }
}

const pipInstall = (lock) => [
  ...['install', '--require-hashes', '--only-binary', ':all:', '--no-input', '--no-deps'],
  ...['--disable-pip-version-check', '--no-warn-script-location', '-q', '-r', lock],
];

/**
 * With uv, ten times faster; with a cache of our own when the user's cannot be written, and with pip when uv cannot at all
 * (an index that only pip's settings name, say).
 */
async function installLocked(root, python, lock, signal) {
  const uv = join(python, '..', 'uv');
  const args = [
    'pip',
    'install',
    '--python',
    python,
    '--require-hashes',
    '--only-binary',
    ':all:',
    '-q',
    '-r',
    lock,
  ];
  const env = uvEnvironment();
  const ownCache = { ...env, UV_CACHE_DIR: join(root, '.contender', 'uv-cache') };
  const attempts = [
    () => runCommand(uv, args, { cwd: root, env, signal }),
    () => runCommand(uv, args, { cwd: root, env: ownCache, signal }),
    () => installWithPip(root, python, lock, signal),
  ];
  let first;
  for (const attempt of attempts) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (signal.aborted || /no space left|os error 28\b/iu.test(error.output ?? '')) throw error;
      first ??= error;
    }
  }
  throw first;
}

async function installWithPip(root, python, lock, signal) {
  const { executable } = await findPython(signal);
  const run = (command, args) => runCommand(command, args, { cwd: root, env: pipEnvironment(), signal });
  const pip = await pipFor(python, executable, run);
  await run(pip[0], [...pip.slice(1), ...pipInstall(lock)]);
}

/** A user's settings that would send packages elsewhere than into the environment are overruled. */
function pipEnvironment() {
  const env = { ...process.env, PIP_USER: '0', PIP_REQUIRE_VIRTUALENV: '0' };
  for (const name of ['PIP_TARGET', 'PIP_PREFIX', 'PYTHONHOME', 'PYTHONPATH']) delete env[name];
  return env;
}

/** uv does not read pip's settings; the index among them is handed over. */
function uvEnvironment() {
  const { PIP_INDEX_URL: index, UV_DEFAULT_INDEX: chosen } = process.env;
  const env = pipEnvironment();
  return index === undefined || chosen !== undefined ? env : { ...env, UV_DEFAULT_INDEX: index };
}
