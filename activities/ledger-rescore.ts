import type { SnapshotRef } from '../contracts/snapshot.ts';
import type { ModelSpec } from '../contracts/spec.ts';
import type { Recipe, Trial } from '../contracts/training.ts';
import { sampleLedger, type SampledRecipe } from '../evaluation/ledger-sample.ts';
import type { LedgerEntry } from '../registry/trials.ts';
import { contentHash } from './content-hash.ts';

/** What a retrain does about the recipes of earlier retrains. */
export interface LedgerPlan {
  /** Recipes that can be fitted on these folds and are not drawn by this retrain anyway. */
  readonly rescorable: number;
  /** Most of them that are fitted: `gates.ledgerRescoreMax`. */
  readonly most: number;
  /** Trials of those that are. */
  readonly trialIds: string[];
  /** Recipes that cannot be fitted here, by reason; they count in the deflated Sharpe ratio all the same. */
  readonly leftOut: { readonly reason: string; readonly recipes: number }[];
}

export interface RescoreInput {
  /** Every recipe ever tried. */
  readonly ledger: readonly LedgerEntry[];
  /** Trials of this retrain, the champion's recipe included. */
  readonly drawn: readonly Trial[];
  readonly spec: ModelSpec;
  readonly snapshot: Pick<SnapshotRef, 'featureNames'>;
  readonly foldPlan: Recipe['foldPlan'];
  readonly asOf: string;
}

/** A trial is a recipe tried on the data of a month: doing it again, for whatever reason, is the same trial. */
export function trialOf(recipe: Recipe, asOf: string): Trial {
  const recipeHash = contentHash(recipe);
  return { trialId: contentHash({ recipe: recipeHash, asOfMonth: asOf.slice(0, 7) }), recipeHash, recipe };
}

/**
 * Recipes of the ledger that are fitted on the folds of this retrain, so that PBO sees its trials beside those of all
 * retrains before, on the same dates. Two recipes that differ in nothing but the fold plan are one here. A recipe with
 * another label, market or feature set has no place in this snapshot, and one that never gave returns was never a choice.
 */
export function planRescore(input: RescoreInput): { readonly plan: LedgerPlan; readonly trials: Trial[] } {
  const { ledger, drawn, spec, foldPlan, asOf } = input;
  const here = (recipe: Recipe): string => contentHash({ ...recipe, foldPlan });
  const taken = new Set(drawn.map(({ recipe }) => here(recipe)));
  const leftOut = new Map<string, number>();
  const byHash = new Map<string, Recipe>();
  const candidates: SampledRecipe[] = [];
  for (const { recipeHash, recipe, summary } of ledger) {
    const key = here(recipe);
    if (taken.has(key)) continue;
    const sharpe = summary['annualisedSharpe'];
    const reason =
      notHere(recipe, input) ?? (typeof sharpe === 'number' ? null : 'never gave returns that vary');
    if (reason !== null) {
      leftOut.set(reason, (leftOut.get(reason) ?? 0) + 1);
      continue;
    }
    taken.add(key);
    byHash.set(recipeHash, recipe);
    candidates.push({ recipeHash, sharpe: Number(sharpe) });
  }
  const most = spec.gates.ledgerRescoreMax;
  const { seed } = spec.training;
  const chosen = sampleLedger({ recipes: candidates, most, seed, month: asOf.slice(0, 7) });
  const trials = chosen.flatMap((recipeHash) => {
    const recipe = byHash.get(recipeHash);
    return recipe === undefined ? [] : [trialOf(recipe, asOf)];
  });
  return {
    trials,
    plan: {
      rescorable: candidates.length,
      most,
      trialIds: trials.map(({ trialId }) => trialId),
      leftOut: [...leftOut].sort().map(([reason, recipes]) => ({ reason, recipes })),
    },
  };
}

/** Why a recipe has no place in this snapshot, or null. */
function notHere(recipe: Recipe, { spec, snapshot }: RescoreInput): string | null {
  if (recipe.market !== spec.market) return 'another market';
  if (contentHash(recipe.label) !== contentHash(spec.label)) return 'another label';
  if (recipe.featureSet !== spec.features) return 'another feature set';
  const missing = recipe.features.some((name) => !snapshot.featureNames.includes(name));
  return missing ? 'features that the set no longer has' : null;
}
