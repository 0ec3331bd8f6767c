import type { JudgeInput } from './judge-input.ts';

/** What the level of SPA and StepM depends on. */
export interface LevelInput {
  readonly gates: Pick<JudgeInput['gates'], 'spaAlpha' | 'spaFamily'>;
  readonly ledger: Pick<JudgeInput['ledger'], 'recipes' | 'rescored'>;
  readonly trials: { readonly netReturns: readonly unknown[] };
  readonly route: JudgeInput['route'];
  readonly championOnProbation: boolean;
  readonly errorBudget: Pick<NonNullable<JudgeInput['errorBudget']>, 'alpha' | 'test'> | null;
}

export interface SuperiorityLevel {
  readonly level: number;
  /** What set it: the spec alone, the share of this retrain in the ledger, or the error budget. */
  readonly setBy: 'spec' | 'ledger' | 'budget';
  /** Recipes that the question is about: those of this retrain, the champion's among them, or the champion's alone. */
  readonly own: number;
  /** Recipes that `spaAlpha` is held over. */
  readonly family: number;
}

/**
 * Power of the share. Above 1, so that the levels of searches of one size, 1, 2^-1.5, 3^-1.5, ..., have a sum however long the
 * model lives: zeta(1.5) = 2.612. The plain share has none (it grows with the logarithm of the retrains).
 */
const SHARE_POWER = 1.5;

/** Least level that the test takes; no number of replicates can show a p-value below it. */
const LEAST_LEVEL = 1e-6;

/**
 * Level of SPA and StepM. Both hold it over the recipes of one retrain; `spaFamily: ledger` gives each retrain
 * `spaAlpha` x (its recipes' share of all since the last structural change)^1.5. The chance that any true null is ever
 * rejected is at most the sum of the levels, whatever the dependence (Boole's inequality): the first search may spend
 * `spaAlpha`, all later ones of its size together 1.612 of it. An error budget can only lower a level further.
 *
 * The recipe of a champion on probation was chosen by an earlier search, on many of the same sessions, and refused; it is asked
 * again every month. It is one recipe of all that were ever tried, and has the share of one.
 */
export function superiorityLevel(input: LevelInput): SuperiorityLevel {
  const { gates, ledger, trials, errorBudget } = input;
  const alone = input.championOnProbation && input.route !== 'new-recipe';
  const own = alone ? 1 : trials.netReturns.length - ledger.rescored.length;
  const family = gates.spaFamily === 'retrain' ? own : Math.max(own, ledger.recipes);
  const share = gates.spaAlpha * (own / family) ** SHARE_POWER;
  const shared = alone ? Math.max(LEAST_LEVEL, share) : share;
  const granted = errorBudget?.alpha ?? 1;
  const level = Math.min(shared, granted);
  const setBy = granted < shared ? 'budget' : family > own ? 'ledger' : 'spec';
  return { level, setBy, own, family };
}

/** Why the level is not the spec's own; empty when it is. */
export function levelReason(input: LevelInput): string {
  const { setBy, own, family } = superiorityLevel(input);
  if (setBy === 'budget')
    return `; the level is that of test ${String(input.errorBudget?.test)} of the error budget`;
  if (setBy === 'spec') return '';
  return `; the level is that of ${String(own)} of ${String(family)} recipes at ${String(input.gates.spaAlpha)}`;
}
