import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { dirname, resolve } from 'node:path';
import { loadConfig, PROJECT_ROOT } from '../../config/config.ts';
import { seededRandom } from './swap/shuffle.ts';
import { CELLS, cellName } from './swap/points.ts';
import { runCell, type CellResult } from './swap/run-cell.ts';
import { SwapFleet } from './swap/swap-fleet.ts';

/**
 * kill -9 of worker, API, server and Postgres at every point of a swap and of a rollback:
 *
 *   npm run test:chaos [-- --cells swap/at-the-commit] [--repeats 1] [--seed 1] [--results FILE] [--fresh]
 *
 * Cells whose name begins with one of `--cells` (separated by commas) run, in an order drawn from the seed. Each result is
 * written at once, with commit and seed; run again, cells that are there are not repeated. Ends with 1 when a state was neither
 * old nor new, an acknowledged command was lost, an invariant broke, or convergence took 10 s or longer.
 */
const CONVERGED_WITHIN_MS = 10_000;

interface Results {
  readonly commit: string;
  readonly seed: number;
  readonly repeats: number;
  readonly cells: (CellResult & { readonly repeat: number; readonly load: number; readonly at: string })[];
}

function option(name: string, usual: string): string {
  const at = process.argv.indexOf(name);
  return at < 0 ? usual : (process.argv[at + 1] ?? usual);
}

const seed = Number(option('--seed', '1'));
const repeats = Number(option('--repeats', '1'));
const wanted = option('--cells', '').split(',');
const file = resolve(option('--results', `${loadConfig().dataDir}/chaos/swap-seed-${String(seed)}.json`));
const commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: PROJECT_ROOT, encoding: 'utf8' }).trim();

function readResults(): Results {
  const nothing: Results = { commit, seed, repeats, cells: [] };
  if (process.argv.includes('--fresh') || !existsSync(file)) return nothing;
  const known = JSON.parse(readFileSync(file, 'utf8')) as Results;
  if (known.commit === commit && known.seed === seed) return known;
  process.stdout.write(`${file} is of commit ${known.commit}; beginning anew\n`);
  return nothing;
}

function writeResults(results: Results): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.unfinished`, `${JSON.stringify(results, undefined, 2)}\n`);
  renameSync(`${file}.unfinished`, file);
}

const badOf = ({ violations, convergedMs }: CellResult): string | null => {
  const [first] = violations;
  if (first !== undefined) return `${first.invariant}: ${first.what}`;
  return convergedMs < CONVERGED_WITHIN_MS ? null : `converged after ${String(convergedMs)} ms`;
};

const results = readResults();
const planned = Array.from({ length: repeats }, (_, repeat) =>
  CELLS.filter((cell) => wanted.some((prefix) => cellName(cell).startsWith(prefix))).map((cell) => ({
    cell,
    repeat,
  })),
).flat();
if (planned.length === 0) throw new Error(`no cell begins with ${wanted.join(' or ')}`);
const random = seededRandom(seed);
const shuffled = planned
  .map((entry) => ({ ...entry, place: random() }))
  .sort((a, b) => a.place - b.place)
  .filter(
    ({ cell, repeat }) =>
      !results.cells.some((done) => done.cell === cellName(cell) && done.repeat === repeat),
  );
process.stdout.write(
  `${String(shuffled.length)} of ${String(planned.length)} cells to run, commit ${commit.slice(0, 12)}, seed ${String(seed)}\n`,
);

if (shuffled.length > 0) {
  const fleet = await SwapFleet.start();
  try {
    for (const { cell, repeat } of shuffled) {
      const result = await runCell(fleet, cell);
      const load = loadavg()[0] ?? Number.NaN;
      results.cells.push({ ...result, repeat, load, at: new Date().toISOString() });
      writeResults(results);
      const bad = badOf(result);
      process.stdout.write(
        `${bad === null ? 'ok ' : 'BAD'} ${result.cell}: ${result.atKill}, converged in ${String(result.convergedMs)} ms, ${String(result.answers)} answers${bad === null ? '' : `; ${bad}`}\n`,
      );
    }
  } finally {
    await fleet.stop();
  }
}
const bad = results.cells.filter((result) => badOf(result) !== null);
const times = results.cells.map(({ convergedMs }) => convergedMs);
process.stdout.write(
  `${String(results.cells.length)} cells, ${String(bad.length)} bad, converged within ${String(Math.max(0, ...times))} ms; ${file}\n`,
);
process.exitCode = bad.length === 0 ? 0 : 1;
