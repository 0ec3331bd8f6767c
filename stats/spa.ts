import { clopperPearson } from './beta.ts';
import type { ProportionInterval } from './beta.ts';
import { ParameterOutOfRange } from './errors.ts';
import { quantileOfSorted, requireRange } from './series.ts';
import type { Series } from './series.ts';
import {
  countExceedancesOf,
  countReplicates,
  mergeCounts,
  noCounts,
  studentise,
} from './studentised-bootstrap.ts';
import type { BootstrapPlan, ExceedanceCounts, StudentisedDifferences } from './studentised-bootstrap.ts';

/** The three recentrings of Hansen (2005): liberal, the one to use, conservative. */
export interface ByRecentring<T> {
  readonly lower: T;
  readonly consistent: T;
  readonly upper: T;
}

/** One strategy under the step-down test. */
export interface StepMember {
  readonly name: string;
  /** Position in the input. */
  readonly column: number;
  readonly tStatistic: number;
  /** Step-down p-value: the smallest family-wise level at which this strategy itself is said to beat the benchmark. */
  readonly adjustedP: number;
  /** Monte-Carlo interval of `adjustedP`. */
  readonly interval: ProportionInterval;
}

export interface SpaResult {
  /** max(0, max_k sqrt(T) mean_k / omega_k). */
  readonly statistic: number;
  /** Share of bootstrap statistics strictly above; 1 when the statistic is 0 (nothing beats the benchmark). */
  readonly p: ByRecentring<number>;
  /** (1 + number at or above) / (B + 1): never 0, exact under the null. */
  readonly pAddOne: ByRecentring<number>;
  /** Clopper-Pearson intervals of `p`: how far more replicates could still move it. */
  readonly interval: ByRecentring<ProportionInterval>;
  /** 95 % quantile of the bootstrap maximum under the consistent recentring (linear interpolation). */
  readonly critical95: number;
  /** The bootstrap maxima of that recentring, ascending: what the statistic is held against. */
  readonly maxima: Float64Array;
  /** Where the interval of the consistent p lies against the threshold. `undecided`: the maximum was reached first. */
  readonly decision: 'below' | 'above' | 'undecided' | 'no-threshold';
  /** All strategies, best first. */
  readonly members: readonly StepMember[];
  readonly omega: Float64Array;
  readonly tStatistics: Float64Array;
  /** Strategies that Hansen's threshold kept recentred at their own mean. */
  readonly validColumns: number;
  readonly rows: number;
  readonly replicates: number;
  readonly block: number;
  readonly seed: number | null;
}

export interface SpaOptions {
  /** One column per strategy: its daily returns minus the benchmark's, T rows. */
  readonly differences: readonly Series[];
  readonly names?: readonly string[];
  /** Mean block length in sessions, at least the hold. */
  readonly block: number;
  readonly seed: number;
  /** Replicates of the first look. */
  readonly replicates: number;
  /** Replicates double until the interval of the consistent p leaves `threshold`, at most up to here. */
  readonly maxReplicates?: number;
  /** Level the p-value is held against; null computes `replicates` and stops. */
  readonly threshold?: number | null;
  /** A column whose own step-down p-value must leave the threshold too before replicates stop growing. */
  readonly promoted?: number | null;
  /** Confidence that all Monte-Carlo intervals looked at hold together. */
  readonly confidence?: number;
}

const DEFAULT_CONFIDENCE = 0.999;

/**
 * Test for superior predictive ability: is any strategy better than the benchmark, given that the best of many was
 * picked? Hansen, "A test for superior predictive ability", JBES 23 (2005), equations 2-6, studentised; step-down
 * p-values after Romano and Wolf (Econometrica 73, 2005) with the recentring of Hsu, Hsu and Kuan (J. Emp. Finance 17,
 * 2010).
 *
 * Assumes stationary, weakly dependent differences. Multiplying a column by a positive constant changes nothing.
 * Equal inputs and seed give equal bits. Throws as `studentise` does, and `ParameterOutOfRange`.
 */
