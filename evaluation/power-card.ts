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
  const shown = power.map((row) => `${String(row.sharpe)}: ${row.power.toFixed(2)}`).join(', ');
  const least = Number.isFinite(detectable) ? `${detectable.toFixed(1)} or more` : 'of no size';
  return {
    ...{ sessions, maturedLabels, alpha: ALPHA, power },
    detectableSharpe: Number.isFinite(detectable) ? detectable : null,
    sessionsForSharpe2: needed,
    icPower: maturedLabels === 0 ? 0 : icPower(IC.mean, { ...ic, overlapSessions: horizonSessions }),
    text: `${String(sessions)} sessions, ${String(maturedLabels)} with a matured label: they find an annualised Sharpe difference (power ${shown}), with 80 % only one ${least}; a difference of 2 takes ${needed === null ? 'more than a million' : String(needed)} sessions. A shadow shows safety, never skill.`,
  };
}
