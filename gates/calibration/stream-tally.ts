import type { StreamPlan } from './plan.ts';
import { FOLLOWED_RETRAINS } from './stream.ts';
import type { Promotion, StreamOutcome } from './stream.ts';
import { rateOf } from './tally.ts';
import type { Rate } from './tally.ts';

/** Retrains within which a recipe with skill should have been promoted: a year of months. */
export const EDGE_RETRAINS = 12;

export interface StreamRates {
  /** Streams of noise whose first champion passed its gates; the others were admitted on probation. */
  readonly firstByGates: Rate;
  /** Streams of noise in which anything, a refresh or a new recipe, was promoted after the first admission. */
  readonly noiseStreams: Rate;
  /** Streams of noise in which a new recipe was. */
  readonly noiseNewRecipe: Rate;
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
  /** Of the streams in which the skilled recipe was promoted: it was refreshed within `FOLLOWED_RETRAINS`. Null: none was. */
  readonly edgeRefreshed: Rate | null;
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
  const found = edge.flatMap(({ promotions }) => promotions.find(({ skilled }) => skilled) ?? []);
  const foundBy = (retrain: number): number => found.filter((first) => first.retrain <= retrain).length;
  const byRoute = (route: 'new-recipe' | 'refresh'): Rate =>
    rateOf(made.filter((promotion) => promotion.route === route).length, retrains);
  return {
    firstByGates: rateOf(noise.filter((stream) => stream.firstByGates).length, noise.length),
    noiseStreams: rateOf(noise.filter((stream) => stream.promotions.length > 0).length, noise.length),
    noiseNewRecipe: rateOf(
      noise.filter((stream) => stream.promotions.some(({ route }) => route === 'new-recipe')).length,
      noise.length,
    ),
    noiseRetrains: { newRecipe: byRoute('new-recipe'), refresh: byRoute('refresh') },
    edgeWithinYear: rateOf(foundBy(EDGE_RETRAINS), edge.length),
    edgeEver: rateOf(foundBy(plan.retrains), edge.length),
    edgeByRetrain: Array.from({ length: plan.retrains }, (_, retrain) => foundBy(retrain + 1) / edge.length),
    wrongRecipeFirst: rateOf(
      edge.filter(({ promotions }) => beforeSkilled(promotions).some(({ route }) => route === 'new-recipe'))
        .length,
      edge.length,
    ),
    edgeRefreshed:
      found.length === 0
        ? null
        : rateOf(edge.filter(({ promotions }) => refreshedInTime(promotions)).length, found.length),
    ledgerRecipes: Math.max(...noise.map((stream) => stream.ledgerRecipes)),
  };
}

function beforeSkilled(promotions: readonly Promotion[]): readonly Promotion[] {
  const first = promotions.findIndex(({ skilled }) => skilled);
  return first < 0 ? promotions : promotions.slice(0, first);
}

function refreshedInTime(promotions: readonly Promotion[]): boolean {
  const first = promotions.find(({ skilled }) => skilled);
  return promotions.some(
    ({ skilled, route, retrain }) =>
      skilled && route === 'refresh' && retrain - (first?.retrain ?? retrain) <= FOLLOWED_RETRAINS,
  );
}
