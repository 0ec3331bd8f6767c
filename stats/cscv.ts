import { binomial, walkCombinations } from './block-combinations.ts';
import type { HalfScorer } from './block-combinations.ts';
import { metricScorer } from './block-metric.ts';
import type { BlockMetric } from './block-metric.ts';
import { ParameterOutOfRange, SampleTooShort } from './errors.ts';
import {
  finiteSeries,
  isConstant,
  mean,
  requireRange,
  requireSameLength,
  requireVariation,
} from './series.ts';
import type { Series } from './series.ts';
import { sharpeScorer } from './sharpe-blocks.ts';

export interface CscvOptions {
  /** One column of T daily returns per trial, same sessions. Two trials at least. */
  readonly columns: readonly Series[];
  readonly names?: readonly string[];
  /** S, even, 2 .. 24: the T rows are cut in S blocks, each half of them is once in sample. */
  readonly splits: number;
  /**
   * A column of zeros has no Sharpe ratio. `reject` (default) throws; `zero-sharpe` gives it the ratio 0, as the
   * published reference values do. Any other constant column is always refused.
   */
  readonly constantZero?: 'reject' | 'zero-sharpe';
  /** What is compared; the per-period Sharpe ratio when left out. */
  readonly metric?: BlockMetric;
}

/**
 * The distribution over combinations of the winner's out-of-sample measure against that of the mean over all trials
 * (Bailey et al. 2017, section 2.4: stochastic dominance).
 */
export interface Dominance {
  /** Share of quantiles at which the winner is at least as good; 1 is dominance of first order. */
  readonly firstOrder: number;
  /** The same for the running integrals of the quantiles; 1 is dominance of second order. */
  readonly secondOrder: number;
}

/** Probability of backtest overfitting and what belongs to it. One entry per combination, in lexicographic order. */
export interface CscvResult {
  readonly splits: number;
  readonly combinations: number;
  /** Rows used: T less the oldest T mod S. */
  readonly rows: number;
  readonly droppedOldestRows: number;
  /** Share of combinations whose in-sample winner ranks at or below the out-of-sample median (logit <= 0). */
  readonly pbo: number;
  /** The same with the exact median, possible for odd N only, counted as not overfit (logit < 0). */
  readonly pboStrict: number;
  readonly exactMedians: number;
  /** Least squares of the winner's out-of-sample Sharpe ratio on its in-sample one. Null when all in-sample ones agree. */
  readonly slope: number | null;
  readonly intercept: number | null;
  readonly rSquared: number | null;
  /** Share of combinations whose winner loses (its measure is below zero) out of sample. */
  readonly probabilityOfLoss: number;
  readonly inSampleMean: number;
  readonly outOfSampleMean: number;
  /** Does choosing by the in-sample measure beat choosing at random? */
  readonly dominance: Dominance;
  /** ln(w / (1 - w)) with w = rank / (N + 1), average ranks. */
  readonly logits: Float64Array;
  /** In-sample winner (first index among ties) and its out-of-sample average rank, 1 is worst. */
  readonly winners: Int32Array;
  readonly winnerRanks: Float64Array;
  /** The winner's measure on both sides. */
  readonly inSample: Float64Array;
  readonly outOfSample: Float64Array;
  /** How often each trial won in sample. */
  readonly selectionCounts: Int32Array;
}

/**
 * Combinatorially symmetric cross-validation: Bailey, Borwein, Lopez de Prado and Zhu, "The probability of backtest
 * overfitting", J. Computational Finance 20 (2017), section 2. Performance is the per-period Sharpe ratio (T - 1), or
 * any other measure that is given. Null value of PBO: about 0.5, not 1.
 *
 * Throws `NonFiniteValue`, `ShapeMismatch`, `ConstantSeries`, `SampleTooShort`, `ParameterOutOfRange`.
 */
export function cscv(options: CscvOptions): CscvResult {
  const { columns, blockRows, score } = prepareCscv(options);
  const record = new Recorder(options.splits, columns.length);
  walkCombinations(options.splits, columns.length, score, record.visit);
  return record.result(blockRows * options.splits, (columns[0]?.length ?? 0) % options.splits);
}

/** The panel after every check, and how a half of it is scored. */
export interface PreparedCscv {
  readonly columns: readonly Float64Array[];
  readonly blockRows: number;
  readonly score: HalfScorer;
}

/** Checks what `cscv` is given and throws as it does. */
export function prepareCscv(options: CscvOptions): PreparedCscv {
  const { splits } = options;
  requireRange('splits', splits, 2, 24, 'integer');
  if (splits % 2 !== 0) {
    throw new ParameterOutOfRange(`splits is ${String(splits)}, expected an even number`, {
      remedy: 'Use an even number of splits.',
    });
  }
  const columns = checkedColumns(options);
  const total = columns[0]?.length ?? 0;
  const blockRows = Math.floor(total / splits);
  if (blockRows < 2) {
    throw new SampleTooShort(`${String(total)} rows in ${String(splits)} splits leave under 2 rows a block`, {
      remedy: 'Use fewer splits or more sessions.',
      details: { rows: total, splits },
    });
  }
  const names = columns.map((_, index) => options.names?.[index] ?? `column ${String(index + 1)}`);
  const score =
    options.metric === undefined
      ? sharpeScorer(columns, names, splits, blockRows)
      : metricScorer(options.metric, columns, names, splits, blockRows);
  return { columns, blockRows, score };
}

