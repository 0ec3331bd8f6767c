import { ContenderError } from '../contracts/error.ts';
import { sharpeDifference } from '../stats/sharpe-difference.ts';
import { TrialsUnpaired } from './errors.ts';
import type { TrialScore } from './trial-scores.ts';

/** `first`: no champion. `new-recipe` must be better, `refresh` of the champion's recipe must be no worse. */
export type Route = 'first' | 'new-recipe' | 'refresh';

export interface ChoiceRules {
  /** Annualised. */
  readonly minSharpeImprovement: number;
  /** One-sided level of the paired comparison. */
  readonly alpha: number;
  readonly holdSessions: number;
  readonly annualSessions: number;
}

/**
 * Which trial a retrain tries to promote. The best one takes the new-recipe route only when it beats the champion's recipe by
 * the stated improvement and, on the paired returns, by more than chance (HAC lower bound of the Sharpe difference above
 * zero); otherwise the champion's recipe is refreshed on the newer data, or champions would age behind lucky winners that the
 * gates must refuse. The gates judge the route that was taken.
 *
 * @throws TrialsUnpaired when the champion's recipe was not fitted
 */
export function chooseTrial(
  trials: readonly TrialScore[],
  championTrialId: string | null,
  rules: ChoiceRules,
): { readonly chosen: TrialScore; readonly route: Route } {
  const best = trials.reduce((leader, trial) => (sharpeOf(trial) > sharpeOf(leader) ? trial : leader));
  if (championTrialId === null) return { chosen: best, route: 'first' };
  const champion = trials.find((trial) => trial.trialId === championTrialId);
  if (champion === undefined) {
    throw new TrialsUnpaired("the champion's recipe could not be fitted: nothing to compare with");
  }
  const better = sharpeOf(best) >= sharpeOf(champion) + rules.minSharpeImprovement;
  if (best.trialId === champion.trialId || !better || !beyondChance(best, champion, rules)) {
    return { chosen: champion, route: 'refresh' };
  }
  return { chosen: best, route: 'new-recipe' };
}

const sharpeOf = (trial: TrialScore): number => trial.annualisedSharpe ?? Number.NEGATIVE_INFINITY;

function beyondChance(best: TrialScore, champion: TrialScore, rules: ChoiceRules): boolean {
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
