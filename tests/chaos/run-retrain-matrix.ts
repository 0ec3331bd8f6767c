import { loadavg } from 'node:os';
import { resolve } from 'node:path';
import { loadConfig } from '../../config/config.ts';
import { headCommit, ResultsFile } from './results-file.ts';
import type { RetrainRecord } from './retrain/chaos-table.ts';
import { CELLS, cellName, chainsOf } from './retrain/cells.ts';
import { FAULTS } from './retrain/faults/faults.ts';
import { FaultyFleet } from './retrain/faults/faulty-fleet.ts';
import type { CellResult } from './retrain/judged-retrain.ts';
import { MACHINE_RESTART, machineRestart } from './retrain/machine-restart.ts';
import type { Planted } from './retrain/plants.ts';
import { RetrainFleet } from './retrain/retrain-fleet.ts';
import { runCells } from './retrain/run-cell.ts';
import { badOf } from './retrain/verdict.ts';
import { option, switchedOn } from './options.ts';

/**
 * kill -9 of every process in every step of a retrain, before, in and after the commit of the step, and the other faults:
 *
 *   npm run test:chaos -- --cells retrain,fault,machine [--repeats 1] [--seed 1] [--worlds 1] [--results FILE] [--fresh]
 *
 * Cells whose name begins with one of `--cells` (separated by commas) run, in so many whole systems side by side as
 * `--worlds` says. One retrain goes through a kill in each of its steps, which the seed puts together; when its end is not as
 * it should be, each of those cells is run again alone. `--singly`: all of them are, from the beginning. Each result is written at once; run again on the same commit, cells that
 * are there are not repeated (`--any-commit`: nor those of other commits). `--plant I3` plants a violation of that
 * invariant after each cell: every cell has to be bad then. Ends with 1 when a cell is.
 */
/** Cells of different steps that one retrain goes through, one kill each. */
interface Chain {
  readonly names: readonly string[];
  readonly repeat: number;
}

const seed = Number(option('--seed', '1'));
const repeats = Number(option('--repeats', '1'));
const worlds = Number(option('--worlds', '1'));
const wanted = option('--cells', '').split(',');
const planted = option('--plant', '') as Planted | '';
const usual = `${loadConfig().dataDir}/chaos/retrain-seed-${String(seed)}.json`;
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const results = new ResultsFile<RetrainRecord>(resolve(option('--results', usual)), {
  ...{ commit: headCommit(), seed, said: say },
  fresh: switchedOn('--fresh'),
  anyCommit: switchedOn('--any-commit'),
});
const kills = new Map(CELLS.map((cell) => [cellName(cell), cell]));
const names = [...kills.keys(), ...FAULTS.flatMap((fault) => fault.names), MACHINE_RESTART].filter((name) =>
  wanted.some((prefix) => name.startsWith(prefix)),
);
if (names.length === 0) throw new Error(`no cell begins with ${wanted.join(' or ')}`);
const allRepeats = Array.from({ length: repeats }, (_, repeat) => repeat);
/** The first round of everything comes first, then the further ones of one chain after the other. */
const chains: readonly Chain[] = [[0], allRepeats.slice(1)].flatMap((round) =>
  chainsOf(
    names.flatMap((name) => kills.get(name) ?? []),
    seed,
    switchedOn('--singly'),
  ).flatMap((cells) => round.map((repeat) => ({ names: cells.map(cellName), repeat }))),
);
const open = chains.filter((chain) => chain.names.some((name) => !results.has(name, chain.repeat)));
const others = allRepeats
  .flatMap((repeat) => names.map((name) => ({ name, repeat })))
  .filter(({ name, repeat }) => !kills.has(name) && !results.has(name, repeat));
say(
  `${String(open.length)} of ${String(chains.length)} retrains with kills and ${String(others.length)} other cells to run, commit ${results.commit.slice(0, 12)}, seed ${String(seed)}`,
);

/** A system that is started when it is first needed, and anew after a cell that left it in an unknown state. */
class Lazily<World extends { stop(): Promise<void> }> {
  readonly #start: () => Promise<World>;
  #world: World | null = null;

  constructor(start: () => Promise<World>) {
    this.#start = start;
  }