function checkedColumns(options: CscvOptions): Float64Array[] {
  const first = options.columns[0];
  if (first === undefined || options.columns.length < 2) {
    throw new SampleTooShort(
      `overfitting is a choice among 2 trials at least, there is ${String(options.columns.length)}`,
      {
        remedy: 'Run more trials.',
      },
    );
  }
  return options.columns.map((column, index) => {
    const name = options.names?.[index] ?? `column ${String(index + 1)}`;
    requireSameLength(first, column, options.names?.[0] ?? 'column 1', name);
    const series = finiteSeries(column, name);
    const zeros = isConstant(series) && series.every((value) => value === 0);
    if (!(zeros && options.constantZero === 'zero-sharpe')) requireVariation(series, name);
    return series;
  });
}

/** First index of the largest value. */
export function argmax(values: Float64Array): number {
  let winner = 0;
  let best = values[0] ?? 0;
  for (let index = 1; index < values.length; index += 1) {
    const value = values[index] ?? 0;
    if (value > best) {
      best = value;
      winner = index;
    }
  }
  return winner;
}

/** Twice the average rank of one entry, 2 for a single worst: an integer, so that the exact median is compared exactly. */
export function doubledRank(values: Float64Array, index: number): number {
  const reached = values[index] ?? 0;
  let below = 0;
  let equal = 0;
  for (let other = 0; other < values.length; other += 1) {
    const value = values[other] ?? 0;
    if (value < reached) below += 1;
    else if (value === reached) equal += 1;
  }
  return 2 * below + equal + 1;
}

/** Keeps what the result needs of each combination. */
class Recorder {
  private readonly splits: number;
  private readonly columns: number;
  private readonly total: number;
  private readonly logits: Float64Array;
  private readonly winners: Int32Array;
  private readonly doubledRanks: Int32Array;
  private readonly inSample: Float64Array;
  private readonly outOfSample: Float64Array;
  private readonly averages: Float64Array;

  constructor(splits: number, columns: number) {
    this.splits = splits;
    this.columns = columns;
    this.total = binomial(splits, splits / 2);
    this.logits = new Float64Array(this.total);
    this.winners = new Int32Array(this.total);
    this.doubledRanks = new Int32Array(this.total);
    this.inSample = new Float64Array(this.total);
    this.outOfSample = new Float64Array(this.total);
    this.averages = new Float64Array(this.total);
  }

  readonly visit = (index: number, inSample: Float64Array, outOfSample: Float64Array): void => {
    const winner = argmax(inSample);
    const doubled = doubledRank(outOfSample, winner);
    this.winners[index] = winner;
    this.doubledRanks[index] = doubled;
    this.inSample[index] = inSample[winner] ?? 0;
    this.outOfSample[index] = outOfSample[winner] ?? 0;
    this.averages[index] = mean(outOfSample);
    this.logits[index] = Math.log(doubled / (2 * (this.columns + 1) - doubled));
  };

  result(rows: number, droppedOldestRows: number): CscvResult {
    const selectionCounts = new Int32Array(this.columns);
    let overfit = 0;
    let exactMedians = 0;
    let losses = 0;
    for (let index = 0; index < this.total; index += 1) {
      const doubled = this.doubledRanks[index] ?? 0;
      if (doubled <= this.columns + 1) overfit += 1;
      if (doubled === this.columns + 1) exactMedians += 1;
      if ((this.outOfSample[index] ?? 0) < 0) losses += 1;
      const winner = this.winners[index] ?? 0;
      selectionCounts[winner] = (selectionCounts[winner] ?? 0) + 1;
    }
    return {
      splits: this.splits,
      combinations: this.total,
      rows,
      droppedOldestRows,
      pbo: overfit / this.total,
      pboStrict: (overfit - exactMedians) / this.total,
      exactMedians,
      ...leastSquares(this.inSample, this.outOfSample),
      probabilityOfLoss: losses / this.total,
      inSampleMean: mean(this.inSample),
      outOfSampleMean: mean(this.outOfSample),
      dominance: dominance(this.outOfSample, this.averages),
      logits: this.logits,
      winners: this.winners,
      winnerRanks: Float64Array.from(this.doubledRanks, (doubled) => doubled / 2),
      inSample: this.inSample,
      outOfSample: this.outOfSample,
      selectionCounts,
    };
  }
}

/** Two samples of one size: compared quantile by quantile. */
function dominance(winners: Float64Array, averages: Float64Array): Dominance {
  const chosen = winners.toSorted();
  const random = averages.toSorted();
  let first = 0;
  let second = 0;
  let integral = 0;
  chosen.forEach((value, index) => {
    const gap = value - (random[index] ?? 0);
    integral += gap;
    if (gap >= 0) first += 1;
    if (integral >= 0) second += 1;
  });
  return { firstOrder: first / chosen.length, secondOrder: second / chosen.length };
}

function leastSquares(
  x: Float64Array,
  y: Float64Array,
): Pick<CscvResult, 'slope' | 'intercept' | 'rSquared'> {
  const meanX = mean(x);
  const meanY = mean(y);
  let xx = 0;
  let xy = 0;
  let yy = 0;
  for (let index = 0; index < x.length; index += 1) {
    const dx = (x[index] ?? 0) - meanX;
    const dy = (y[index] ?? 0) - meanY;
    xx += dx * dx;
    xy += dx * dy;
    yy += dy * dy;
  }
  if (isConstant(x)) return { slope: null, intercept: null, rSquared: null };
  const slope = xy / xx;
  return { slope, intercept: meanY - slope * meanX, rSquared: isConstant(y) ? null : (xy * xy) / (xx * yy) };
}
