import type { StreamPlan } from './plan.ts';
import type { StreamOutcome } from './stream.ts';
import { rateOf } from './tally.ts';
import type { Rate } from './tally.ts';

/** Retrains within which a recipe with skill should have been promoted: a year of months. */
export const EDGE_RETRAINS = 12;

export interface StreamRates {
  /** Streams of noise in which anything was promoted after the first admission. */
  readonly noiseStreams: Rate;
  /** Retrains of noise that promoted, by the route they took. */
  readonly noiseRetrains: { readonly newRecipe: Rate; readonly refresh: Rate };
  /** Streams in which the skilled recipe was promoted within `EDGE_RETRAINS`. */
  readonly edgeWithinYear: Rate;
  /** The same within all retrains of the plan. */
  readonly edgeEver: Rate;
  /** Entry k: share of the streams in which the skilled recipe had been promoted by retrain k + 1. */
  readonly edgeByRetrain: readonly number[];
  /** Streams with an edge in which another recipe was promoted as better before the skilled one. */
  readonly wrongRecipeFirst: Rate;
  /** Distinct recipes in the ledger at the end of a stream of noise. */
  readonly ledgerRecipes: number;
}

export function summariseStreams(
  plan: StreamPlan,
  noise: readonly StreamOutcome[],
  edge: readonly StreamOutcome[],
): StreamRates {
  const made = noise.flatMap((stream) => stream.promotions);
  const retrains = noise.length * plan.retrains;
  const foundBy = (retrain: number): number =>
    edge.filter((stream) =>
      stream.promotions.some((promotion) => promotion.skilled && promotion.retrain <= retrain),
    ).length;
  const byRoute = (route: 'new-recipe' | 'refresh'): Rate =>
    rateOf(made.filter((promotion) => promotion.route === route).length, retrains);
  return {
    noiseStreams: rateOf(noise.filter((stream) => stream.promotions.length > 0).length, noise.length),
    noiseRetrains: { newRecipe: byRoute('new-recipe'), refresh: byRoute('refresh') },
    edgeWithinYear: rateOf(foundBy(EDGE_RETRAINS), edge.length),
    edgeEver: rateOf(foundBy(plan.retrains), edge.length),
    edgeByRetrain: Array.from({ length: plan.retrains }, (_, retrain) => foundBy(retrain + 1) / edge.length),
    wrongRecipeFirst: rateOf(
      edge.filter((stream) =>
        stream.promotions.some((promotion) => !promotion.skilled && promotion.route === 'new-recipe'),
      ).length,
      edge.length,
    ),
    ledgerRecipes: Math.max(...noise.map((stream) => stream.ledgerRecipes)),
  };
}