  async run(name: string, use: (world: World) => Promise<CellResult>): Promise<CellResult> {
    const started = performance.now();
    try {
      this.#world ??= await this.#start();
      return await use(this.#world);
    } catch (error) {
      await this.stop();
      return unfinished(name, error, (performance.now() - started) / 1000);
    }
  }

  async stop(): Promise<void> {
    const world = this.#world;
    this.#world = null;
    await world?.stop().catch((error: unknown) => {
      say(`a system did not end as it should: ${String(error)}`);
    });
  }
}

function unfinished(cell: string, error: unknown, seconds: number): CellResult {
  const causes: string[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) causes.push(cause.message);
  const what = causes.length === 0 ? String(error) : causes.join(': ');
  const nothing = { answers: 0, readings: 0, violations: [] };
  return { cell, seconds, recoverySeconds: 0, ...nothing, atFault: 'not ended', differences: [what] };
}

/** Every cell of a chain shares its result. */
function keep({ names: cells, repeat }: Chain, result: CellResult): string | null {
  const bad = badOf(result);
  const load = loadavg()[0] ?? Number.NaN;
  const about = { bad, repeat, load, commit: results.commit, at: new Date().toISOString() };
  for (const cell of cells) results.add({ ...result, cell, ...about, chain: [...cells] });
  say(
    `${bad === null ? 'ok ' : 'BAD'} ${cells.join(' ')}: ${result.atFault}; ended ${result.recoverySeconds.toFixed(1)} s after, ${result.seconds.toFixed(1)} s in all${bad === null ? '' : `; ${bad}`}`,
  );
  return bad;
}

/** Takes chains of a queue until it is empty. What a bad one was bad by is found by each of its cells alone. */
async function work(queue: Chain[]): Promise<void> {
  const fleet = new Lazily(() => RetrainFleet.start());
  try {
    for (let chain = queue.shift(); chain !== undefined; chain = queue.shift()) {
      const { names: cells, repeat } = chain;
      const found = cells.flatMap((name) => kills.get(name) ?? []);
      const result = await fleet.run(cells.join(' '), (world) =>
        runCells(world, found, planted === '' ? null : planted),
      );
      if (badOf(result) === null || cells.length === 1) {
        keep(chain, result);
      } else {
        say(`BAD ${cells.join(' ')}: ${badOf(result) ?? ''}; each again, alone`);
        queue.unshift(...cells.map((name) => ({ names: [name], repeat })));
      }
    }
  } finally {
    await fleet.stop();
  }
}

async function workOnFaults(): Promise<void> {
  const faulty = new Lazily(() => FaultyFleet.start());
  try {
    for (const repeat of allRepeats) {
      for (const fault of FAULTS) {
        const asked = others.filter((one) => one.repeat === repeat && fault.names.includes(one.name));
        if (asked.length === 0) continue;
        const cells = asked.map(({ name }) => name);
        const result = await faulty.run(cells.join(' '), async (world) => {
          const reason = fault.impossible(world);
          if (reason === null) return fault.run(world, cells);
          return { ...unfinished(cells.join(' '), '', 0), atFault: `left out: ${reason}`, differences: [] };
        });
        keep({ names: cells, repeat }, result);
      }
    }
  } finally {
    await faulty.stop();
  }
}

const queue = [...open];
const withKills = Promise.all(Array.from({ length: Math.min(worlds, queue.length) }, () => work(queue)));
// More than one system at a time is wanted: the other faults need one of their own anyway.
if (worlds === 1) await withKills;
await Promise.all([withKills, workOnFaults()]);
for (const { repeat } of others.filter(({ name }) => name === MACHINE_RESTART)) {
  const result = await machineRestart().catch((error: unknown) => unfinished(MACHINE_RESTART, error, 0));
  keep({ names: [MACHINE_RESTART], repeat }, result);
}

const done = results.cells.filter(({ cell }) => names.includes(cell));
const bad = done.filter((result) => result.bad !== null);
say(
  `${String(done.length)} runs of ${String(new Set(done.map(({ cell }) => cell)).size)} cells, ${String(bad.length)} bad; ${results.path}`,
);
for (const { cell, bad: why } of bad) say(`BAD ${cell}: ${why ?? ''}`);
process.exitCode = bad.length === 0 ? 0 : 1;
