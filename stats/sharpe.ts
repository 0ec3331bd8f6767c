import { NonFiniteValue, ParameterOutOfRange } from './errors.ts';
import { normalCdf, normalQuantile } from './normal.ts';
import { finiteSeries, mean, requireLength, requireRange, requireVariation } from './series.ts';
import type { Series } from './series.ts';

/** Moments of one return series, per period. */
export interface ReturnMoments {
  readonly observations: number;
  readonly mean: number;
  /** Sample standard deviation (T - 1). */
  readonly standardDeviation: number;
  /** mean / standardDeviation per period, not annualised, no risk-free rate. */
  readonly sharpe: number;
  /** Population skewness m3 / m2^1.5. */
  readonly skewness: number;
  /** Population raw kurtosis m4 / m2^2; 3 for a normal, not the excess. */
  readonly kurtosis: number;
}

/** Throws `NonFiniteValue`, `SampleTooShort` (under 4 values), `ConstantSeries`. */
export function returnMoments(returns: Series, name = 'returns'): ReturnMoments {
  requireLength(returns, 4, name);
  const series = finiteSeries(returns, name);
  requireVariation(series, name);
  const centre = mean(series);
  let second = 0;
  let third = 0;
  let fourth = 0;
  for (const value of series) {
    const deviation = value - centre;
    const square = deviation * deviation;
    second += square;
    third += square * deviation;
    fourth += square * square;
  }
  const observations = series.length;
  const standardDeviation = Math.sqrt(second / (observations - 1));
  const variance = second / observations;
  return {
    observations,
    mean: centre,
    standardDeviation,
    sharpe: centre / standardDeviation,
    skewness: third / observations / variance ** 1.5,
    kurtosis: fourth / observations / variance ** 2,
  };
}

/** What the probabilistic Sharpe ratio needs of a series. */
export type SharpeMoments = Pick<ReturnMoments, 'observations' | 'sharpe' | 'skewness' | 'kurtosis'>;

/** 1 - g3 SR + (g4 - 1)/4 SR^2: variance of the Sharpe estimate times T - 1 (Mertens 2002). */
function sharpeVariance(moments: SharpeMoments): number {
  for (const [name, value] of Object.entries(moments)) {
    if (!Number.isFinite(value))
      throw new NonFiniteValue(`${name} is ${String(value)}`, { details: { name } });
  }
  requireRange('observations', moments.observations, 2, 1e9);
  const { sharpe, skewness, kurtosis } = moments;
  const variance = 1 - skewness * sharpe + ((kurtosis - 1) / 4) * sharpe * sharpe;
  if (variance > 0) return variance;
  throw new ParameterOutOfRange(
    'no distribution has this skewness and kurtosis (kurtosis >= skewness^2 + 1)',
    {
      remedy: 'Check that kurtosis is raw, 3 for a normal, not the excess.',
      details: { skewness, kurtosis, sharpe },
    },
  );
}

/** Standard error of the per-period Sharpe ratio under iid returns of any shape (Bailey and Lopez de Prado 2012, eq. 4). */
export function sharpeStandardError(moments: SharpeMoments): number {
  return Math.sqrt(sharpeVariance(moments) / (moments.observations - 1));
}

/**
 * Probabilistic Sharpe ratio: confidence that the true Sharpe ratio exceeds `benchmarkSharpe`. Bailey and Lopez de
 * Prado, "The Sharpe ratio efficient frontier", J. Risk 15 (2012), eq. 11. All ratios per period. Assumes iid returns;
 * says nothing about selection: see `deflatedSharpe`.
 */
export function probabilisticSharpe(moments: SharpeMoments, benchmarkSharpe: number): number {
  return normalCdf((moments.sharpe - benchmarkSharpe) / sharpeStandardError(moments));
}

/**
 * Minimum track record length, in periods (fractional): from where the estimate differs from `benchmarkSharpe` with
 * one-sided confidence. Bailey and Lopez de Prado (2012), eq. 13. Below the benchmark it is the length after which the
 * ratio is known to be lower. Infinite when both are equal.
 */
export function minimumTrackRecordLength(
  moments: SharpeMoments,
  benchmarkSharpe: number,
  confidence = 0.95,
): number {
  requireRange('confidence', confidence, 0.5, 0.999999999);
  const ratio = normalQuantile(confidence) / (moments.sharpe - benchmarkSharpe);
  return 1 + sharpeVariance(moments) * ratio * ratio;
}

const EULER_MASCHERONI = 0.5772156649015329;

/**
 * Expected maximum of N independent standard normals, N >= 1, may be fractional. Bailey and Lopez de Prado, "The
 * deflated Sharpe ratio", J. Portfolio Management 40 (2014), eq. 1; by convention 0 for one trial.
 */
export function expectedMaximum(trials: number): number {
  requireRange('trials', trials, 1, 1e12);
  if (trials === 1) return 0;
  return (
    (1 - EULER_MASCHERONI) * normalQuantile(1 - 1 / trials) +
    EULER_MASCHERONI * normalQuantile(1 - 1 / (trials * Math.E))
  );
}

export interface DeflatedSharpe {
  /** Confidence that the true Sharpe ratio exceeds what the best of `trials` skill-less trials would show. */
  readonly dsr: number;
  /** SR_0, per period: that expected maximum. */
  readonly expectedMaxSharpe: number;
  readonly trials: number;
}

/**
 * Deflated Sharpe ratio: the probabilistic one against the expected maximum of N trials (2014, eq. 2).
 * @param trialSharpeVariance variance (N - 1) over the per-period Sharpe ratios of the trials
 * @param trials number of independent trials ever made, raw or effective; >= 1
 */
export function deflatedSharpe(
  moments: SharpeMoments,
  trialSharpeVariance: number,
  trials: number,
): DeflatedSharpe {
  requireRange('variance of the trial Sharpe ratios', trialSharpeVariance, 0, 1e6);
  const expectedMaxSharpe = Math.sqrt(trialSharpeVariance) * expectedMaximum(trials);
  return { dsr: probabilisticSharpe(moments, expectedMaxSharpe), expectedMaxSharpe, trials };
}
