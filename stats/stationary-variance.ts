import { ConstantSeries } from './errors.ts';
import { at, mean, requireRange, requireVariation } from './series.ts';

/** A lag whose kernel weight is below this changes the sum by less than one rounding. */
const NEGLIGIBLE_WEIGHT = 1e-14;

/**
 * Long-run standard deviation of sqrt(T) times the mean under the stationary bootstrap, in closed form:
 *
 *   omega^2 = g_0 + 2 sum_i k(i) g_i,   k(i) = (T-i)/T (1-p)^i + i/T (1-p)^(T-i),   p = 1/block
 *
 * with g_i the autocovariance divided by T. Politis and Romano (1994), lemma 1; the estimator of Hansen (JBES 23,
 * 2005), section 3.1. Lags without weight (the middle of the range) are left out.
 *
 * @param series T values, not constant
 * @param block mean block length, in [1, T]
 */
export function stationaryDeviation(series: Float64Array, block: number, name = 'series'): number {
  const rows = series.length;
  requireRange('block', block, 1, Math.max(1, rows));
  requireVariation(series, name);
  const centre = mean(series);
  const centred = series.map((value) => value - centre);
  const stay = 1 - 1 / block;
  let variance = autocovariance(centred, 0);
  for (let lag = 1; lag < rows; lag += 1) {
    const weight = ((rows - lag) / rows) * stay ** lag + (lag / rows) * stay ** (rows - lag);
    if (weight < NEGLIGIBLE_WEIGHT) continue;
    variance += 2 * weight * autocovariance(centred, lag);
  }
  // A variance by construction; only a series that is constant up to rounding can get here.
  if (!(variance > 0)) throw new ConstantSeries(`${name} has no long-run variance`, { details: { name } });
  return Math.sqrt(variance);
}

/** Sum of products at a lag, divided by the full length (Bartlett's positive semi-definite form). */
export function autocovariance(centred: Float64Array, lag: number): number {
  const rows = centred.length;
  let even = 0;
  let odd = 0;
  let row = lag;
  for (; row + 1 < rows; row += 2) {
    even += at(centred, row) * at(centred, row - lag);
    odd += at(centred, row + 1) * at(centred, row + 1 - lag);
  }
  if (row < rows) even += at(centred, row) * at(centred, row - lag);
  return (even + odd) / rows;
}
