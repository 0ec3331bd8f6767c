import { spawn } from 'node:child_process';
import { join } from 'node:path';

/**
 * How many deliberate faults in `stats/`, `evaluation/` and `gates/` the tests notice:
 * `npm run mutate [-- --mutate stats/spa.ts]`. Every mutant of a file is tried on the tests that run its line.
 *
 * Stryker is installed into this folder from its own lock: the project itself needs none of it. All files take hours on two
 * cores; `--mutate` takes one, or a list with commas. The report is .contender/mutation.json; what survives, and why: docs/mutation.md.
 */
const ROOT = join(import.meta.dirname, '..', '..');
const STRYKER = join(import.meta.dirname, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js');

async function run(command: string, args: readonly string[]): Promise<void> {
  const code = await new Promise<number>((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit' });
    child.on('error', reject);
    child.on('exit', (status) => {
      resolve(status ?? 1);
    });
  });
  if (code !== 0) process.exit(code);
}

await run('npm', ['ci', '--prefix', import.meta.dirname, '--silent']);
await run(process.execPath, [
  STRYKER,
  'run',
  join('bench', 'mutation', 'stryker.config.json'),
  ...process.argv.slice(2),
]);
