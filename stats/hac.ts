import { autocovariance } from './stationary-variance.ts';
import { normalCdf, normalQuantile } from './normal.ts';
import { finiteSeries, mean, requireLength, requireRange, requireVariation } from './series.ts';
import type { Series } from './series.ts';
import { studentQuantile, studentTwoSided } from './student-t.ts';

export interface HacMean {
  readonly mean: number;
  readonly standardError: number;
  readonly tStatistic: number;
  readonly pTwoSidedNormal: number;
  readonly pTwoSidedStudent: number;
  readonly intervalNormal: readonly [number, number];
  readonly intervalStudent: readonly [number, number];
  /** One-sided lower bound by Student's t at `confidence`. */
  readonly lowerBound: number;
  readonly observations: number;
  readonly lag: number;
  readonly confidence: number;
}

/** Long-run variance with Bartlett weights 1 - j/(lag + 1); Newey and West, Econometrica 55 (1987). */
export function bartlettVariance(centred: Float64Array, lag: number): number {
  let variance = autocovariance(centred, 0);
  for (let j = 1; j <= lag; j += 1) variance += 2 * (1 - j / (lag + 1)) * autocovariance(centred, j);
  return variance;
}

/**
 * Mean of a dependent series with heteroskedasticity and autocorrelation consistent error.
 * @param lag autocorrelations counted; at least the overlap of the holds minus one
 * @param smallSample multiplies the variance by T / (T - 1)
 * @param confidence of the intervals (two-sided) and of the bound (one-sided)
 * Throws `NonFiniteValue`, `ConstantSeries`, `SampleTooShort`, `ParameterOutOfRange`.
 */
export function hacMean(
  values: Series,
  options: {
    readonly lag: number;
    readonly smallSample: boolean;
    readonly confidence?: number;
    readonly name?: string;
  },
): HacMean {
  const { lag, confidence = 0.95, name = 'series' } = options;
  requireLength(values, 3, name);
  requireRange('lag', lag, 0, values.length - 1, 'integer');
  requireRange('confidence', confidence, 0.5, 0.9999999);
  const series = finiteSeries(values, name);
  requireVariation(series, name);
  const observations = series.length;
  const centre = mean(series);
  const variance = bartlettVariance(
    series.map((value) => value - centre),
    lag,
  );
  const correction = options.smallSample ? observations / (observations - 1) : 1;
  const standardError = Math.sqrt((variance * correction) / observations);
  const tStatistic = centre / standardError;
  const degrees = observations - 1;
  const normalReach = normalQuantile(0.5 + confidence / 2) * standardError;
  const studentReach = studentQuantile(0.5 + confidence / 2, degrees) * standardError;
  return {
    mean: centre,
    standardError,
    tStatistic,
    pTwoSidedNormal: 2 * normalCdf(-Math.abs(tStatistic)),
    pTwoSidedStudent: studentTwoSided(tStatistic, degrees),
    intervalNormal: [centre - normalReach, centre + normalReach],
    intervalStudent: [centre - studentReach, centre + studentReach],
    lowerBound: centre - studentQuantile(confidence, degrees) * standardError,
    observations,
    lag,
    confidence,
  };
}
