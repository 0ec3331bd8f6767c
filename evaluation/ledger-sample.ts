import { Philox } from '../stats/philox.ts';
import { EvaluationInputInvalid } from './errors.ts';

/** A recipe of the ledger that can be fitted on the folds of this retrain. */
export interface SampledRecipe {
  readonly recipeHash: string;
  /** Annualised Sharpe ratio of its newest trial: what the search saw of it. */
  readonly sharpe: number;
}

export interface LedgerSampleInput {
  /** Distinct recipes. */
  readonly recipes: readonly SampledRecipe[];
  /** Most recipes that are fitted again. */
  readonly most: number;
  readonly seed: number;
  /** Calendar month of the as-of, YYYY-MM: every month draws anew, a repetition of the month does not. */
  readonly month: string;
}

/**
 * Which recipes of the ledger are scored again on the dates of this retrain, so that the probability of backtest
 * overfitting compares its trials with those of all retrains before. All of them, up to `most`. Beyond that the recipes,
 * best first, are cut into `most` strata of nearly equal size, and one recipe is drawn from each: the panel then has the
 * ledger's spread of good and bad recipes, whatever anybody would rather see in it. Nobody chooses: the draw is a function
 * of the recipes, the seed of the spec and the month.
 *
 * The order of the answer is the rank. Throws `EvaluationInputInvalid` for a recipe named twice, a Sharpe ratio that is
 * not finite, a month that is none.
 */
export function sampleLedger(input: LedgerSampleInput): string[] {
  const { recipes, most, seed } = input;
  if (new Set(recipes.map(({ recipeHash }) => recipeHash)).size !== recipes.length) {
    throw new EvaluationInputInvalid('a recipe of the ledger is named twice', { remedy: 'Name each once.' });
  }
  const unranked = recipes.find(({ sharpe }) => !Number.isFinite(sharpe));
  if (unranked !== undefined) {
    throw new EvaluationInputInvalid(
      `recipe ${unranked.recipeHash} has the Sharpe ratio ${String(unranked.sharpe)}`,
      {
        remedy: 'Leave recipes without a score out.',
      },
    );
  }
  const ranked = recipes
    .toSorted((a, b) => b.sharpe - a.sharpe || (a.recipeHash < b.recipeHash ? -1 : 1))
    .map(({ recipeHash }) => recipeHash);
  if (ranked.length <= most) return ranked;
  const random = new Philox(seed, monthNumber(input.month));
  return Array.from({ length: most }, (_, stratum) => {
    const from = Math.floor((stratum * ranked.length) / most);
    const to = Math.floor(((stratum + 1) * ranked.length) / most);
    return ranked[from + random.nextBelow(to - from)] ?? '';
  });
}

/** Months since the year 0, a stream of its own for each. */
function monthNumber(month: string): number {
  const found = /^(\d{4})-(0[1-9]|1[0-2])$/u.exec(month);
  if (found === null) {
    throw new EvaluationInputInvalid(`"${month}" is not a month YYYY-MM`, {
      remedy: 'Give the month of the as-of.',
    });
  }
  return Number(found[1]) * 12 + Number(found[2]);
}
