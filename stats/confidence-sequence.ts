import { requireRange } from './series.ts';

/**
 * An interval for one mean that holds at all times together: predictable plug-in empirical Bernstein (Waudby-Smith and
 * Ramdas, JRSS B 86, 2024, theorem 2), with constant memory.
 *
 * Observation t is a number r_t in [-1, 1] with the conditional mean gain_t * theta; gain_t is known beforehand (1, or
 * what prewhitening leaves of the mean). With x = (r + 1) / 2, the running mean m and variance v of the x before t, and
 * lambda_t = min(1/2, sqrt(2 log(2/a) / (v t log(1 + t)))), the interval
 *
 *   ( sum lambda r  +-  2 (log(2/a) + sum 4 (x - m)^2 psi(lambda)) ) / sum lambda gain,   psi(l) = (-log(1 - l) - l) / 4
 *
 * misses theta at any time ever with probability at most a. It is wide in the first weeks: that is what is known then.
 */
export interface ConfidenceSequence {
  readonly observations: number;
  /** Sum of x, and of its squared deviations from the mean before. */
  readonly total: number;
  readonly squares: number;
  /** Sums of lambda r, lambda gain, and 4 (x - m)^2 psi(lambda). */
  readonly weighted: number;
  readonly weights: number;
  readonly penalty: number;
}

export interface SequenceInterval {
  readonly lower: number;
  readonly upper: number;
}

export const NO_OBSERVATIONS: ConfidenceSequence = {
  observations: 0,
  total: 0,
  squares: 0,
  weighted: 0,
  weights: 0,
  penalty: 0,
};

const LARGEST_WEIGHT = 0.5;

/**
 * Takes one observation.
 * @param value in [-1, 1]; @param gain in (0, 1]; @param missRate the level a in (0, 1), the same at every call
 */
export function widenSequence(
  sequence: ConfidenceSequence,
  value: number,
  gain: number,
  missRate: number,
): ConfidenceSequence {
  requireRange('value', value, -1, 1);
  requireRange('gain', gain, Number.MIN_VALUE, 1);
  requireRange('missRate', missRate, Number.MIN_VALUE, 1 - Number.EPSILON);
  const { observations, total, squares } = sequence;
  const t = observations + 1;
  const x = (value + 1) / 2;
  const mean = (0.5 + total) / t;
  const variance = (0.25 + squares) / t;
  const lambda = Math.min(
    LARGEST_WEIGHT,
    Math.sqrt((2 * Math.log(2 / missRate)) / (variance * t * Math.log1p(t))),
  );
  const square = (x - mean) ** 2;
  return {
    observations: t,
    total: total + x,
    squares: squares + square,
    weighted: sequence.weighted + lambda * value,
    weights: sequence.weights + lambda * gain,
    penalty: sequence.penalty + square * (-Math.log1p(-lambda) - lambda),
  };
}

/** The interval for theta, within [-1, 1]; all of it before the first observation. */
export function sequenceInterval(sequence: ConfidenceSequence, missRate: number): SequenceInterval {
  const { weights, weighted, penalty } = sequence;
  if (weights === 0) return { lower: -1, upper: 1 };
  const half = (2 * (Math.log(2 / missRate) + penalty)) / weights;
  const centre = weighted / weights;
  return { lower: Math.max(-1, centre - half), upper: Math.min(1, centre + half) };
}
