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
  /** Share of combinations whose winner loses out of sample. */
  readonly probabilityOfLoss: number;
  readonly inSampleSharpeMean: number;
  readonly outOfSampleSharpeMean: number;
  /** ln(w / (1 - w)) with w = rank / (N + 1), average ranks. */
  readonly logits: Float64Array;
  /** In-sample winner (first index among ties) and its out-of-sample average rank, 1 is worst. */
  readonly winners: Int32Array;
  readonly winnerRanks: Float64Array;
  readonly inSampleSharpe: Float64Array;
  readonly outOfSampleSharpe: Float64Array;
  /** How often each trial won in sample. */
  readonly selectionCounts: Int32Array;
}

/**
 * Combinatorially symmetric cross-validation: Bailey, Borwein, Lopez de Prado and Zhu, "The probability of backtest
 * overfitting", J. Computational Finance 20 (2017), section 2. Performance is the per-period Sharpe ratio (T - 1).
 *
 * The sums of every subset of blocks in each half of the S blocks are tabulated, so that a combination costs one
 * addition per column and moment, and its complement comes with it. Null value of PBO: about 0.5, not 1.
 *
 * Throws `NonFiniteValue`, `ShapeMismatch`, `ConstantSeries`, `SampleTooShort`, `ParameterOutOfRange`.
 */
