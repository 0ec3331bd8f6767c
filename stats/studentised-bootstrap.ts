import { requireLength, requireSameLength, finiteSeries, mean } from './series.ts';
import { circularPrefix, resampleSums } from './resampled-sums.ts';
import type { Series } from './series.ts';
import { SampleTooShort } from './errors.ts';
import { StationaryBootstrap } from './stationary-bootstrap.ts';
import { stationaryDeviation } from './stationary-variance.ts';

/** Fewest sessions over which a bootstrap of a mean says anything at all. */
export const MIN_BOOTSTRAP_ROWS = 20;

/** Replicates whose blocks are drawn together: their index lists stay in the second-level cache. */
const BATCH = 64;

/** What the counting of replicates needs, by rank of falling t statistic. */
export interface ScaledDifferences {
  /** t, and what the recentrings of Hansen (2005) add to the fully centred bootstrap value (zero or t). */
  readonly sortedT: Float64Array;
  readonly lowerShift: Float64Array;
  readonly consistentShift: Float64Array;
  /** Centred differences scaled by 1 / (omega sqrt(T)); a resample's sum is its centred t statistic. */
  readonly scaled: readonly Float64Array[];
}

/**
 * Performance differences d = strategy - benchmark, studentised: what SPA and StepM share. Columns are ordered by
 * falling t statistic, so that "all strategies not yet rejected" is a suffix.
 */
export interface StudentisedDifferences extends ScaledDifferences {
  readonly rows: number;
  readonly names: readonly string[];
  /** Long-run deviation of each column, in the order of `names`. */
  readonly omega: Float64Array;
  /** sqrt(T) mean / omega of each column, in the order of `names`. */
  readonly tStatistics: Float64Array;
  /** Column indices by falling t statistic; ties keep their order. */
  readonly order: Int32Array;
  /** Columns that Hansen's threshold keeps recentred at their mean. */
  readonly validColumns: number;
}

/**
 * @param differences one column of T daily differences per strategy (simple returns, net)
 * @param block mean block length, also the kernel of omega
 * Throws `NonFiniteValue`, `ShapeMismatch`, `ConstantSeries` (a strategy that equals the benchmark up to a constant),
 * `SampleTooShort`.
 */
export function studentise(
  differences: readonly Series[],
  names: readonly string[],
  block: number,
): StudentisedDifferences {
  const first = differences[0];
  if (first === undefined)
    throw new SampleTooShort('no strategy to compare', { remedy: 'Give one at least.' });
  const rows = first.length;
  requireLength(first, MIN_BOOTSTRAP_ROWS, names[0] ?? 'the first strategy');
  const count = differences.length;
  const omega = new Float64Array(count);
  const tStatistics = new Float64Array(count);
  const centredColumns = differences.map((difference, column) => {
    const name = names[column] ?? `column ${String(column + 1)}`;
    requireSameLength(first, difference, names[0] ?? 'column 1', name);
    const series = finiteSeries(difference, name);
    const deviation = stationaryDeviation(series, block, `${name} minus benchmark`);
    const centre = mean(series);
    omega[column] = deviation;
    tStatistics[column] = (Math.sqrt(rows) * centre) / deviation;
    const scale = 1 / (deviation * Math.sqrt(rows));
    return series.map((value) => (value - centre) * scale);
  });
  const order = Int32Array.from(differences.keys());
  order.sort((a, b) => (tStatistics[b] ?? 0) - (tStatistics[a] ?? 0) || a - b);
  const sortedT = Float64Array.from(order, (column) => tStatistics[column] ?? 0);
  const bound = -Math.sqrt(2 * Math.log(Math.log(rows)));
  return {
    rows,
    names,
    omega,
    tStatistics,
    order,
    sortedT,
    lowerShift: sortedT.map((t) => Math.min(t, 0)),
    consistentShift: sortedT.map((t) => (t >= bound ? 0 : t)),
    scaled: Array.from(order, (column) => centredColumns[column] ?? new Float64Array(rows)),
    validColumns: sortedT.reduce((kept, t) => kept + (t >= bound ? 1 : 0), 0),
  };
}

