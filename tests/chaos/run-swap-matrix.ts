import { loadavg } from 'node:os';
import { resolve } from 'node:path';
import { loadConfig } from '../../config/config.ts';
import { option, switchedOn } from './options.ts';
import { headCommit, type Recorded, ResultsFile } from './results-file.ts';
import { seededRandom } from './swap/shuffle.ts';
import { CELLS, cellName } from './swap/points.ts';
import { runCell, type CellResult } from './swap/run-cell.ts';
import { SwapFleet } from './swap/swap-fleet.ts';

/**
 * kill -9 of worker, API, server and Postgres at every point of a swap and of a rollback:
 *
 *   npm run test:chaos [-- --cells swap/at-the-commit] [--repeats 1] [--seed 1] [--results FILE] [--fresh] [--any-commit]
 *
 * Cells whose name begins with one of `--cells` (separated by commas) run, in an order drawn from the seed. Each result is
 * written at once, with commit and seed; run again, cells that are there are not repeated. Ends with 1 when a state was neither
 * old nor new, an acknowledged command was lost, an invariant broke, or convergence took 10 s or longer.
 */
const CONVERGED_WITHIN_MS = 10_000;

type SwapRecord = CellResult & Recorded;

const seed = Number(option('--seed', '1'));
const repeats = Number(option('--repeats', '1'));
const wanted = option('--cells', '').split(',');
const usual = `${loadConfig().dataDir}/chaos/swap-seed-${String(seed)}.json`;
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const results = new ResultsFile<SwapRecord>(resolve(option('--results', usual)), {
  ...{ commit: headCommit(), seed, said: say },
  fresh: switchedOn('--fresh'),
  anyCommit: switchedOn('--any-commit'),
});

const badOf = ({ violations, convergedMs }: CellResult): string | null => {
  const [first] = violations;
  if (first !== undefined) return `${first.invariant}: ${first.what}`;
  return convergedMs < CONVERGED_WITHIN_MS ? null : `converged after ${String(convergedMs)} ms`;
};

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
  .filter(({ cell, repeat }) => !results.has(cellName(cell), repeat));
say(
  `${String(shuffled.length)} of ${String(planned.length)} cells to run, commit ${results.commit.slice(0, 12)}, seed ${String(seed)}`,
);

if (shuffled.length > 0) {
  const fleet = await SwapFleet.start();
  try {
    for (const { cell, repeat } of shuffled) {
      const result = await runCell(fleet, cell);
      const load = loadavg()[0] ?? Number.NaN;
      results.add({ ...result, repeat, load, commit: results.commit, at: new Date().toISOString() });
      const bad = badOf(result);
      say(
        `${bad === null ? 'ok ' : 'BAD'} ${result.cell}: ${result.atKill}, converged in ${String(result.convergedMs)} ms, ${String(result.answers)} answers${bad === null ? '' : `; ${bad}`}`,
      );
    }
  } finally {
    await fleet.stop();
  }
}
const bad = results.cells.filter((result) => badOf(result) !== null);
const times = results.cells.map(({ convergedMs }) => convergedMs);
say(
  `${String(results.cells.length)} cells, ${String(bad.length)} bad, converged within ${String(Math.max(0, ...times))} ms; ${results.path}`,
);
process.exitCode = bad.length === 0 ? 0 : 1;
