import { DecayDetector } from './decay-detector.ts';
import { decayThreshold } from './decay-thresholds.ts';
import { icBaseline, type IcBaseline, MEAN_GRID } from './ic-baseline.ts';
import { simulateIc } from './ic-simulation.ts';

/** How fast a full decay of this very model would be seen, before the rule is switched on. */
export interface DecayDelay {
  /** Sessions from the beginning of the decay to the alarm; null when fewer than half, or nine tenths, are found at all. */
  readonly median: number | null;
  readonly ninetyPercent: number | null;
  /** Share of decays found within 60, 120 and 250 sessions. */
  readonly foundWithin: Readonly<Record<'60' | '120' | '250', number>>;
  /** Share of models that had already raised a false alarm in the year before the decay; the delay is of the others. */
  readonly alarmedBefore: number;
  readonly simulations: number;
}

const SIMULATIONS = 400;
const QUIET_SESSIONS = 125;
const WATCHED_SESSIONS = 750;

/**
 * Expected delay at a budget of false alarms, for the model's own strength and noise: models in order are drawn from the
 * baseline's posterior, watched for half a year, then lose their whole IC. Each estimates its baseline anew, as the real
 * one had to. Seeded: the same baseline and budget give the same numbers.
 *
 * @param simulations models drawn
 * @returns delays in sessions
 */
export function expectedDecayDelay(
  baseline: IcBaseline,
  falseAlarmsPerYear: number,
  annualSessions: number,
  simulations = SIMULATIONS,
): DecayDelay {
  const delays: number[] = [];
  let alarmedBefore = 0;
  for (let stream = 0; stream < simulations; stream += 1) {
    const drawn = posteriorDraw(baseline, (stream + 0.5) / simulations);
    const found = simulatedDelay(baseline, { stream, mean: drawn }, falseAlarmsPerYear, annualSessions);
    if (found === null) continue;
    if (found <= 0) alarmedBefore += 1;
    else delays.push(found);
  }
  delays.sort((a, b) => a - b);
  const share = (limit: number): number =>
    delays.length === 0 ? 0 : delays.filter((delay) => delay <= limit).length / delays.length;
  const quantile = (probability: number): number | null => {
    const delay = delays[Math.floor(probability * delays.length)];
    return delay === undefined || !Number.isFinite(delay) ? null : delay;
  };
  return {
    median: quantile(0.5),
    ninetyPercent: quantile(0.9),
    foundWithin: { '60': share(60), '120': share(120), '250': share(250) },
    alarmedBefore: alarmedBefore / simulations,
    simulations,
  };
}

/** Sessions after the change, zero or less when alarmed before it, Infinity when never; null without a usable baseline. */
function simulatedDelay(
  baseline: IcBaseline,
  { stream, mean }: { readonly stream: number; readonly mean: number },
  falseAlarmsPerYear: number,
  annualSessions: number,
): number | null {
  const { innovation, autocorrelation } = baseline;
  const reference = baseline.sessions;
  const change = reference + QUIET_SESSIONS;
  const model = {
    mean,
    deviation: innovation / Math.sqrt(1 - autocorrelation ** 2),
    autocorrelation,
    tailDegrees: 8,
  };
  const ic = simulateIc(model, change + WATCHED_SESSIONS, 1, stream, (row) => (row < change ? mean : 0));
  const own = icBaseline(ic.slice(0, reference));
  if (own === null) return null;
  const threshold = decayThreshold(own.signal, falseAlarmsPerYear, annualSessions);
  const detector = new DecayDetector(own, ic[reference - 1] ?? Number.NaN);
  for (let row = reference; row < ic.length; row += 1) {
    if (detector.observe(ic[row] ?? Number.NaN) > threshold) return row - change + 1;
  }
  return Number.POSITIVE_INFINITY;
}

/** A quantile of the posterior of the mean IC: stratified draws need no random numbers. */
function posteriorDraw(baseline: IcBaseline, probability: number): number {
  let below = 0;
  for (let row = 0; row < MEAN_GRID.length; row += 1) {
    const weight = baseline.weights[row] ?? 0;
    if (below + weight >= probability) return MEAN_GRID[row] ?? 0;
    below += weight;
  }
  return MEAN_GRID.at(-1) ?? 0;
}