/** How often bootstrap statistics reached the observed ones. Counts add, so that parts can run anywhere. */
export interface ExceedanceCounts {
  replicates: number;
  /** Strictly above, and at or above, the statistic; for the three recentrings. */
  readonly above: { lower: number; consistent: number; upper: number };
  readonly atLeast: { lower: number; consistent: number; upper: number };
  /** Per rank j: replicates whose maximum over ranks >= j (consistent recentring) lies strictly above t of rank j. */
  readonly stepAbove: Float64Array;
  /** Maxima of the consistent recentring by replicate, for critical values. */
  readonly maxima: number[];
}

export function noCounts(columns: number): ExceedanceCounts {
  return {
    replicates: 0,
    above: { lower: 0, consistent: 0, upper: 0 },
    atLeast: { lower: 0, consistent: 0, upper: 0 },
    stepAbove: new Float64Array(columns),
    maxima: [],
  };
}

/** Adds counts of other replicates to `into`. */
export function mergeCounts(into: ExceedanceCounts, other: ExceedanceCounts): void {
  into.replicates += other.replicates;
  for (const recentring of ['lower', 'consistent', 'upper'] as const) {
    into.above[recentring] += other.above[recentring];
    into.atLeast[recentring] += other.atLeast[recentring];
  }
  other.stepAbove.forEach((above, rank) => {
    into.stepAbove[rank] = (into.stepAbove[rank] ?? 0) + above;
  });
  for (const maximum of other.maxima) into.maxima.push(maximum);
}

/** Everything that decides the resamples. */
export interface BootstrapPlan {
  readonly rows: number;
  readonly block: number;
  readonly seed: number;
}

/** Counts replicates [from, to) of the bootstrap: a pure function of its arguments, so any thread may have any range. */
export function countReplicates(
  data: ScaledDifferences,
  plan: BootstrapPlan,
  from: number,
  to: number,
): ExceedanceCounts {
  const bootstrap = new StationaryBootstrap(plan.rows, plan.block, plan.seed);
  const columns = data.scaled.length;
  const counts = noCounts(columns);
  const prefixes = data.scaled.map(circularPrefix);
  const blocks = bootstrap.emptyBlocks(BATCH);
  const values = new Float64Array(BATCH * columns);
  for (let begin = from; begin < to; begin += BATCH) {
    const size = Math.min(BATCH, to - begin);
    bootstrap.draw(begin, size, blocks);
    prefixes.forEach((prefix, rank) => {
      resampleSums(prefix, blocks, size, values, rank, columns);
    });
    for (let slot = 0; slot < size; slot += 1) {
      countOne(data, values.subarray(slot * columns, (slot + 1) * columns), counts);
    }
  }
  return counts;
}

/** The same counts from resamples given as row indices, gathered one by one: the plain definition. */
export function countExceedancesOf(
  data: StudentisedDifferences,
  resamples: readonly Int32Array[],
  counts: ExceedanceCounts,
): void {
  const values = new Float64Array(data.scaled.length);
  for (const rows of resamples) {
    data.scaled.forEach((series, rank) => {
      let sum = 0;
      for (const row of rows) sum += series[row] ?? Number.NaN;
      values[rank] = sum;
    });
    countOne(data, values, counts);
  }
}

/** One replicate: `values` are its fully centred t statistics by rank. */
function countOne(data: ScaledDifferences, values: Float64Array, counts: ExceedanceCounts): void {
  let lower = 0;
  let consistent = 0;
  let upper = 0;
  for (let rank = values.length - 1; rank >= 0; rank -= 1) {
    const value = values[rank] ?? 0;
    if (value > upper) upper = value;
    const shiftedLower = value + (data.lowerShift[rank] ?? 0);
    if (shiftedLower > lower) lower = shiftedLower;
    const shifted = value + (data.consistentShift[rank] ?? 0);
    if (shifted > consistent) consistent = shifted;
    if (consistent > (data.sortedT[rank] ?? 0)) counts.stepAbove[rank] = (counts.stepAbove[rank] ?? 0) + 1;
  }
  const statistic = Math.max(0, data.sortedT[0] ?? 0);
  counts.replicates += 1;
  counts.maxima.push(consistent);
  tally(counts, 'lower', lower, statistic);
  tally(counts, 'consistent', consistent, statistic);
  tally(counts, 'upper', upper, statistic);
}

function tally(
  counts: ExceedanceCounts,
  recentring: 'lower' | 'consistent' | 'upper',
  value: number,
  statistic: number,
): void {
  if (value > statistic) counts.above[recentring] += 1;
  if (value >= statistic) counts.atLeast[recentring] += 1;
}
