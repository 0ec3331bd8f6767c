import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../contracts/canonical.ts';
import { ModelSpec } from '../../../contracts/spec.ts';
import { Recipe } from '../../../contracts/training.ts';
import { proposeRecipes, type ToldRecipe } from '../../../evaluation/recipe-proposal.ts';
import { groupByPrefix, type RecipeSearchInput, searchRecipes } from '../../../evaluation/recipe-search.ts';

const featureNames = [
  ...['reversal_1', 'reversal_5', 'momentum_20', 'momentum_60', 'trend_20', 'volatility_5', 'volatility_20'],
  ...['surge_1', 'surge_5', 'liquidity_20', 'range_10', 'gap_1'],
];
const { label, portfolio, training } = ModelSpec.parse({
  model: 'tw-alpha',
  market: 'XTAI',
  data: 'data/tw',
});
const base: RecipeSearchInput = {
  ...{ market: 'XTAI' as const, featureSet: 'price_volume', featureNames, groupOf: groupByPrefix },
  ...{ label, portfolio, month: '2026-11', training },
};
const drawn = searchRecipes({ ...base, training: { ...training, trials: 10 } });
const nothing = () => false;

/** A landscape with one summit: slow learning, fifteen leaves, momentum in the book and gaps out of it. */
function height({ features, params }: Pick<Recipe, 'features' | 'params'>): number {
  return (
    1 -
    Math.abs(Math.log(params.learningRate / 0.05)) -
    0.3 * Math.abs(Math.log2((params.numLeaves + 1) / 16)) -
    Math.abs(params.featureFraction - 0.8) +
    (features.includes('momentum_20') ? 0.5 : 0) -
    (features.includes('gap_1') ? 0.5 : 0)
  );
}
const told = (recipes: readonly Recipe[]): ToldRecipe[] =>
  recipes.map(({ features, params }) => ({ features, params, sharpe: height({ features, params }) }));

describe('proposals by a tree-structured Parzen estimator', () => {
  it('are recipes of the space: within the contract, groups whole, as many as a drawn recipe has, none twice', () => {
    const proposed = proposeRecipes(base, told(drawn), nothing, 30);
    expect(new Set([...drawn, ...proposed].map((recipe) => canonicalJson(recipe))).size).toBe(40);
    for (const recipe of proposed) {
      expect(Recipe.parse(recipe)).toEqual(recipe);
      const groups = new Set(recipe.features.map(groupByPrefix));
      expect(recipe.features).toEqual(featureNames.filter((feature) => groups.has(groupByPrefix(feature))));
      expect(groups.size).toBeGreaterThanOrEqual(2);
      expect(groups.size).toBeLessThanOrEqual(4);
      expect(recipe.params.maxIterations).toBeGreaterThanOrEqual(60);
      expect(recipe.params.maxIterations).toBeLessThanOrEqual(250);
    }
  });

  it('depend on what was told, on the seed and the month, and on nothing else', () => {
    const first = proposeRecipes(base, told(drawn), nothing, 4);
    expect(proposeRecipes(base, told(drawn), nothing, 4)).toEqual(first);
    expect(proposeRecipes(base, told(drawn), nothing, 2)).toEqual(first.slice(0, 2));
    const others = [
      proposeRecipes({ ...base, month: '2026-12' }, told(drawn), nothing, 4),
      proposeRecipes({ ...base, training: { ...training, seed: 8 } }, told(drawn), nothing, 4),
      proposeRecipes(base, told(drawn.slice(0, 9)), nothing, 4),
    ];
    for (const other of others) expect(other).not.toEqual(first);
  });

  it('never repeat what is fitted anyway', () => {
    const once = new Set(
      proposeRecipes(base, told(drawn), nothing, 4).map((recipe) => canonicalJson(recipe)),
    );
    const again = proposeRecipes(base, told(drawn), (recipe) => once.has(canonicalJson(recipe)), 4);
    expect(again).toHaveLength(4);
    for (const recipe of again) expect(once.has(canonicalJson(recipe))).toBe(false);
  });

  it('go on when every trial so far has failed, and when one group is all there is', () => {
    const failed = told(drawn).map((recipe) => ({ ...recipe, sharpe: null }));
    expect(proposeRecipes(base, failed, nothing, 4)).toHaveLength(4);
    expect(proposeRecipes(base, [], nothing, 4)).toHaveLength(4);
    const single = { ...base, featureNames: ['reversal_1', 'reversal_5'] };
    expect(proposeRecipes(single, told(searchRecipes(single)), nothing, 8)).toHaveLength(8);
  });

  it('find the summit of a known landscape nearer than as many random draws do', () => {
    const best = (recipes: readonly Recipe[]) => Math.max(...recipes.map(height));
    let wins = 0;
    let gain = 0;
    const seeds = 12;
    for (let seed = 1; seed <= seeds; seed += 1) {
      const from = { ...base, training: { ...training, seed, trials: 10 } };
      const recipes = searchRecipes(from);
      while (recipes.length < 40) recipes.push(...proposeRecipes(from, told(recipes), nothing, 5));
      const random = searchRecipes({ ...from, training: { ...from.training, trials: 40 } });
      const difference = best(recipes) - best(random);
      gain += difference / seeds;
      if (difference > 0) wins += 1;
    }
    expect(wins).toBeGreaterThan(0.7 * seeds);
    expect(gain).toBeGreaterThan(0.05);
  });
});
