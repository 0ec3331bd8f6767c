import { bestTrial, isBetterRecipe } from '../gates/trial-choice.ts';
import type { ChoiceRules } from '../gates/trial-choice.ts';
import { TrialsUnpaired } from './errors.ts';
import type { TrialScore } from './trial-scores.ts';

/** `first`: no champion. `new-recipe` must be better, `refresh` of the champion's recipe must be no worse. */
export type Route = 'first' | 'new-recipe' | 'refresh';

/**
 * Which trial a retrain tries to promote. The best one takes the new-recipe route only when it beats the champion's recipe by
 * the stated improvement and, on the paired returns, by more than chance (HAC lower bound of the Sharpe difference above
 * zero); otherwise the champion's recipe is refreshed on the newer data, or champions would age behind lucky winners that the
 * gates must refuse. The gates judge the route that was taken.
 *
 * @throws TrialsUnpaired when there is no trial, or the champion's recipe was not fitted
 */
export function chooseTrial(
  trials: readonly TrialScore[],
  championTrialId: string | null,
  rules: ChoiceRules,
): { readonly chosen: TrialScore; readonly route: Route } {
  const [first, ...others] = trials;
  if (first === undefined) throw new TrialsUnpaired('no trial was scored');
  const best = bestTrial([first, ...others]);
  if (championTrialId === null) return { chosen: best, route: 'first' };
  const champion = trials.find((trial) => trial.trialId === championTrialId);
  if (champion === undefined) {
    throw new TrialsUnpaired("the champion's recipe could not be fitted: nothing to compare with");
  }
  return isBetterRecipe(best, champion, rules)
    ? { chosen: best, route: 'new-recipe' }
    : { chosen: champion, route: 'refresh' };
}
