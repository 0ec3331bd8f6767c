import { ConstantSeries, SampleTooShort } from './errors.ts';
import { normalCdf } from './normal.ts';
import { Philox } from './philox.ts';
import {
  finiteSeries,
  mean,
  requireLength,
  requireRange,
  requireSameLength,
  requireVariation,
} from './series.ts';
import type { Series } from './series.ts';

/**
 * How the covariance of the four moments is estimated: as if sessions were independent; by the Parzen kernel with the
 * automatic bandwidth of Andrews (Econometrica 59, 1991) and the correction T / (T - 4); or from sums over blocks.
 */
export type MomentCovariance =
  | { readonly kind: 'independent' }
  | { readonly kind: 'parzen' }
  | { readonly kind: 'block'; readonly length: number };

export interface LedoitWolfOptions {
  /** Paired daily returns, same sessions. */
  readonly candidate: Series;
  readonly benchmark: Series;
  readonly covariance: MomentCovariance;
  /**
   * `ratio`: difference of mean / deviation (the paper). `product`: mean times the other's deviation, which has the same sign
   * and stays calm when a deviation is small (the default of a published R package).
   */
  readonly form: 'ratio' | 'product';
}

export interface LedoitWolfTest {
  /** Difference of the per-period Sharpe ratios (T - 1), candidate minus benchmark, in either form of the test. */
  readonly difference: number;
  readonly tStatistic: number;
  /** Two-sided, normal. */
  readonly pValue: number;
  readonly observations: number;
}

const MIN_PAIRS = 20;

/**
 * Test of two Sharpe ratios: Ledoit and Wolf, "Robust performance hypothesis testing with the Sharpe ratio", J. Empirical
 * Finance 15 (2008), section 3.1.
 * Throws `NonFiniteValue`, `ShapeMismatch`, `SampleTooShort` (under 20 pairs), `ConstantSeries`, `ParameterOutOfRange`.
 */
export function ledoitWolf(options: LedoitWolfOptions): LedoitWolfTest {
  const pairs = checked(options);
  const all = Int32Array.from(pairs.a.keys());
  const { studentised, difference } = statistic(pairs, all, options);
  return {
    difference,
    tStatistic: studentised.effect / studentised.error,
    pValue: 2 * normalCdf(-Math.abs(studentised.effect / studentised.error)),
    observations: pairs.a.length,
  };
}

export interface LedoitWolfBootstrap extends LedoitWolfTest {
  readonly block: number;
  readonly replicates: number;
}

/**
 * The studentised circular block bootstrap of section 3.2: the p-value is (1 + number of resampled |t| about the observed
 * difference at or above the observed |t|) / (B + 1). The error is the block estimate on the sample and on every resample.
 * @param options.block sessions of a block, at least the hold; T / block >= 4
 * @param options.replicates 99 .. 1,000,000
 */
export function ledoitWolfBootstrap(
  options: Pick<LedoitWolfOptions, 'candidate' | 'benchmark' | 'form'> & {
    readonly block: number;
    readonly seed: number;
    readonly replicates: number;
  },
): LedoitWolfBootstrap {
  const { block, seed, replicates, form } = options;
  const covariance = { kind: 'block', length: block } as const;
  const pairs = checked({ ...options, covariance });
  const rows = pairs.a.length;
  requireRange('replicates', replicates, 99, 1_000_000, 'integer');
  requireRange('seed', seed, 0, Number.MAX_SAFE_INTEGER, 'integer');
  const observed = ledoitWolf({ ...options, covariance });
  const { studentised } = statistic(pairs, Int32Array.from(pairs.a.keys()), { covariance, form });
  const resample = new Int32Array(Math.floor(rows / block) * block);
  let extreme = 0;
  for (let replicate = 0; replicate < replicates; replicate += 1) {
    const random = new Philox(seed, replicate);
    for (let begin = 0; begin < resample.length; begin += block) {
      const start = random.nextBelow(rows);
      for (let offset = 0; offset < block; offset += 1) resample[begin + offset] = (start + offset) % rows;
    }
    const { studentised: drawn } = statistic(pairs, resample, { covariance, form });
    if (Math.abs(drawn.effect - studentised.effect) / drawn.error >= Math.abs(observed.tStatistic))
      extreme += 1;
  }
  return { ...observed, pValue: (1 + extreme) / (replicates + 1), block, replicates };
}

interface Pairs {
  readonly a: Float64Array;
  readonly b: Float64Array;
}

function checked(options: LedoitWolfOptions): Pairs {
  requireSameLength(options.candidate, options.benchmark, 'candidate', 'benchmark');
  requireLength(options.candidate, MIN_PAIRS, 'candidate');
  const a = finiteSeries(options.candidate, 'candidate');
  const b = finiteSeries(options.benchmark, 'benchmark');
  requireVariation(a, 'candidate');
  requireVariation(b, 'benchmark');
  if (options.covariance.kind === 'block') {
    requireRange('block', options.covariance.length, 1, a.length, 'integer');
    if (a.length / options.covariance.length < 4) {
      throw new SampleTooShort(
        `${String(a.length)} pairs hold fewer than 4 blocks of ${String(options.covariance.length)}`,
        {
          remedy: 'Use shorter blocks or more sessions.',
        },
      );
    }
  }
  return { a, b };
}

