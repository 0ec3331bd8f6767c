import type { GateVerdict } from '../contracts/verdict.ts';
import { normalQuantile } from '../stats/normal.ts';
import { figure } from './wording.ts';

/**
 * How a distance to a bound was reckoned: from the standard error of an estimate, from a p-value, from a probability of
 * skill, or from resampled histories.
 */
export type ClosenessScale = 'standard-errors' | 'p-value' | 'confidence' | 'resampled';

/** How far a number lies inside its bound, in its own uncertainty. */
export interface Closeness {
  readonly gate: GateVerdict['gate'];
  /** Standard errors of what is measured by which it would have to be worse; below zero outside the bound. */
  readonly distance: number;
  /** True: the distance is at least this; no replicate came nearer, or rounding ends there. */
  readonly atLeast: boolean;
  readonly scale: ClosenessScale;
}

/** Beyond this a normal tail is a figure of speech (a probability of 6e-16, the rounding of a double). */
const FARTHEST = 8;
/** Half of the 90 % interval of a normal law, in its standard deviations. */
const HALF_OF_90 = normalQuantile(0.95);

/**
 * The distance of a gate's number from its bound in standard errors, so that gates of different units can be compared:
 *
 * - an estimate with a standard error (rank IC, the Sharpe differences): margin over error;
 * - a p-value p under a level a (SPA, StepM): z(1-p) - z(1-a), with z the quantile of the standard normal (the inverse normal
 *   method, Liptak 1958); the upper end of the Monte-Carlo interval when no replicate exceeded the statistic, and then `atLeast`;
 * - a probability of skill (deflated Sharpe ratio, which is the normal law of a studentised Sharpe ratio: Bailey and Lopez de
 *   Prado 2014, eq. 2): z(DSR) - z(bound);
 * - a number with resampled histories (PBO, drawdown): margin over the half of their 90 % interval that reaches towards the
 *   bound, as standard deviations.
 *
 * Null for a gate without an uncertainty of its own (counts, shares, milliseconds): whatever its margin, chance does not say
 * how close it is. Null as well without number or bound, where resampling never moved towards the bound, and for a PBO of so few
 * ways to halve the sessions that it can only jump.
 */
export function closenessOf(verdict: GateVerdict): Closeness | null {
  const { number, threshold } = verdict;
  if (number === null || threshold === null) return null;
  const gained = verdict.comparison.startsWith('>') ? number - threshold : threshold - number;
  switch (verdict.gate) {
    case 'rank-ic':
    case 'recovery':
    case 'sharpe-improvement':
    case 'non-inferiority':
      return ratio(verdict, gained, numberOf(verdict, 'standardError'), 'standard-errors');
    case 'spa':
    case 'stepm':
      return ofLevel(verdict, number, threshold);
    case 'dsr':
      return finite(verdict, normalQuantile(number) - normalQuantile(threshold), false, 'confidence');
    case 'pbo':
      return isCoarse(verdict)
        ? null
        : ratio(verdict, gained, reach(verdict, number) / HALF_OF_90, 'resampled');
    case 'drawdown':
      return ratio(verdict, gained, reach(verdict, number) / HALF_OF_90, 'resampled');
    default:
      return null;
  }
}

/**
 * The check that counts, passed, and would be the first to fail: the smallest distance. Null when none of those has an
 * uncertainty. Ties go to reading order.
 */
export function closestCall(
  verdicts: readonly GateVerdict[],
): { readonly verdict: GateVerdict; readonly closeness: Closeness } | null {
  let closest: { readonly verdict: GateVerdict; readonly closeness: Closeness } | null = null;
  for (const verdict of verdicts) {
    if (!verdict.enforced || verdict.verdict !== 'pass') continue;
    const closeness = closenessOf(verdict);
    if (closeness === null) continue;
    if (closest === null || closeness.distance < closest.closeness.distance) closest = { verdict, closeness };
  }
  return closest;
}

/** The closest call in a sentence, as mails, reports and the command line give it; empty without one. */
export function closestCallText(verdicts: readonly GateVerdict[]): string {
  const closest = closestCall(verdicts);
  if (closest === null) return '';
  const { verdict, closeness } = closest;
  const { gate, number, threshold, comparison } = verdict;
  const bound = `${comparison} ${String(Number((threshold ?? 0).toPrecision(4)))}`;
  return `${gate}, ${figure(number ?? 0, 3, threshold)} where ${bound} is asked for: it would have to come out ${distanceText(closeness)} worse to fail`;
}

/** `1.3 standard errors`, `at least 2.7 standard errors`. */
export const distanceText = ({ distance, atLeast }: Closeness): string =>
  `${atLeast ? 'at least ' : ''}${figure(distance, 1)} standard errors`;

function ofLevel(verdict: GateVerdict, p: number, level: number): Closeness | null {
  const upper = intervalOf(verdict, 'interval')?.[1] ?? null;
  // None of B replicates exceeded it: what is known is the upper end of the interval of 0 in B.
  const unresolved = p <= 0;
  const used = unresolved ? upper : p;
  if (used === null) return null;
  return finite(verdict, normalQuantile(1 - used) - normalQuantile(1 - level), unresolved, 'p-value');
}

function ratio(
  verdict: GateVerdict,
  gained: number,
  error: number | null,
  scale: ClosenessScale,
): Closeness | null {
  return error === null || !(error > 0) ? null : finite(verdict, gained / error, false, scale);
}

function finite(
  { gate }: GateVerdict,
  distance: number,
  atLeast: boolean,
  scale: ClosenessScale,
): Closeness | null {
  if (Number.isNaN(distance)) return null;
  const held = Math.max(-FARTHEST, Math.min(FARTHEST, distance));
  return { gate, distance: held, atLeast: atLeast || distance > FARTHEST, scale };
}

/**
 * Fewest ways to halve the sessions whose share moves finely enough to have a standard error: those of eight blocks. Of four
 * blocks there are six, half of them the mirror of the others: a PBO of 0 that would be 1/3 at the next step has no distance in
 * standard errors, whatever resampling says of it.
 */
const FEWEST_COMBINATIONS = 70;

function isCoarse(verdict: GateVerdict): boolean {
  const combinations = numberOf(verdict, 'combinations');
  return combinations !== null && combinations < FEWEST_COMBINATIONS;
}

/** How far the resampled histories reach from the number towards the bound; both gates fail upwards. */
function reach(verdict: GateVerdict, number: number): number {
  const interval = intervalOf(verdict, 'interval90');
  return interval === null ? 0 : interval[1] - number;
}

function numberOf({ details }: GateVerdict, name: string): number | null {
  const value = details[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function intervalOf({ details }: GateVerdict, name: string): readonly [number, number] | null {
  const value = details[name];
  if (!Array.isArray(value)) return null;
  const [low, high] = value;
  return typeof low === 'number' && typeof high === 'number' ? [low, high] : null;
}
