import { LedgerIncomplete } from './errors.ts';
import type { JudgeInput } from './judge-input.ts';

/** From here on the recipes of a model are counted anew: two people declared it, and every report shows it. */
export interface DeclaredChange {
  readonly number: number;
  /** ISO instant. */
  readonly declaredAt: string;
  readonly actor: string;
  readonly secondPerson: string;
  readonly reason: string;
  /** Distinct recipes that were counted until then. */
  readonly recipesBefore: number;
}

/** What all retrains before have tried, and which of it is on the table. */
export interface LedgerCount {
  /** Distinct recipes since the last declared structural change, those of this retrain included. */
  readonly recipes: number;
  /** Distinct recipes ever. */
  readonly recipesEver: number;
  /** Recipes of earlier retrains that this one did not draw and that can be fitted on its folds. */
  readonly rescorable: number;
  /** Columns of the trials that are such recipes, scored on the dates of this retrain. */
  readonly rescored: readonly number[];
  /** Recipes that were due and gave no returns. */
  readonly notRescored: readonly { readonly recipeHash: string; readonly reason: string }[];
  /** Recipes that cannot be fitted here, by reason. */
  readonly leftOut: readonly { readonly reason: string; readonly recipes: number }[];
  /** Hash of the newest row of the ledger; null for a search that no ledger holds. */
  readonly head: string | null;
  readonly structuralChange: DeclaredChange | null;
}

/** The ledger of a search without a past: its recipes are the trials on the table. */
export const ledgerOfOneSearch = (recipes: number): LedgerCount => ({
  recipes,
  recipesEver: recipes,
  rescorable: 0,
  rescored: [],
  notRescored: [],
  leftOut: [],
  head: null,
  structuralChange: null,
});

/** How many recipes of the ledger have to be scored on the dates of this retrain. */
export const dueRecipes = ({ ledger, gates }: Pick<JudgeInput, 'ledger' | 'gates'>): number =>
  Math.min(ledger.rescorable, gates.ledgerRescoreMax);

/**
 * A gate that is asked with fewer trials than the ledger holds refuses: it would call luck skill.
 *
 * Throws `LedgerIncomplete` when the count is below the trials of this retrain, when the recipes ever tried do not cover
 * those named, or when recipes of the ledger are neither scored on these dates nor named with a reason.
 */
export function requireWholeLedger({
  ledger,
  trials,
  gates,
}: Pick<JudgeInput, 'ledger' | 'trials' | 'gates'>): void {
  const { recipes, recipesEver, rescorable, rescored, notRescored, leftOut } = ledger;
  const counts = [recipes, recipesEver, rescorable, ...leftOut.map((left) => left.recipes)];
  if (!counts.every((count) => Number.isSafeInteger(count) && count >= 0)) {
    throw incomplete(`the ledger counts ${counts.join(', ')} recipes`, { counts });
  }
  const columns = trials.netReturns.length;
  const fits = new Set(rescored).size === rescored.length && rescored.every((at) => at >= 0 && at < columns);
  if (!fits || rescored.includes(trials.candidate)) {
    throw incomplete(`columns ${rescored.join(', ')} of ${String(columns)} cannot be recipes of the ledger`, {
      rescored,
    });
  }
  const drawn = columns - rescored.length;
  if (recipes < drawn) {
    throw incomplete(
      `${String(drawn)} trials of this retrain, the ledger counts ${String(recipes)} recipes`,
      {
        ...{ drawn, recipes },
      },
    );
  }
  const named = drawn + rescorable + leftOut.reduce((sum, left) => sum + left.recipes, 0);
  if (recipesEver < Math.max(recipes, named)) {
    throw incomplete(
      `${String(Math.max(recipes, named))} recipes are named, ${String(recipesEver)} were ever tried`,
      {
        ...{ named, recipes, recipesEver },
      },
    );
  }
  const due = dueRecipes({ ledger, gates });
  const accounted = rescored.length + notRescored.length;
  if (accounted === due) return;
  throw incomplete(
    `${String(accounted)} of ${String(due)} recipes of the ledger that are due are on the table (${String(rescorable)} can be scored on these dates)`,
    { due, rescored: rescored.length, notRescored: notRescored.length },
  );
}

const incomplete = (message: string, details: Record<string, unknown>): LedgerIncomplete =>
  new LedgerIncomplete(message, { remedy: 'Judge with every trial of the ledger.', details });