export function cscv(options: CscvOptions): CscvResult {
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
  const tables = new SubsetSums(columns, splits, blockRows);
  const run = new Combinations(tables, splits, blockRows, columns.length);
  return run.result(total - blockRows * splits);
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

/**
 * Sums of centred returns and of their squares over every subset of the lower and of the upper half of the blocks.
 * Centring each column by its mean keeps the variance free of cancellation.
 */
class SubsetSums {
  readonly half: number;
  readonly count: number;
  readonly means: Float64Array;
  readonly allZero: Uint8Array;
  readonly lowSums: Float64Array;
  readonly lowSquares: Float64Array;
  readonly highSums: Float64Array;
  readonly highSquares: Float64Array;

  constructor(columns: readonly Float64Array[], splits: number, blockRows: number) {
    this.half = splits / 2;
    this.count = columns.length;
    this.means = Float64Array.from(columns, (column) => mean(column));
    this.allZero = Uint8Array.from(columns, (column) => (column.every((value) => value === 0) ? 1 : 0));
    const subsets = 1 << this.half;
    const make = (): Float64Array => new Float64Array(subsets * this.count);
    this.lowSums = make();
    this.lowSquares = make();
    this.highSums = make();
    this.highSquares = make();
    columns.forEach((column, index) => {
      const skipped = column.length - blockRows * splits;
      this.fill(column.subarray(skipped), index, blockRows, 0, this.lowSums, this.lowSquares);
      this.fill(column.subarray(skipped), index, blockRows, this.half, this.highSums, this.highSquares);
    });
  }

  private fill(
    column: Float64Array,
    index: number,
    blockRows: number,
    firstBlock: number,
    sums: Float64Array,
    squares: Float64Array,
  ): void {
    const centre = this.means[index] ?? 0;
    for (let subset = 1; subset < 1 << this.half; subset += 1) {
      const lowest = 31 - Math.clz32(subset & -subset);
      const rest = subset & (subset - 1);
      let sum = sums[rest * this.count + index] ?? 0;
      let square = squares[rest * this.count + index] ?? 0;
      if (rest === 0) {
        const begin = (firstBlock + lowest) * blockRows;
        for (let row = begin; row < begin + blockRows; row += 1) {
          const value = (column[row] ?? 0) - centre;
          sum += value;
          square += value * value;
        }
      } else {
        const single = (1 << lowest) * this.count + index;
        sum += sums[single] ?? 0;
        square += squares[single] ?? 0;
      }
      sums[subset * this.count + index] = sum;
      squares[subset * this.count + index] = square;
    }
  }
}

/** Walks the combinations; each is scored together with its complement, which is its mirror in lexicographic order. */
class Combinations {
  private readonly tables: SubsetSums;
  private readonly columns: number;
  private readonly halfRows: number;
  private readonly chosen: Int32Array;
  private readonly total: number;
  private readonly splits: number;
  private readonly ratios: readonly [Float64Array, Float64Array];
  private readonly logits: Float64Array;
  private readonly winners: Int32Array;
  private readonly winnerRanks: Float64Array;
  private readonly inSample: Float64Array;
  private readonly outOfSample: Float64Array;

  constructor(tables: SubsetSums, splits: number, blockRows: number, columns: number) {
    this.tables = tables;
    this.splits = splits;
    this.columns = columns;
    this.halfRows = (splits / 2) * blockRows;
    this.chosen = Int32Array.from({ length: splits / 2 }, (_, index) => index);
    this.total = binomial(splits, splits / 2);
    this.ratios = [new Float64Array(columns), new Float64Array(columns)];
    this.logits = new Float64Array(this.total);
    this.winners = new Int32Array(this.total);
    this.winnerRanks = new Float64Array(this.total);
    this.inSample = new Float64Array(this.total);
    this.outOfSample = new Float64Array(this.total);
    for (let index = 0; index < this.total / 2; index += 1) {
      this.scorePair(index);
      this.advance();
    }
  }

  result(droppedOldestRows: number): CscvResult {
    const selectionCounts = new Int32Array(this.columns);
    let overfit = 0;
    let exactMedians = 0;
    let losses = 0;
    for (let index = 0; index < this.total; index += 1) {
      // Ranks are halves of integers: compared without the logarithm, the median is exact.
      const doubled = 2 * (this.winnerRanks[index] ?? 0);
      if (doubled <= this.columns + 1) overfit += 1;
      if (doubled === this.columns + 1) exactMedians += 1;
      if ((this.outOfSample[index] ?? 0) < 0) losses += 1;
      const winner = this.winners[index] ?? 0;
      selectionCounts[winner] = (selectionCounts[winner] ?? 0) + 1;
    }
    return {
      splits: this.splits,
      combinations: this.total,
      rows: 2 * this.halfRows,
      droppedOldestRows,
      pbo: overfit / this.total,
      pboStrict: (overfit - exactMedians) / this.total,
      exactMedians,
      ...leastSquares(this.inSample, this.outOfSample),
      probabilityOfLoss: losses / this.total,
      inSampleSharpeMean: mean(this.inSample),
      outOfSampleSharpeMean: mean(this.outOfSample),
      logits: this.logits,
      winners: this.winners,
      winnerRanks: this.winnerRanks,
      inSampleSharpe: this.inSample,
      outOfSampleSharpe: this.outOfSample,
      selectionCounts,
    };
  }

  private scorePair(index: number): void {
    const { half } = this.tables;
    const full = (1 << half) - 1;
    let low = 0;
    let high = 0;
    for (const block of this.chosen) {
      if (block < half) low |= 1 << block;
      else high |= 1 << (block - half);
    }
    const [first, second] = this.ratios;
    this.sharpeOf(low, high, first);
    this.sharpeOf(full & ~low, full & ~high, second);
    this.record(index, first, second);
    this.record(this.total - 1 - index, second, first);
  }

  /** Per-period Sharpe ratios over a set of blocks. */
  private sharpeOf(low: number, high: number, out: Float64Array): void {
    const { lowSums, lowSquares, highSums, highSquares, means, allZero } = this.tables;
    const rows = this.halfRows;
    const lowOffset = low * this.columns;
    const highOffset = high * this.columns;
    for (let column = 0; column < this.columns; column += 1) {
      const sum = (lowSums[lowOffset + column] ?? 0) + (highSums[highOffset + column] ?? 0);
      const square = (lowSquares[lowOffset + column] ?? 0) + (highSquares[highOffset + column] ?? 0);
      const variance = (square - (sum * sum) / rows) / (rows - 1);
      const average = (means[column] ?? 0) + sum / rows;
      out[column] = allZero[column] === 1 || !(variance > 0) ? 0 : average / Math.sqrt(variance);
    }
  }

  private record(index: number, inSample: Float64Array, outOfSample: Float64Array): void {
    let winner = 0;
    let best = inSample[0] ?? 0;
    for (let column = 1; column < this.columns; column += 1) {
      const value = inSample[column] ?? 0;
      if (value > best) {
        best = value;
        winner = column;
      }
    }
    const reached = outOfSample[winner] ?? 0;
    let below = 0;
    let equal = 0;
    for (let column = 0; column < this.columns; column += 1) {
      const value = outOfSample[column] ?? 0;
      if (value < reached) below += 1;
      else if (value === reached) equal += 1;
    }
    const rank = below + (equal + 1) / 2;
    this.winners[index] = winner;
    this.winnerRanks[index] = rank;
    this.inSample[index] = best;
    this.outOfSample[index] = reached;
    this.logits[index] = Math.log(rank / (this.columns + 1 - rank));
  }

  /** The next combination in lexicographic order. */
  private advance(): void {
    const size = this.chosen.length;
    let position = size - 1;
    while (position >= 0 && this.chosen[position] === this.splits - size + position) position -= 1;
    if (position < 0) return;
    let next = (this.chosen[position] ?? 0) + 1;
    for (; position < size; position += 1) {
      this.chosen[position] = next;
      next += 1;
    }
  }
}

/** Number of ways to choose k of n; exact for the sizes allowed here. */
export function binomial(n: number, k: number): number {
  let value = 1;
  for (let i = 1; i <= k; i += 1) value = (value * (n - k + i)) / i;
  return Math.round(value);
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
