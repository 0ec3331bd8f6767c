import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CommandFailed, runCommand } from './command.mjs';
import { failureFromOutput, SetupFailure } from './failure.mjs';
import { hashFiles, readStamp, writeStamp } from './stamp.mjs';

const LOCKS = ['package.json', 'package-lock.json'];

/** What `node_modules` should hold, and whether it does. */
export function nodePackages(root) {
  const folder = join(root, 'node_modules');
  const wanted = hashFiles(root, LOCKS);
  return { folder, wanted, fresh: readStamp(folder).lock === wanted };
}

/** Replaces `node_modules` by what the lock says; removes it when that fails. */
export async function installNodePackages(root, { folder, wanted }, progress, signal) {
  refuseBrokenLock(root);
  progress.step('Node packages', 'npm ci');
  try {
    await npmCi(root, {}, signal);
    writeStamp(folder, { lock: wanted });
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  progress.step('Node packages', 'done');
}

function refuseBrokenLock(root) {
  for (const name of LOCKS) {
    try {
      JSON.parse(readFileSync(join(root, name), 'utf8'));
    } catch (cause) {
      throw new SetupFailure(`The file ${name} is damaged.`, `Restore it with: git checkout -- ${name}`, {
        cause,
      });
    }
  }
}

async function npmCi(root, extra, signal) {
  const { command, args } = npm();
  const env = {
    ...process.env,
    // Its install script would download GPU files from outside of the registry.
    ONNXRUNTIME_NODE_INSTALL: 'skip',
    // A user's strict setting would refuse packages that want a newer Node than the one that only installs them.
    npm_config_engine_strict: 'false',
    ...extra,
  };
  // No package needs a script of its own: Postgres's links are made by the supervisor. Whatever NODE_ENV or the user's
  // settings leave out, the tests and the pinned Node have to be there.
  const flags = ['--ignore-scripts', '--include=dev', '--include=optional', '--no-audit', '--no-fund'];
  try {
    await runCommand(command, [...args, 'ci', ...flags, '--loglevel=error'], { cwd: root, env, signal });
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    const ownCache = join(root, '.contender', 'npm-cache');
    // A cache that an earlier `sudo npm` has left to root: use one of our own instead.
    const foreignCache =
      /EACCES|EPERM|root-owned/u.test(error.output) && /cache|_cacache|_logs/u.test(error.output);
    if (foreignCache && extra.npm_config_cache === undefined)
      return npmCi(root, { npm_config_cache: ownCache }, signal);
    throw failureFromOutput('Node', error.output);
  }
}

/** The npm that runs us, else the one beside this Node, else the one on the search path. */
function npm() {
  const running = process.env.npm_execpath;
  const beside = join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js');
  const script = [running, beside].find(
    (path) => path !== undefined && /npm-cli\.c?js$/u.test(path) && existsSync(path),
  );
  return script === undefined ? { command: 'npm', args: [] } : { command: process.execPath, args: [script] };
}