export function spa(options: SpaOptions): SpaResult {
  const run = new SpaRun(options);
  for (let wanted = run.nextReplicates(); wanted !== null; wanted = run.nextReplicates()) {
    run.add([countReplicates(run.data, run.sampling, wanted.from, wanted.to)]);
  }
  return run.result();
}

/** Replicates [from, to). */
export interface ReplicateRange {
  readonly from: number;
  readonly to: number;
}

/**
 * The test as a run that says which replicates it wants next, so that whoever holds threads can count them in any order and in
 * any pieces: counts add, and replicate r of seed s has the same bits wherever it is drawn.
 */
export class SpaRun {
  readonly data: StudentisedDifferences;
  readonly sampling: BootstrapPlan;
  private readonly counts: ExceedanceCounts;
  private readonly threshold: number | null;
  private readonly promoted: number | null;
  private readonly perLook: number;
  private readonly maximum: number;
  private target: number;
  private decision: SpaResult['decision'] = 'no-threshold';
  private decided = false;

  /** Throws as `spa` does. */
  constructor(options: SpaOptions) {
    const { replicates, threshold = null, confidence = DEFAULT_CONFIDENCE } = options;
    requireRange('replicates', replicates, 100, 10_000_000, 'integer');
    this.maximum = threshold === null ? replicates : (options.maxReplicates ?? replicates);
    requireRange('maxReplicates', this.maximum, replicates, 10_000_000, 'integer');
    if (threshold !== null) requireRange('threshold', threshold, 1e-6, 0.999999);
    requireRange('confidence', confidence, 0.5, 1 - 1e-12);
    this.data = studentise(options.differences, namesOf(options), options.block);
    this.sampling = { rows: this.data.rows, block: options.block, seed: options.seed };
    this.threshold = threshold;
    this.promoted = options.promoted ?? null;
    this.target = replicates;
    this.perLook = 1 - (1 - confidence) / (1 + Math.ceil(Math.log2(this.maximum / replicates)));
    this.counts = noCounts(this.data.scaled.length);
  }

  /** What has to be counted before the next look; null when the test is decided or the maximum reached. */
  nextReplicates(): ReplicateRange | null {
    return this.decided ? null : { from: this.counts.replicates, to: this.target };
  }

  /** Takes the counts of everything `nextReplicates` asked for, in any pieces and order, and looks at them. */
  add(parts: readonly ExceedanceCounts[]): void {
    for (const part of parts) mergeCounts(this.counts, part);
    requireRange('replicates counted', this.counts.replicates, this.target, this.target, 'integer');
    const { data, threshold, perLook } = this;
    this.decision = decide(data, this.counts, threshold, perLook);
    const open = [this.decision, decidePromoted(data, this.counts, this.promoted, threshold, perLook)];
    this.decided = !open.includes('undecided') || this.target >= this.maximum;
    this.target = Math.min(2 * this.target, this.maximum);
  }

  result(): SpaResult {
    const { block, seed } = this.sampling;
    return summarise(this.data, this.counts, this.decision, this.perLook, block, seed);
  }
}

/** The same test on resamples given as row indices (0-based, T per resample), for audit and for the published examples. */
export function spaOfResamples(options: {
  readonly differences: readonly Series[];
  readonly names?: readonly string[];
  readonly block: number;
  readonly resamples: readonly Int32Array[];
  readonly confidence?: number;
}): SpaResult {
  const data = studentise(options.differences, namesOf(options), options.block);
  for (const resample of options.resamples) {
    requireRange('rows of a resample', resample.length, data.rows, data.rows, 'integer');
    for (const row of resample) requireRange('row index', row, 0, data.rows - 1, 'integer');
  }
  requireRange('resamples', options.resamples.length, 1, 10_000_000, 'integer');
  const counts = noCounts(data.scaled.length);
  countExceedancesOf(data, options.resamples, counts);
  const confidence = options.confidence ?? DEFAULT_CONFIDENCE;
  return summarise(data, counts, 'no-threshold', confidence, options.block, null);
}

