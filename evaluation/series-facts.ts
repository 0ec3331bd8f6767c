/** Numbers about one series of which values may be missing (NaN); pairs count where both are known. */

/** Pearson correlation over the pairs that are known; NaN for fewer than three or a constant. */
export function correlation(a: Float64Array, b: Float64Array, lag = 0): number {
  let count = 0;
  let [sumA, sumB, aa, bb, ab] = [0, 0, 0, 0, 0];
  const length = Math.min(a.length, b.length) - lag;
  for (let at = 0; at < length; at += 1) {
    const x = a[at] ?? NaN;
    const y = b[at + lag] ?? NaN;
    if (Number.isNaN(x) || Number.isNaN(y)) continue;
    count += 1;
    sumA += x;
    sumB += y;
    aa += x * x;
    bb += y * y;
    ab += x * y;
  }
  if (count < 3) return NaN;
  const varianceA = aa - (sumA * sumA) / count;
  const varianceB = bb - (sumB * sumB) / count;
  return varianceA > 0 && varianceB > 0
    ? (ab - (sumA * sumB) / count) / Math.sqrt(varianceA * varianceB)
    : NaN;
}

/** Correlation of a series with itself `lag` places later. */
export const autocorrelation = (values: Float64Array, lag: number): number =>
  correlation(values, values, lag);

/** Mean over 1 .. lags of the correlation of r with |r| that many places later (Bouchaud, Matacz, Potters 2001). */
export function leverageCorrelation(values: Float64Array, lags: number): number {
  const absolute = values.map(Math.abs);
  let total = 0;
  for (let lag = 1; lag <= lags; lag += 1) total += correlation(values, absolute, lag);
  return total / lags;
}

function centralMoment(values: Float64Array, order: number): number {
  let mean = 0;
  for (const value of values) mean += value / values.length;
  let total = 0;
  for (const value of values) total += (value - mean) ** order;
  return total / values.length;
}

/** Standard deviation, divided by n. */
export const spread = (values: Float64Array): number => Math.sqrt(centralMoment(values, 2));

export const skewnessOf = (values: Float64Array): number =>
  centralMoment(values, 3) / centralMoment(values, 2) ** 1.5;

/** 0 for a normal distribution. */
export const excessKurtosis = (values: Float64Array): number =>
  centralMoment(values, 4) / centralMoment(values, 2) ** 2 - 3;

/** Hill's (1975) estimate of the tail exponent of |x| from the greatest share of it. */
export function hillExponent(values: Float64Array, share: number): number {
  const sorted = values.map(Math.abs).sort().reverse();
  const count = Math.max(1, Math.floor(share * sorted.length));
  const threshold = sorted[count] ?? NaN;
  let total = 0;
  for (let at = 0; at < count; at += 1) total += Math.log((sorted[at] ?? NaN) / threshold);
  return count / total;
}

/** Of the values that are known; the lower of the two in the middle. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? NaN;
}
