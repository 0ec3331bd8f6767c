import { isConstant, mean } from '../stats/series.ts';

/**
 * What the backtest says about the daily rank IC of a model in order: an AR(1) around a mean that is itself uncertain.
 * 250 sessions of IC with a deviation of .12 give the mean with a standard error of .008 to .012, a third of the mean; a
 * rule that takes the estimate for the truth raises up to twice the false alarms it promises.
 */
export interface IcBaseline {
  /** Sessions of the reference with an IC. */
  readonly sessions: number;
  /** Sample mean of the reference. */
  readonly sampleMean: number;
  /** Posterior mean of the mean IC: the sample mean drawn towards what daily rank ICs are. */
  readonly mean: number;
  /** Central 90 % of the posterior. */
  readonly interval: readonly [number, number];
  /** First-order autocorrelation, drawn towards 0.18 with the weight of twenty sessions. */
  readonly autocorrelation: number;
  /** Standard deviation of what the AR(1) does not explain. */
  readonly innovation: number;
  /** Full decay in units of the innovation: (1 - autocorrelation) x mean / innovation. */
  readonly signal: number;
  /** Posterior weight of each value of `MEAN_GRID`; sums to one. */
  readonly weights: Float64Array;
}

/** Fewer sessions than a quarter of a year say too little about a mean. */
export const SHORTEST_REFERENCE = 60;

/** Candidate means of the daily rank IC. Beyond .085 the signal dwarfs its noise and coarse steps do. */
export const MEAN_GRID: readonly number[] = [
  ...Array.from({ length: 21 }, (_, step) => (5 + 4 * step) / 1000),
  0.1,
  0.12,
  0.15,
  0.2,
  0.25,
];

/** Delayed-entry rank ICs of equity models lie around .02 to .05; a small share of the prior is spread over all values. */
const PRIOR_CENTRE = 0.035;
const PRIOR_DEVIATION = 0.016;
const PRIOR_SPREAD_SHARE = 0.02;

const AUTOCORRELATION_PRIOR = 0.18;
const AUTOCORRELATION_WEIGHT = 20;
const LARGEST_AUTOCORRELATION = 0.9;

/** Degrees of freedom of the Student likelihood: daily ICs have heavier tails than a normal, lighter than five degrees. */
const DEGREES_OF_FREEDOM = 10;

/** Likelihood, up to a constant, of a Student-t innovation with unit variance at `deviation / scale`. */
export function innovationLikelihood(deviation: number, variance: number): number {
  return Math.pow(
    1 + (deviation * deviation) / (variance * (DEGREES_OF_FREEDOM - 2)),
    -(DEGREES_OF_FREEDOM + 1) / 2,
  );
}

export function priorWeights(): Float64Array {
  const normal = MEAN_GRID.map((value) =>
    value <= 0.085 ? Math.exp(-0.5 * ((value - PRIOR_CENTRE) / PRIOR_DEVIATION) ** 2) : 0,
  );
  const total = normal.reduce((sum, weight) => sum + weight, 0);
  return Float64Array.from(
    normal,
    (weight) => ((1 - PRIOR_SPREAD_SHARE) * weight) / total + PRIOR_SPREAD_SHARE / MEAN_GRID.length,
  );
}

/**
 * Estimates the baseline from the backtest's daily rank IC, oldest first, NaN where a session has none. Null when fewer
 * than `SHORTEST_REFERENCE` sessions have an IC, when it does not vary, or when its mean is not above zero: such a model
 * has nothing to decay.
 */
export function icBaseline(referenceIc: Float64Array): IcBaseline | null {
  const known = referenceIc.filter((value) => Number.isFinite(value));
  if (known.length < SHORTEST_REFERENCE || isConstant(known)) return null;
  const sampleMean = mean(known);
  if (sampleMean <= 0) return null;
  const autocorrelation = shrunkAutocorrelation(referenceIc, sampleMean);
  const innovation = Math.sqrt(innovationVariance(referenceIc, sampleMean, autocorrelation));
  const weights = priorWeights();
  let before = Number.NaN;
  for (const value of referenceIc) {
    if (Number.isFinite(value) && Number.isFinite(before)) {
      const step = value - autocorrelation * before;
      reweigh(weights, step, 1 - autocorrelation, innovation ** 2);
    }
    before = value;
  }
  const posteriorMean = MEAN_GRID.reduce((sum, value, row) => sum + value * (weights[row] ?? 0), 0);
  return {
    sessions: known.length,
    sampleMean,
    mean: posteriorMean,
    interval: [posteriorQuantile(weights, 0.05), posteriorQuantile(weights, 0.95)],
    autocorrelation,
    innovation,
    signal: ((1 - autocorrelation) * posteriorMean) / innovation,
    weights,
  };
}

/** Bayes' rule for one innovation under each candidate mean, in place. */
export function reweigh(weights: Float64Array, step: number, oneLessPhi: number, variance: number): void {
  let total = 0;
  MEAN_GRID.forEach((candidate, row) => {
    const weight = (weights[row] ?? 0) * innovationLikelihood(step - oneLessPhi * candidate, variance);
    weights[row] = weight;
    total += weight;
  });
  for (let row = 0; row < weights.length; row += 1) weights[row] = (weights[row] ?? 0) / total;
}

function shrunkAutocorrelation(values: Float64Array, centre: number): number {
  let products = 0;
  let squares = 0;
  let count = 0;
  let before = Number.NaN;
  for (const value of values) {
    if (Number.isFinite(value)) {
      squares += (value - centre) ** 2;
      count += 1;
      if (Number.isFinite(before)) products += (value - centre) * (before - centre);
    }
    before = value;
  }
  const prior = (squares / count) * AUTOCORRELATION_WEIGHT;
  const estimate = (products + AUTOCORRELATION_PRIOR * prior) / (squares + prior);
  // A negative estimate would sharpen the test on what is mostly noise.
  return Math.min(LARGEST_AUTOCORRELATION, Math.max(0, estimate));
}

function innovationVariance(values: Float64Array, centre: number, autocorrelation: number): number {
  let squares = 0;
  let count = 0;
  let before = Number.NaN;
  for (const value of values) {
    if (Number.isFinite(value) && Number.isFinite(before)) {
      squares += (value - centre - autocorrelation * (before - centre)) ** 2;
      count += 1;
    }
    before = value;
  }
  // Every second session missing leaves no neighbours; the marginal variance stands in.
  return count > 0
    ? squares / count
    : values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / values.length;
}

function posteriorQuantile(weights: Float64Array, probability: number): number {
  let sum = 0;
  for (let row = 0; row < weights.length; row += 1) {
    sum += weights[row] ?? 0;
    if (sum >= probability) return MEAN_GRID[row] ?? 0;
  }
  return MEAN_GRID.at(-1) ?? 0;
}
