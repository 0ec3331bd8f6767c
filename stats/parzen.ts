import { normalCdf, normalDensity, normalQuantile } from './normal.ts';
import type { Philox } from './philox.ts';

/** A density that can be drawn from. */
export interface Parzen<T> {
  /** Natural logarithm of the density (of the probability, where values are counted) at a point. */
  logDensity(point: T): number;
  draw(random: Philox): T;
}

interface Kernel {
  readonly mean: number;
  readonly deviation: number;
  /** Of the normal distribution, what lies below 0, and what lies in [0, 1]. */
  readonly below: number;
  readonly inside: number;
}

/**
 * Adaptive Parzen estimator on [0, 1]: the uniform density and one normal density for each point, cut off at 0 and 1, all of
 * equal weight. The deviation of a point's density is the greater of the distances to its neighbours, 0 and 1 being neighbours
 * too: narrow where points are dense. It never falls below 1 / (points + 1), at most a hundredth, so that what has been seen
 * often does not shut out what lies beside it.
 *
 * Bergstra, Bardenet, Bengio and Kégl, "Algorithms for hyper-parameter optimization" (NIPS 2011), section 4.2.
 *
 * @param points each in [0, 1], in any order; none gives the uniform density
 */
export function adaptiveParzen(points: readonly number[]): Parzen<number> {
  const sorted = points.toSorted((a, b) => a - b);
  const least = 1 / Math.min(100, sorted.length + 1);
  const kernels = sorted.map((mean, at): Kernel => {
    const before = mean - (sorted[at - 1] ?? 0);
    const after = (sorted[at + 1] ?? 1) - mean;
    const deviation = Math.min(1, Math.max(least, before, after));
    const below = normalCdf(-mean / deviation);
    return { mean, deviation, below, inside: normalCdf((1 - mean) / deviation) - below };
  });
  const weight = 1 / (kernels.length + 1);
  return {
    logDensity: (point) => {
      let density = 1;
      for (const { mean, deviation, inside } of kernels) {
        density += normalDensity((point - mean) / deviation) / (deviation * inside);
      }
      return Math.log(weight * density);
    },
    draw: (random) => {
      const kernel = kernels[random.nextBelow(kernels.length + 1)];
      const uniform = random.nextUniform();
      if (kernel === undefined) return uniform;
      const { mean, deviation, below, inside } = kernel;
      const share = Math.min(1 - Number.EPSILON, Math.max(Number.MIN_VALUE, below + uniform * inside));
      return Math.min(1, Math.max(0, mean + deviation * normalQuantile(share)));
    },
  };
}

/**
 * Probabilities of `values` values, as often as each was seen and once more: the same paper's estimator of a choice under a
 * uniform prior.
 *
 * @param seen indices in 0 .. values - 1
 */
export function countedParzen(values: number, seen: readonly number[]): Parzen<number> {
  const counts = Array.from({ length: values }, () => 1);
  for (const value of seen) counts[value] = (counts[value] ?? 0) + 1;
  const total = seen.length + values;
  return {
    logDensity: (value) => Math.log((counts[value] ?? 0) / total),
    draw: (random) => {
      let left = random.nextBelow(total);
      return counts.findIndex((count) => (left -= count) < 0);
    },
  };
}
