import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const folder = new URL('../data/gates/', import.meta.url);
const unseen = new URL('../data/gates-unseen/', import.meta.url);

export interface Panel {
  readonly benchmark: Float64Array;
  readonly names: readonly string[];
  readonly strategies: readonly Float64Array[];
  readonly differences: readonly Float64Array[];
}

function text(name: string, from = folder): string {
  if (!name.endsWith('.gz')) return readFileSync(new URL(name, from), 'utf8');
  return gunzipSync(readFileSync(new URL(name, folder))).toString('utf8');
}

/** Columns of a CSV with a line of names; an empty cell is NaN. */
export function readColumns(name: string, from = folder): { names: string[]; columns: Float64Array[] } {
  const [heading = '', ...lines] = text(name, from).trim().split('\n');
  const rows = lines.map((line) => line.split(',').map((cell) => (cell === '' ? Number.NaN : Number(cell))));
  const names = heading.trim().split(',');
  return {
    names,
    columns: names.map((_, column) => Float64Array.from(rows, (row) => row[column] ?? Number.NaN)),
  };
}

export function readPanel(name: string): Panel {
  return asPanel(readColumns(name === 'panel_1250x46' ? `${name}.csv.gz` : `${name}.csv`));
}

/** A panel of other seeds and shapes, with the resamples that belong to it. */
export function readUnseenPanel(name: string): Panel {
  return asPanel(readColumns(`${name}.csv`, unseen));
}

export function unseenIndices(name: string): Int32Array[] {
  return readIndices(`${name}.indices.csv`, unseen);
}

function asPanel({ names, columns }: ReturnType<typeof readColumns>): Panel {
  const [benchmark = new Float64Array(), ...strategies] = columns;
  return {
    benchmark,
    names: names.slice(1),
    strategies,
    differences: strategies.map((returns) => returns.map((value, row) => value - (benchmark[row] ?? NaN))),
  };
}

export function readIndices(name: string, from = folder): Int32Array[] {
  return text(name, from)
    .trim()
    .split('\n')
    .map((line) => Int32Array.from(line.split(','), Number));
}

type ByKey<T> = Readonly<Record<string, T>>;

export interface ReferenceSpa {
  readonly statistic: number;
  readonly p_lower: number;
  readonly p_consistent: number;
  readonly p_upper: number;
  readonly p1_lower: number;
  readonly p1_consistent: number;
  readonly p1_upper: number;
  readonly crit95_consistent: number;
  readonly n_valid: number;
  readonly mc_se: { readonly lower: number; readonly consistent: number; readonly upper: number };
}

export interface ReferenceSpaBlock {
  readonly omega_kernel: readonly number[];
  readonly hansen_studentised_B100000: ReferenceSpa;
  readonly stepm_studentised: ByKey<readonly number[]>;
  readonly t_stats: readonly number[];
}

export interface ReferenceSharpe {
  readonly columns: readonly ByKey<number>[];
  readonly best: number;
  readonly var_trial_sr_ddof1: number;
  readonly n_eff: ByKey<number> & { readonly eigenvalues: readonly number[] };
  readonly dsr_best: ByKey<{
    readonly n: number;
    readonly emax_z: number;
    readonly sr0: number;
    readonly dsr: number;
  }>;
}

export interface ReferencePbo {
  readonly n_combos: number;
  readonly pbo: number;
  readonly pbo_strict_lt0: number;
  readonly n_exact_median: number;
  readonly slope: number;
  readonly intercept: number;
  readonly r2: number;
  readonly prob_loss: number;
  readonly is_sr_mean: number;
  readonly oos_sr_mean: number;
  readonly selection_counts: readonly number[];
  readonly logits_first: readonly number[];
  readonly star_first: readonly number[];
  readonly rank_first: readonly number[];
  readonly dropped_oldest_rows: number;
}

export interface ReferenceScalar {
  readonly sr: number;
  readonly T: number;
  readonly skew: number;
  readonly kurt_raw: number;
  readonly n_trials: number;
  readonly var_trials: number;
  readonly emax_z: number;
  readonly sr0: number;
  readonly psr0: number;
  readonly dsr: number;
  readonly mintrl95_vs0: number | null;
  readonly mintrl95_vs_sr0: number | null;
}

export interface ReferenceHac {
  readonly se: number;
  readonly t: number;
  readonly p_two_sided_normal: number;
  readonly p_two_sided_t: number;
  readonly ci95_normal: readonly [number, number];
  readonly ci95_t: readonly [number, number];
}

export interface Reference {
  readonly spa: ByKey<
    ByKey<ReferenceSpaBlock> & {
      readonly politis_white_blocks: { readonly stationary: number[]; readonly circular: number[] };
    }
  >;
  readonly spa_exact: {
    readonly block: number;
    readonly omega_kernel: readonly number[];
    readonly hansen_studentised: ReferenceSpa;
  };
  readonly sharpe: ByKey<ReferenceSharpe>;
  readonly sharpe_scalar: readonly ReferenceScalar[];
  readonly pbo: ByKey<ByKey<ReferencePbo>>;
  readonly rank_ic_hac: {
    readonly ic_first10: readonly number[];
    readonly ic_mean: number;
    readonly n_dates: number;
    readonly hac: ByKey<ReferenceHac>;
  };
  readonly ledoit_wolf: { readonly results: ByKey<{ dsharpe: number; tstat: number; pval: number }> };
}

export const reference = JSON.parse(text('expected.json')) as Reference;

/** `expected` to a relative error, for numbers of any size. */
export function relativeError(actual: number, expected: number): number {
  return Math.abs(actual - expected) / Math.max(1e-12, Math.abs(expected));
}
