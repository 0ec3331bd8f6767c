import { requireRange } from './series.ts';

const TERMS = 100;

/**
 * Probability that two samples of one continuous distribution differ by at least `distance` in their empirical distribution
 * functions: Kolmogorov's limit with Stephens' correction for small samples (JRSS B 32, 1970), sizes taken together as
 * n m / (n + m). Ties make it too large, never too small.
 *
 * @param distance in [0, 1]
 * @param sizeA, sizeB at least 1; Infinity for a known distribution
 * Throws `ParameterOutOfRange`.
 */
export function kolmogorovTail(distance: number, sizeA: number, sizeB: number): number {
  requireRange('distance', distance, 0, 1);
  requireRange('size of the first sample', sizeA, 1, Number.POSITIVE_INFINITY);
  requireRange('size of the second sample', sizeB, 1, Number.POSITIVE_INFINITY);
  const together = 1 / (1 / sizeA + 1 / sizeB);
  const root = Math.sqrt(together);
  const lambda = (root + 0.12 + 0.11 / root) * distance;
  // Below this the series alternates without an end, and the probability is one to fifteen digits.
  if (lambda < 0.2) return 1;
  let sum = 0;
  for (let term = 1; term <= TERMS; term += 1) {
    const value = Math.exp(-2 * (term * lambda) ** 2);
    sum += term % 2 === 1 ? value : -value;
    if (value < 1e-18) break;
  }
  return Math.min(1, Math.max(0, 2 * sum));
}
