import { RetrainStep } from '../../../contracts/retrain.ts';
import type { Recorded } from '../results-file.ts';
import { type Cell, cellName, MOMENTS, type Victim, VICTIMS, voidReason } from './cells.ts';
import { FAULTS } from './faults/faults.ts';
import type { CellResult } from './judged-retrain.ts';
import { MACHINE_RESTART } from './machine-restart.ts';

/** One run of one cell of the retrain's table. */
export type RetrainRecord = CellResult &
  Recorded & {
    /** Why it is red; null when it is green. */
    readonly bad: string | null;
    /** Cells that the same retrain went through. */
    readonly chain: readonly string[];
  };

const PROCESSES: Readonly<Record<Victim, string>> = {
  control: 'control worker',
  compute: 'compute worker',
  sidecar: 'sidecar',
  postgres: 'Postgres',
  temporal: 'Temporal',
  'server-a': 'server',
};

/** `2 of 3`: so many runs were green. */
function score(runs: readonly RetrainRecord[]): string {
  if (runs.length === 0) return 'not run';
  const green = runs.filter(({ bad }) => bad === null).length;
  return green === runs.length ? `green ${String(green)}x` : `**${String(green)} of ${String(runs.length)}**`;
}

const row = (fields: readonly string[]): string => `| ${fields.join(' | ')} |`;
const rule = (columns: number): string => row(Array.from({ length: columns }, () => '---'));

/** The table of kills, the reasons of the cells that do not exist, the other faults, and what the runs were. Markdown. */
export function chaosTable(records: readonly RetrainRecord[], seed: number): string {
  const of = (name: string): readonly RetrainRecord[] => records.filter(({ cell }) => cell === name);
  const reasons: string[] = [];
  const entry = (cell: Cell): string => {
    const reason = voidReason(cell);
    if (reason === null) return score(of(cellName(cell)));
    if (!reasons.includes(reason)) reasons.push(reason);
    return `none (${String(reasons.indexOf(reason) + 1)})`;
  };
  const kills = RetrainStep.options.flatMap((step) =>
    MOMENTS.map((moment) => row([step, moment, ...VICTIMS.map((victim) => entry({ step, moment, victim }))])),
  );
  const others = [...FAULTS.flatMap((fault) => fault.names), MACHINE_RESTART].map((name) => {
    const runs = of(name);
    return row([`\`${name}\``, runs.at(-1)?.atFault ?? '', score(runs)]);
  });
  return [
    row(['step', 'moment', ...VICTIMS.map((victim) => PROCESSES[victim])]),
    rule(VICTIMS.length + 2),
    ...kills,
    '',
    ...reasons.map((reason, at) => `(${String(at + 1)}) ${reason}.`),
    '',
    row(['fault', 'what was done', 'runs']),
    rule(3),
    ...others,
    '',
    summary(records, seed),
  ].join('\n');
}

function summary(records: readonly RetrainRecord[], seed: number): string {
  const green = records.filter(({ bad }) => bad === null);
  const times = new Map<string, number>();
  for (const { cell } of green) times.set(cell, (times.get(cell) ?? 0) + 1);
  const thrice = [...times.values()].filter((count) => count >= 3).length;
  const commits = [...new Set(records.map(({ commit }) => commit.slice(0, 12)))];
  const loads = records.map(({ load }) => load);
  return (
    `Seed ${String(seed)}, commits ${commits.join(', ')}: ${String(records.length)} runs of ` +
    `${String(new Set(records.map(({ cell }) => cell)).size)} cells, ${String(records.length - green.length)} red, ` +
    `${String(thrice)} cells green three times, load ${Math.min(...loads).toFixed(0)} to ${Math.max(...loads).toFixed(0)} ` +
    `on two cores.`
  );
}
