import { written } from '../contracts/decimals.ts';
import {
  detectableSharpeDifference,
  icPower,
  sessionsForSharpeDifference,
  sharpeDifferencePower,
} from '../stats/power.ts';

/** One-sided level and power that the card speaks of: the field's customary pair. */
const ALPHA = 0.05;
const POWER = 0.8;
/** Annualised Sharpe ratios of the difference for which the power is shown. */
const SHARPES = [1, 2, 3] as const;
/** A daily rank IC difference that would be remarkable, and how much daily rank IC scatters. */
const IC = { mean: 0.03, deviation: 0.1 } as const;

export interface PowerCardInput {
  /** Sessions of the shadow, planned or measured; >= 0. */
  readonly sessions: number;
  readonly sessionsPerYear: number;
  readonly horizonSessions: number;
  readonly entryDelaySessions: number;
}

/** What so many paired sessions could show, had anybody asked them whether the challenger is better. Nobody does. */
export interface PowerCard {
  readonly sessions: number;
  /** Sessions whose label has matured by the end of the last one. */
  readonly maturedLabels: number;
  readonly alpha: number;
  /** Power for an annualised Sharpe ratio of the difference, in [0, 1]. */
  readonly power: readonly { readonly sharpe: number; readonly power: number }[];
  /** Smallest annualised Sharpe difference found with a power of 0.8; null: none up to 100. */
  readonly detectableSharpe: number | null;
  /** Sessions that a Sharpe difference of 2 takes; null beyond a million. */
  readonly sessionsForSharpe2: number | null;
  /** Power for a mean rank IC difference of 0.03 on the labels that have matured; 0 when none has. */
  readonly icPower: number;
  readonly text: string;
}

/**
 * The power card of a shadow, before it (planned sessions) and after it (measured ones). It decides nothing: it says why a
 * shadow that passed is no evidence of skill. One-sided t test by the noncentral t, sessions independent, so every
 * power is an upper bound (stats/power.ts). A session's label matures `horizon + delay` sessions after it.
 *
 * Throws `ValueOutOfRange` as the functions of stats/power.ts do.
 */
export function powerCard(input: PowerCardInput): PowerCard {
  const { sessions, sessionsPerYear, horizonSessions, entryDelaySessions } = input;
  const maturedLabels = Math.max(0, sessions - horizonSessions - entryDelaySessions);
  const asked = { sessionsPerYear, alpha: ALPHA };
  const design = { ...asked, sessions: Math.max(1, sessions) };
  const detectable = detectableSharpeDifference(POWER, design);
  const needed = sessionsForSharpeDifference(2, POWER, asked);
  const power = SHARPES.map((sharpe) => ({ sharpe, power: sharpeDifferencePower(sharpe, design) }));
  const ic = { sessions: Math.max(1, maturedLabels), deviation: IC.deviation, alpha: ALPHA };
  const [one = '', two = '', three = ''] = power.map((row) => row.power.toFixed(2));
  const least = Number.isFinite(detectable)
    ? `only a lead of ${detectable.toFixed(1)} or more in annualised Sharpe ratio`
    : 'no lead of any size';
  return {
    ...{ sessions, maturedLabels, alpha: ALPHA, power },
    detectableSharpe: Number.isFinite(detectable) ? detectable : null,
    sessionsForSharpe2: needed,
    icPower: maturedLabels === 0 ? 0 : icPower(IC.mean, { ...ic, overlapSessions: horizonSessions }),
    text: `${String(sessions)} sessions in the shadow show that it runs, not that it earns more. With a probability of 80 % they notice ${least}; a lead of 1, 2 or 3 they notice with a probability of ${one}, ${two} or ${three}. To notice a lead of 2 takes ${needed === null ? 'more than a million' : String(needed)} sessions. Sessions with a matured label: ${String(maturedLabels)}.`,
  };
}

/** Candidate minus champion from day to day, as the gates measured it in the test. */
export interface BooksApart {
  readonly sessions: number;
  /** A day, a fraction. */
  readonly mean: number;
  readonly deviation: number;
  readonly sessionsPerYear: number;
}

/**
 * The same in the money of the test: what a lead of `detectableSharpe` is a day, between two books that lie so far apart.
 * Empty where nothing could be noticed, or the books do not differ.
 */
export function noticedLead(
  { detectableSharpe }: Pick<PowerCard, 'detectableSharpe'>,
  { sessions, mean, deviation, sessionsPerYear }: BooksApart,
): string {
  if (detectableSharpe === null || deviation === 0) return '';
  const points = (fraction: number): string => written(10_000 * fraction, 1);
  const daily = (detectableSharpe * deviation) / Math.sqrt(sessionsPerYear);
  return `In the test its return differed by ${points(mean)} bp a day over ${String(sessions)} sessions, and by ${points(deviation)} bp on an ordinary day: the shadow notices, with a probability of 80 %, a lead of ${points(daily)} bp a day or more.`;
}
