import { noncentralTUpperTail } from './noncentral-t.ts';
import { requireRange } from './series.ts';
import { studentQuantile } from './student-t.ts';

/**
 * What a number of sessions can show: power of the one-sided t test on a mean, by the noncentral t. Sessions are taken as
 * independent and normal; dependence only makes the true power smaller, so each number here is an upper bound of hope.
 */
function powerOfMean(effect: number, observations: number, alpha: number): number {
  requireRange('alpha', alpha, 1e-9, 0.5);
  // One observation has no variance: only chance rejects.
  if (observations < 2) return alpha;
  const critical = studentQuantile(1 - alpha, observations - 1);
  return noncentralTUpperTail(critical, observations - 1, effect * Math.sqrt(observations));
}

export interface SharpeDifferenceDesign {
  /** Paired sessions; 1 .. 1e6. */
  readonly sessions: number;
  /** Trading sessions in a year. */
  readonly sessionsPerYear: number;
  /** One-sided level, in (0, 0.5]. */
  readonly alpha: number;
}

/**
 * Power to find that the daily difference (challenger minus champion) has a mean above zero, when its annualised Sharpe ratio
 * is `annualisedSharpe`. At 0 it is `alpha`.
 */
export function sharpeDifferencePower(annualisedSharpe: number, design: SharpeDifferenceDesign): number {
  checkDesign(design);
  requireRange('annualised Sharpe ratio', annualisedSharpe, -100, 100);
  return powerOfMean(annualisedSharpe / Math.sqrt(design.sessionsPerYear), design.sessions, design.alpha);
}

/**
 * The smallest annualised Sharpe ratio of the difference that these sessions find with the given power; Infinity when no
 * ratio up to 100 would do (one session, or almost).
 */
export function detectableSharpeDifference(power: number, design: SharpeDifferenceDesign): number {
  checkDesign(design);
  requireRange('power', power, design.alpha, 0.999999);
  const reaches = (sharpe: number): boolean => sharpeDifferencePower(sharpe, design) >= power;
  if (!reaches(100)) return Infinity;
  let low = 0;
  let high = 100;
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (reaches(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** Sessions after which a difference of this annualised Sharpe ratio is found with the given power; null beyond a million. */
export function sessionsForSharpeDifference(
  annualisedSharpe: number,
  power: number,
  design: Omit<SharpeDifferenceDesign, 'sessions'>,
): number | null {
  requireRange('annualised Sharpe ratio', annualisedSharpe, 0, 100);
  requireRange('power', power, design.alpha, 0.999999);
  return smallest((sessions) => sharpeDifferencePower(annualisedSharpe, { ...design, sessions }) >= power);
}

export interface IcDesign {
  /** Sessions with a rank IC; 1 .. 1e6. */
  readonly sessions: number;
  /** Standard deviation of the daily rank IC over time. */
  readonly deviation: number;
  /** Sessions over which consecutive labels overlap (the horizon): only sessions / overlap of them are independent. */
  readonly overlapSessions: number;
  readonly alpha: number;
}

/** Power to find that the mean rank IC is above zero when it is `meanIc`. */
export function icPower(meanIc: number, design: IcDesign): number {
  const { sessions, deviation, overlapSessions, alpha } = design;
  requireRange('mean IC', meanIc, -1, 1);
  requireRange('sessions', sessions, 1, 1e6, 'integer');
  requireRange('deviation', deviation, 1e-6, 1);
  requireRange('overlapSessions', overlapSessions, 1, 1000, 'integer');
  return powerOfMean(meanIc / deviation, sessions / overlapSessions, alpha);
}

/** Sessions after which such a mean IC is found with the given power; null beyond a million. */
export function sessionsForIc(
  meanIc: number,
  power: number,
  design: Omit<IcDesign, 'sessions'>,
): number | null {
  requireRange('power', power, design.alpha, 0.999999);
  return smallest((sessions) => icPower(meanIc, { ...design, sessions }) >= power);
}

const MOST_SESSIONS = 1_000_000;

/** Power grows with the sessions: doubling, then bisection. */
function smallest(enough: (sessions: number) => boolean): number | null {
  let high = 2;
  while (!enough(high)) {
    if (high >= MOST_SESSIONS) return null;
    high = Math.min(MOST_SESSIONS, 2 * high);
  }
  let low = Math.floor(high / 2);
  if (low < 2 || enough(low)) low = 1;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (enough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

function checkDesign({ sessions, sessionsPerYear, alpha }: SharpeDifferenceDesign): void {
  requireRange('sessions', sessions, 1, 1e6, 'integer');
  requireRange('sessionsPerYear', sessionsPerYear, 1, 366);
  requireRange('alpha', alpha, 1e-9, 0.5);
}
