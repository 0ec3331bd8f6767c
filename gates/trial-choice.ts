import { ContenderError } from '../contracts/error.ts';
import { sharpeDifference } from '../stats/sharpe-difference.ts';
import type { Series } from '../stats/series.ts';

export interface ChoiceRules {
  /** Annualised. */
  readonly minSharpeImprovement: number;
  /** One-sided level of the paired comparison. */
  readonly alpha: number;
  readonly holdSessions: number;
  readonly annualSessions: number;
}

/** What the choice needs of a trial. */
export interface ComparableTrial {
  readonly trialId: string;
  /** Daily, on the sessions that all trials share. */
  readonly netReturns: Series;
  /** Null: the returns do not vary. */
  readonly annualisedSharpe: number | null;
}

/** The trial with the highest Sharpe ratio net of costs; the first of equals. */
export function bestTrial<T extends ComparableTrial>(trials: readonly [T, ...T[]]): T {
  return trials.reduce((leader, trial) => (sharpeOf(trial) > sharpeOf(leader) ? trial : leader));
}

/**
 * Whether the best trial takes the new-recipe route, or the champion's recipe is refreshed (docs/adr/0010). It does when it
 * beats the champion's recipe by the stated improvement and, on the paired returns, by more than chance: the HAC lower bound
 * of the Sharpe difference lies above zero.
 */
export function isBetterRecipe(
  best: ComparableTrial,
  champion: ComparableTrial,
  rules: ChoiceRules,
): boolean {
  if (best.trialId === champion.trialId) return false;
  if (!(sharpeOf(best) >= sharpeOf(champion) + rules.minSharpeImprovement)) return false;
  try {
    const difference = sharpeDifference({
      candidate: best.netReturns,
      benchmark: champion.netReturns,
      lag: rules.holdSessions,
      alpha: rules.alpha,
      sessionsPerYear: rules.annualSessions,
    });
    return difference.lowerBound > 0;
  } catch (error) {
    // Too few pairs, or a series that does not vary, shows nothing beyond chance.
    if (error instanceof ContenderError) return false;
    throw error;
  }
}

const sharpeOf = (trial: ComparableTrial): number => trial.annualisedSharpe ?? Number.NEGATIVE_INFINITY;