interface Statistic {
  readonly difference: number;
  readonly studentised: { readonly effect: number; readonly error: number };
}

/** The test's numbers over the given rows. */
function statistic(
  pairs: Pairs,
  rows: Int32Array,
  { covariance, form }: Pick<LedoitWolfOptions, 'covariance' | 'form'>,
): Statistic {
  const a = momentsOf(pairs.a, rows);
  const b = momentsOf(pairs.b, rows);
  const count = rows.length;
  const gradient =
    form === 'ratio'
      ? [
          a.second / a.variance ** 1.5,
          -b.second / b.variance ** 1.5,
          -a.mean / 2 / a.variance ** 1.5,
          b.mean / 2 / b.variance ** 1.5,
        ]
      : [
          b.deviation + (a.mean * b.mean) / a.deviation,
          -a.deviation - (a.mean * b.mean) / b.deviation,
          -b.mean / 2 / a.deviation,
          a.mean / 2 / b.deviation,
        ];
  const series = [a.firsts, b.firsts, a.seconds, b.seconds];
  const combined = new Float64Array(count);
  series.forEach((values, moment) => {
    const weight = gradient[moment] ?? 0;
    for (let row = 0; row < count; row += 1)
      combined[row] = (combined[row] ?? 0) + weight * (values[row] ?? 0);
  });
  const variance = longRunVariance(combined, series, covariance);
  const scale = combined.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (!(variance > (1e-12 * scale) ** 2) || scale === 0) {
    throw new ConstantSeries(
      'the difference of the two Sharpe ratios does not vary: the series are the same',
      {
        remedy: 'A series cannot be compared with itself or a multiple of it.',
      },
    );
  }
  const sample = Math.sqrt(count / (count - 1));
  const [sa, sb] = [a.deviation * sample, b.deviation * sample];
  const difference = a.mean / sa - b.mean / sb;
  const effect = form === 'ratio' ? difference : a.mean * sb - b.mean * sa;
  return { difference, studentised: { effect, error: Math.sqrt(variance / count) } };
}

function momentsOf(series: Float64Array, rows: Int32Array) {
  const values = Float64Array.from(rows, (row) => series[row] ?? Number.NaN);
  const centre = mean(values);
  const firsts = values.map((value) => value - centre);
  const variance = mean(firsts.map((value) => value * value));
  const second = variance + centre * centre;
  return {
    mean: centre,
    second,
    variance,
    deviation: Math.sqrt(variance),
    firsts,
    seconds: values.map((value) => value * value - second),
  };
}

function longRunVariance(
  combined: Float64Array,
  moments: readonly Float64Array[],
  covariance: MomentCovariance,
): number {
  const count = combined.length;
  switch (covariance.kind) {
    case 'independent':
      return combined.reduce((sum, value) => sum + value * value, 0) / (count - 1);
    case 'block': {
      const { length } = covariance;
      const blocks = Math.floor(count / length);
      let sum = 0;
      for (let block = 0; block < blocks; block += 1) {
        let total = 0;
        for (let row = block * length; row < (block + 1) * length; row += 1) total += combined[row] ?? 0;
        sum += total * total;
      }
      // Independence keeps the sample correction of its own; the block form of the paper has none.
      return (sum / (blocks * length)) * (length === 1 ? count / (count - 1) : 1);
    }
    case 'parzen': {
      const bandwidth = andrewsBandwidth(moments, count);
      let sum = 0;
      for (let lag = 0; lag < count; lag += 1) {
        const weight = parzen(lag / bandwidth);
        if (weight === 0) break;
        let product = 0;
        for (let row = lag; row < count; row += 1)
          product += (combined[row] ?? 0) * (combined[row - lag] ?? 0);
        sum += (lag === 0 ? 1 : 2) * weight * product;
      }
      return sum / (count - 4);
    }
  }
}

function parzen(u: number): number {
  if (u <= 0.5) return 1 - 6 * u * u + 6 * u ** 3;
  return u < 1 ? 2 * (1 - u) ** 3 : 0;
}

/** 2.6614 (alpha T)^(1/5) with alpha from a first-order autoregression of each moment (Andrews 1991, eqs. 6.2 and 6.4). */
function andrewsBandwidth(moments: readonly Float64Array[], count: number): number {
  let numerator = 0;
  let denominator = 0;
  for (const series of moments) {
    const earlier = series.subarray(0, count - 1);
    const later = series.subarray(1);
    const [meanEarlier, meanLater] = [mean(earlier), mean(later)];
    let cross = 0;
    let square = 0;
    earlier.forEach((value, row) => {
      cross += (value - meanEarlier) * ((later[row] ?? 0) - meanLater);
      square += (value - meanEarlier) ** 2;
    });
    const rho = cross / square;
    let residual = 0;
    earlier.forEach((value, row) => {
      residual += ((later[row] ?? 0) - meanLater - rho * (value - meanEarlier)) ** 2;
    });
    const variance = residual / (count - 1);
    numerator += (4 * rho * rho * variance * variance) / (1 - rho) ** 8;
    denominator += (variance * variance) / (1 - rho) ** 4;
  }
  // Without any autocorrelation the bandwidth is zero: only lag 0 counts.
  return Math.max(2.6614 * ((numerator / denominator) * count) ** 0.2, Number.MIN_VALUE);
}
