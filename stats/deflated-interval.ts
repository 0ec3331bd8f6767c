import { SampleTooShort } from './errors.ts';
import {
  finiteSeries,
  quantileOfSorted,
  requireRange,
  requireSameLength,
  requireVariation,
  squaredDeviations,
} from './series.ts';
import type { Series } from './series.ts';
import { deflatedSharpe, returnMoments } from './sharpe.ts';
import { StationaryBootstrap } from './stationary-bootstrap.ts';

export interface DeflatedIntervalOptions {
  /** Daily returns of all trials on the same sessions, two at least. */
  readonly columns: readonly Series[];
  readonly names?: readonly string[];
  /** Column of the trial that was chosen. */
  readonly chosen: number;
  /** N of the deflated Sharpe ratio, >= 1, may be fractional. */
  readonly trials: number;
  /** Mean block of the stationary bootstrap in sessions, at least the hold. */
  readonly block: number;
  readonly seed: number;
  /** 20 .. 1,000,000. */
  readonly replicates: number;
  readonly confidence?: number;
}

export interface DeflatedInterval {
  readonly lower: number;
  readonly upper: number;
  readonly median: number;
  readonly confidence: number;
  readonly replicates: number;
}

/**
 * Percentile interval of the deflated Sharpe ratio: the sessions of all trials are resampled together (stationary bootstrap),
 * and in each resample the moments of the chosen trial and the variance of the trials' Sharpe ratios are computed anew. The
 * chosen trial stays chosen: the interval is about the number that is reported, selection is what N deflates.
 * A resample in which a trial does not vary is left out; when that is more than one in ten, `SampleTooShort` is thrown.
 * Throws as `deflatedSharpe`.
 */
export function deflatedInterval(options: DeflatedIntervalOptions): DeflatedInterval {
  const { chosen, trials, replicates, confidence = 0.9 } = options;
  requireRange('replicates', replicates, 20, 1_000_000, 'integer');
  requireRange('confidence', confidence, 0.5, 0.999);
  if (options.columns.length < 2) {
    throw new SampleTooShort('the spread of the trials cannot be known from one', {
      remedy: 'Run more trials.',
    });
  }
  requireRange('chosen', chosen, 0, options.columns.length - 1, 'integer');
  const first = options.columns[0] ?? [];
  const columns = options.columns.map((column, index) => {
    const name = options.names?.[index] ?? `column ${String(index + 1)}`;
    requireSameLength(first, column, options.names?.[0] ?? 'column 1', name);
    const series = finiteSeries(column, name);
    requireVariation(series, name);
    return series;
  });
  const bootstrap = new StationaryBootstrap(first.length, options.block, options.seed);
  const sums = new ResampledSums(columns);
  const values: number[] = [];
  for (let replicate = 0; replicate < replicates; replicate += 1) {
    const rows = bootstrap.indices(replicate);
    const sharpes = sums.sharpes(rows);
    if (sharpes === null) continue;
    const variance = squaredDeviations(sharpes) / (sharpes.length - 1);
    const best = columns[chosen] ?? new Float64Array();
    const moments = returnMoments(Float64Array.from(rows, (row) => best[row] ?? Number.NaN));
    values.push(deflatedSharpe(moments, variance, trials).dsr);
  }
  if (values.length < 0.9 * replicates) {
    throw new SampleTooShort('more than one resample in ten holds a trial that does not vary', {
      remedy: 'Use more sessions, or leave out trials that seldom trade.',
    });
  }
  const sorted = Float64Array.from(values).sort();
  const tail = (1 - confidence) / 2;
  return {
    lower: quantileOfSorted(sorted, tail),
    upper: quantileOfSorted(sorted, 1 - tail),
    median: quantileOfSorted(sorted, 0.5),
    confidence,
    replicates: values.length,
  };
}

/** Sharpe ratios of every column over resampled rows; columns are scaled and centred once, so that squares do not cancel. */
class ResampledSums {
  private readonly columns: readonly Float64Array[];
  private readonly centred: readonly Float64Array[];
  private readonly means: Float64Array;

  constructor(columns: readonly Float64Array[]) {
    this.columns = columns;
    this.means = Float64Array.from(columns, (column) => column.reduce((a, b) => a + b, 0) / column.length);
    this.centred = columns.map((column, index) => column.map((value) => value - (this.means[index] ?? 0)));
  }

  /** Null when a column does not vary over these rows. */
  sharpes(rows: Int32Array): Float64Array | null {
    const count = rows.length;
    const out = new Float64Array(this.columns.length);
    for (let index = 0; index < this.centred.length; index += 1) {
      const series = this.centred[index] ?? new Float64Array();
      let sum = 0;
      let square = 0;
      for (const row of rows) {
        const value = series[row] ?? 0;
        sum += value;
        square += value * value;
      }
      const deviations = square - (sum * sum) / count;
      if (!(deviations > 1e-12 * square)) return null;
      out[index] = ((this.means[index] ?? 0) + sum / count) / Math.sqrt(deviations / (count - 1));
    }
    return out;
  }
}
