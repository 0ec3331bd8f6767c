import { DecayDetector } from './decay-detector.ts';
import { decayThreshold } from './decay-thresholds.ts';
import { icBaseline, type IcBaseline, SHORTEST_REFERENCE } from './ic-baseline.ts';

export interface DecayInput {
  /** Daily rank IC of the champion since it was fitted, oldest first; NaN where a session has none. */
  readonly ic: Float64Array;
  /** Daily rank IC of its backtest: the baseline. NaN where a session has none. */
  readonly referenceIc: Float64Array;
  /** True when the first session of `ic` follows the last of the reference: the autocorrelation then joins them. */
  readonly adjacent: boolean;
  /** False alarms a model in order may raise, per year. */
  readonly falseAlarmsPerYear: number;
  readonly annualSessions: number;
  /** Positions in `ic` before which the evidence starts anew: an alarm was acted on. Ascending. */
  readonly restarts: readonly number[];
}

export interface DecayEvaluation {
  readonly alarm: boolean;
  /** Largest value that the statistic reached since the last restart (up to the alarm); null without a usable baseline. */
  readonly statistic: number | null;
  /** Value of the statistic after the last session, whether an alarm was raised or not; null without a usable baseline. */
  readonly current: number | null;
  readonly threshold: number | null;
  /** Position in `ic` at which the first alarm since the last restart was raised; null without one. */
  readonly session: number | null;
  /** Position in `ic` at which decay most likely began, as seen at the alarm or now; null while nothing speaks for it. */
  readonly onset: number | null;
  readonly baseline: IcBaseline | null;
  readonly reason: string;
}

/**
 * The decay rule: does the champion's daily rank IC still look like its backtest's? Method and nuisances are those of
 * `DecayDetector`, the threshold that of `decayThreshold`. A backtest without a positive mean IC has nothing to decay: no
 * alarm, and the reason says so.
 *
 * What it can see is stated before it is switched on (`expectedDecayDelay`): a full decay of a narrow universe (IC .03,
 * daily deviation .12) takes about 110 sessions, of a broad one (deviation .04) a month. No rule on daily IC does much better.
 */
export function evaluateDecay(input: DecayInput): DecayEvaluation {
  const baseline = icBaseline(input.referenceIc);
  if (baseline === null) {
    const reason = `the reference needs ${String(SHORTEST_REFERENCE)} sessions that vary and have a mean rank IC above zero`;
    return {
      alarm: false,
      statistic: null,
      current: null,
      threshold: null,
      session: null,
      onset: null,
      baseline,
      reason,
    };
  }
  const threshold = decayThreshold(baseline.signal, input.falseAlarmsPerYear, input.annualSessions);
  const last = input.adjacent ? (input.referenceIc.at(-1) ?? Number.NaN) : Number.NaN;
  const detector = new DecayDetector(baseline, last);
  const restarts = new Set(input.restarts);
  let largest = 0;
  let session: number | null = null;
  const seen: number[] = [];
  for (let row = 0; row < input.ic.length; row += 1) {
    if (restarts.has(row)) {
      detector.restart();
      largest = 0;
      session = null;
    }
    const ic = input.ic[row] ?? Number.NaN;
    if (!Number.isFinite(ic)) continue;
    seen.push(row);
    const statistic = detector.observe(ic);
    if (session !== null) continue;
    largest = Math.max(largest, statistic);
    if (largest > threshold) session = row;
  }
  const since = detector.sessionsSinceOnset;
  const onset = since === 0 ? null : (seen.at(-since) ?? null);
  const current = Math.max(0, detector.statistic);
  const numbers = { statistic: largest, current, threshold, session, onset, baseline };
  if (session === null) {
    const reason = `statistic at most ${largest.toFixed(2)}, threshold ${threshold.toFixed(2)}`;
    return { alarm: false, reason, ...numbers };
  }
  const reason = `the rank IC no longer looks like a mean of ${baseline.mean.toFixed(3)}: statistic ${largest.toFixed(2)} above ${threshold.toFixed(2)}`;
  return { alarm: true, reason, ...numbers };
}
