/**
 * Sets the clone up and runs it: `npm run demo`, `npm test`, `npm run contender -- ...`.
 *
 *   node scripts/bootstrap.mjs <arguments of contender>
 *   node scripts/bootstrap.mjs --test [--deep] [vitest arguments] | --test-chaos | --check | --generate | --bench-gates | --bench-extract | --bench-registry | --bench-serving | --bench-score | --bench-retrain | --mutate | --install
 *
 * Built-ins only, and nothing newer than Node 20: this file runs before anything is installed.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { explain, SETUP_EXIT_CODE } from './bootstrap/failure.mjs';
import { install } from './bootstrap/install.mjs';
import { pinnedNode } from './bootstrap/pinned-node.mjs';

const PARENT_POLL_MS = 500;
const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** What each mode runs under the pinned Node, and whether it needs the packages of tests and lint too. */
const MODES = {
  '--test': { program: 'scripts/run-tests.ts', development: true },
  '--test-chaos': { program: 'tests/chaos/run-chaos.ts', development: true },
  '--check': { program: 'scripts/run-checks.ts', development: true },
  '--bench-gates': { program: 'bench/gates.ts', development: false },
  '--bench-extract': { program: 'bench/extract.ts', development: false },
  '--bench-serving': { program: 'bench/serving.ts', development: false },
  '--bench-registry': { program: 'bench/registry.ts', development: false },
  '--bench-retrain': { program: 'bench/retrain.ts', development: true },
  '--bench-score': { program: 'bench/score.ts', development: false },
  '--mutate': { program: 'bench/mutation/run.ts', development: true },
  '--generate': { program: 'scripts/generate.ts', development: true },
};

async function main(args) {
  const mode = MODES[args[0]] ?? { program: 'cli/main.ts', development: args[0] === '--install' };
  await install({ root, development: mode.development });
  if (args[0] === '--install') return 0;
  const rest = MODES[args[0]] === undefined ? args : args.slice(1);
  return run(pinnedNode(root), [join(root, mode.program), ...rest]);
}

/** Runs the program in this terminal; its exit code, or death by a signal, becomes ours. */
function run(node, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, args, { stdio: 'inherit' });
    // The terminal signals the child as well; only what was sent to this process alone has to be passed on.
    process.on('SIGINT', () => {});
    for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
    endWithNpm(child);
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}

/** npm can be killed without passing anything on; what it ran then ends as if it had been asked to. */
function endWithNpm(child) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    child.kill('SIGTERM');
  }, PARENT_POLL_MS);
  watch.unref();
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = SETUP_EXIT_CODE;
}
