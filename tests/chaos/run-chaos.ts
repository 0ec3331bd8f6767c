import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { faultOf, option, switchedOn, USAGE } from './options.ts';

/**
 * Both tables, one after the other; with `--cells`, whichever the named cells belong to. Options are those of the tables:
 *
 *   npm run test:chaos
 *   npm run test:chaos -- --cells swap/at-the-commit,retrain/judge,fault/disk-full --repeats 3
 */
const TABLES = [
  { program: 'run-swap-matrix.ts', cells: ['swap', 'rollback'] },
  { program: 'run-retrain-matrix.ts', cells: ['retrain', 'fault', 'machine'] },
] as const;

const fault = faultOf(process.argv.slice(2));
if (fault !== null) {
  process.stderr.write(`${fault}\n\n${USAGE}`);
  process.exit(2);
}
if (switchedOn('--help')) {
  process.stdout.write(USAGE);
  process.exit();
}
const wanted = option('--cells', '')
  .split(',')
  .filter((prefix) => prefix !== '');
const others = process.argv
  .slice(2)
  .filter((word, at, words) => word !== '--cells' && words[at - 1] !== '--cells');
const known: readonly string[] = TABLES.flatMap(({ cells }) => [...cells]);
const unknown = wanted.filter((prefix) => !known.includes(prefix.split('/')[0] ?? ''));
if (unknown.length > 0) {
  process.stderr.write(`no cells begin with ${unknown.join(', ')}; they begin with ${known.join(', ')}\n`);
  process.exit(2);
}
let worst = 0;
for (const { program, cells } of TABLES) {
  const own = wanted.filter((prefix) => cells.some((table) => prefix.split('/')[0] === table));
  if (wanted.length > 0 && own.length === 0) continue;
  const chosen = own.length === 0 ? [] : ['--cells', own.join(',')];
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, program), ...chosen, ...others], {
    stdio: 'inherit',
  });
  worst = Math.max(worst, status ?? 1);
}
process.exitCode = worst;
