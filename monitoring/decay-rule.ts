import { isConstant, mean, standardDeviation } from '../stats/series.ts';

export interface DecayInput {
  /** Daily rank IC of the champion since it was fitted, oldest first; NaN where a session has none. */
  readonly ic: Float64Array;
  /** Daily rank IC of its backtest: the baseline. NaN where a session has none. */
  readonly referenceIc: Float64Array;
  /** False alarms a model in order may raise, per year. */
  readonly falseAlarmsPerYear: number;
  readonly annualSessions: number;
}

export interface DecayEvaluation {
  readonly alarm: boolean;
  /** Largest value that the statistic reached (up to the alarm); null without a usable baseline. */
  readonly statistic: number | null;
  readonly threshold: number | null;
  /** Position in `ic` at which the alarm was raised; null without one. */
  readonly session: number | null;
  readonly baseline: DecayBaseline | null;
  readonly reason: string;
}

/** AR(1) model of the daily rank IC in order. */
export interface DecayBaseline {
  readonly mean: number;
  readonly autocorrelation: number;
  /** Standard deviation of what the model does not explain. */
  readonly innovation: number;
  /** Full decay in those units: by how much each innovation falls when the mean IC becomes zero. */
  readonly shift: number;
}

/** Fewer sessions than a quarter of a year say too little about a mean. */
const SHORTEST_REFERENCE = 60;

/**
 * A baseline estimated from a year of IC raises about twice the false alarms of a known one: 0.14 a year on 3,000
 * simulated series at a threshold that theory puts at 0.07. The rule therefore aims at half the rate it is allowed.
 */
const ESTIMATED_BASELINE = 0.5;

/** Siegmund's correction for the overshoot of a random walk, in standard deviations of a step. */
const OVERSHOOT = 1.166;

/**
 * The plain decay rule: a cumulative sum of the log likelihood ratio of "the mean IC is zero" against "the mean IC is
 * that of the backtest" (Page, Biometrika 41, 1954), on innovations of an AR(1) because IC of overlapping labels is
 * strongly autocorrelated. The sum restarts at zero, so it forgets good times, and raises the alarm above a threshold
 * chosen from the allowed false alarms by Siegmund's average run length (Siegmund 1985, eq. 2.57).
 *
 * It sees a full decay of a narrow universe (IC .03, daily deviation .12) after about 110 sessions and a strong signal
 * that turns round within a few weeks; no rule on daily IC does much better. A backtest without a positive mean IC has
 * nothing to decay: no alarm, and the reason says so.
 */
export function evaluateDecay(input: DecayInput): DecayEvaluation {
  const baseline = decayBaseline(input.referenceIc);
  if (baseline === null) {
    const reason = `the reference needs ${String(SHORTEST_REFERENCE)} sessions that vary and have a mean rank IC above zero`;
    return { alarm: false, statistic: null, threshold: null, session: null, baseline, reason };
  }
  const threshold = decayThreshold(baseline.shift, input.falseAlarmsPerYear, input.annualSessions);
  let sum = 0;
  let largest = 0;
  let before: number | null = null;
  for (let session = 0; session < input.ic.length; session += 1) {
    const ic = input.ic[session] ?? NaN;
    if (!Number.isFinite(ic)) continue;
    sum = Math.max(0, sum + logLikelihoodRatio(baseline, ic, before));
    before = ic;
    largest = Math.max(largest, sum);
    if (sum > threshold) {
      const reason = `the rank IC no longer looks like a mean of ${baseline.mean.toFixed(3)}: statistic ${sum.toFixed(2)} above ${threshold.toFixed(2)}`;
      return { alarm: true, statistic: sum, threshold, session, baseline, reason };
    }
  }
  const reason = `statistic at most ${largest.toFixed(2)}, threshold ${threshold.toFixed(2)}`;
  return { alarm: false, statistic: largest, threshold, session: null, baseline, reason };
}

/** Estimates the AR(1) baseline; null when the reference is short, constant, or without a positive mean. */
export function decayBaseline(referenceIc: Float64Array): DecayBaseline | null {
  const known = referenceIc.filter((value) => Number.isFinite(value));
  if (known.length < SHORTEST_REFERENCE || isConstant(known)) return null;
  const centre = mean(known);
  if (centre <= 0) return null;
  const deviations = known.map((value) => value - centre);
  let products = 0;
  let squares = 0;
  for (let row = 0; row < deviations.length; row += 1) {
    const deviation = deviations[row] ?? 0;
    squares += deviation * deviation;
    if (row > 0) products += deviation * (deviations[row - 1] ?? 0);
  }
  // A negative estimate would sharpen the test on what is mostly noise.
  const autocorrelation = Math.min(0.95, Math.max(0, products / squares));
  const innovations = deviations
    .subarray(1)
    .map((value, row) => value - autocorrelation * (deviations[row] ?? 0));
  const innovation = standardDeviation(innovations, 1);
  return { mean: centre, autocorrelation, innovation, shift: (centre * (1 - autocorrelation)) / innovation };
}

/** Logarithm of how much likelier the newest IC is under full decay than under the baseline. */
function logLikelihoodRatio(baseline: DecayBaseline, ic: number, before: number | null): number {
  const { mean: centre, autocorrelation, innovation, shift } = baseline;
  const explained = before === null ? 0 : autocorrelation * (before - centre);
  const standardised = (ic - centre - explained) / innovation;
  return -shift * standardised - (shift * shift) / 2;
}

/**
 * Threshold at which a model in order waits 1 / rate years for a false alarm on average: the root of
 * 2 (e^b - b - 1) / shift^2 = sessions, with b the threshold plus the overshoot.
 */
export function decayThreshold(shift: number, falseAlarmsPerYear: number, annualSessions: number): number {
  const sessions = annualSessions / (falseAlarmsPerYear * ESTIMATED_BASELINE);
  const target = (sessions * shift * shift) / 2;
  let low = 0;
  let high = Math.log(target + 1) + 3;
  while (Math.exp(high) - high - 1 < target) high += 1;
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (Math.exp(middle) - middle - 1 < target) low = middle;
    else high = middle;
  }
  // A rate so high that the root falls below the overshoot still needs evidence of some size.
  return Math.max(0.5, high - OVERSHOOT * shift);
}