/** StepM at one level: the strategies that beat the benchmark, best first, with family-wise error at most `alpha`. */
export function stepRejections(result: SpaResult, alpha: number): readonly StepMember[] {
  requireRange('alpha', alpha, 1e-6, 0.999999);
  return result.members.filter((member) => member.adjustedP < alpha);
}

function namesOf(options: {
  readonly differences: readonly Series[];
  readonly names?: readonly string[];
}): string[] {
  return options.differences.map((_, column) => options.names?.[column] ?? `column ${String(column + 1)}`);
}

function decide(
  data: StudentisedDifferences,
  counts: ExceedanceCounts,
  threshold: number | null,
  confidence: number,
): SpaResult['decision'] {
  if (threshold === null) return 'no-threshold';
  if (!((data.sortedT[0] ?? 0) > 0)) return 'above';
  return side(clopperPearson(counts.above.consistent, counts.replicates, confidence), threshold);
}

/** The step-down p-value of one column against the threshold. */
function decidePromoted(
  data: StudentisedDifferences,
  counts: ExceedanceCounts,
  promoted: number | null,
  threshold: number | null,
  confidence: number,
): SpaResult['decision'] {
  if (threshold === null || promoted === null) return 'no-threshold';
  const rank = data.order.indexOf(promoted);
  if (rank < 0)
    throw new ParameterOutOfRange(`promoted is column ${String(promoted)}, which is not compared`);
  if (!((data.sortedT[rank] ?? 0) > 0)) return 'above';
  const above = Math.max(...counts.stepAbove.subarray(0, rank + 1));
  return side(clopperPearson(above, counts.replicates, confidence), threshold);
}

function side(interval: ProportionInterval, threshold: number): 'below' | 'above' | 'undecided' {
  if (interval.upper < threshold) return 'below';
  return interval.lower >= threshold ? 'above' : 'undecided';
}

function summarise(
  data: StudentisedDifferences,
  counts: ExceedanceCounts,
  decision: SpaResult['decision'],
  confidence: number,
  block: number,
  seed: number | null,
): SpaResult {
  const statistic = Math.max(0, data.sortedT[0] ?? 0);
  const { replicates } = counts;
  const nothingBeats = statistic === 0;
  const maxima = Float64Array.from(counts.maxima).sort();
  const each = <T>(make: (recentring: 'lower' | 'consistent' | 'upper') => T): ByRecentring<T> => ({
    lower: make('lower'),
    consistent: make('consistent'),
    upper: make('upper'),
  });
  const certain: ProportionInterval = { lower: 1, upper: 1, confidence };
  return {
    statistic,
    p: each((recentring) => (nothingBeats ? 1 : counts.above[recentring] / replicates)),
    pAddOne: each((recentring) => (nothingBeats ? 1 : (1 + counts.atLeast[recentring]) / (replicates + 1))),
    interval: each((recentring) =>
      nothingBeats ? certain : clopperPearson(counts.above[recentring], replicates, confidence),
    ),
    critical95: quantileOfSorted(maxima, 0.95),
    maxima,
    decision,
    members: stepMembers(data, counts, confidence),
    omega: data.omega,
    tStatistics: data.tStatistics,
    validColumns: data.validColumns,
    rows: data.rows,
    replicates,
    block,
    seed,
  };
}

/** Adjusted p-values are the running maximum of the suffix p-values, as a step-down cannot skip a strategy. */
function stepMembers(
  data: StudentisedDifferences,
  counts: ExceedanceCounts,
  confidence: number,
): StepMember[] {
  let running = 0;
  return Array.from(data.order, (column, rank) => {
    const tStatistic = data.sortedT[rank] ?? 0;
    const beaten = !(tStatistic > 0);
    running = Math.max(running, beaten ? counts.replicates : (counts.stepAbove[rank] ?? 0));
    return {
      name: data.names[column] ?? '',
      column,
      tStatistic,
      adjustedP: running / counts.replicates,
      interval: beaten
        ? { lower: 1, upper: 1, confidence }
        : clopperPearson(running, counts.replicates, confidence),
    };
  });
}
