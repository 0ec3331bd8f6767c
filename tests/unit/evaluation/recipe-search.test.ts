import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../contracts/canonical.ts';
import { ModelSpec } from '../../../contracts/spec.ts';
import { Recipe } from '../../../contracts/training.ts';
import { EvaluationInputInvalid } from '../../../evaluation/errors.ts';
import { DEFAULT_PARAMETERS, groupByPrefix, searchRecipes } from '../../../evaluation/recipe-search.ts';

const featureNames = [
  ...['reversal_1', 'reversal_5', 'momentum_20', 'momentum_60', 'trend_20', 'volatility_5', 'volatility_20'],
  ...['volume_surge_1', 'volume_surge_5', 'liquidity_20', 'range_10', 'gap_1'],
];
const { label, portfolio, training } = ModelSpec.parse({
  model: 'tw-alpha',
  market: 'XTAI',
  data: 'data/tw',
});
const base = {
  market: 'XTAI',
  featureSet: 'price_volume',
  featureNames,
  groupOf: groupByPrefix,
  label,
  portfolio,
  month: '2026-11',
  training,
} as const;

describe('the random search over recipes', () => {
  const recipes = searchRecipes(base);

  it('draws as many recipes as asked for, all different and all within the contract', () => {
    expect(recipes).toHaveLength(20);
    expect(new Set(recipes.map((recipe) => canonicalJson(recipe))).size).toBe(20);
    for (const recipe of recipes) expect(Recipe.parse(recipe)).toEqual(recipe);
  });

  it('begins with the documented default and every feature', () => {
    expect(recipes[0]?.params).toEqual(DEFAULT_PARAMETERS);
    expect(recipes[0]?.features).toEqual(featureNames);
    expect(recipes[0]?.foldPlan.purgeSessions).toBe(6);
  });

  it('takes feature groups whole, in the order of the snapshot', () => {
    for (const { features } of recipes.slice(1)) {
      const groups = new Set(features.map(groupByPrefix));
      expect(features).toEqual(featureNames.filter((feature) => groups.has(groupByPrefix(feature))));
      expect(groups.size).toBeGreaterThanOrEqual(2);
      expect(groups.size).toBeLessThan(8);
    }
  });

  it('gives no two recipes the same features while there are others', () => {
    expect(new Set(recipes.map(({ features }) => features.join())).size).toBe(20);
  });

  it('is decided by the seed alone, and a longer search begins with the shorter one', () => {
    expect(searchRecipes(base)).toEqual(recipes);
    const fewer = searchRecipes({ ...base, training: { ...training, trials: 8 } });
    expect(fewer).toEqual(recipes.slice(0, 8));
    const other = searchRecipes({ ...base, training: { ...training, seed: 8 } });
    expect(other[1]).not.toEqual(recipes[1]);
  });

  it('draws other recipes each month beside the default one, unless the spec fixes them', () => {
    const drawn = (month: string, draws: 'monthly' | 'fixed') =>
      searchRecipes({ ...base, month, training: { ...training, draws } }).map((recipe) =>
        canonicalJson(recipe),
      );
    const [november, december] = [drawn('2026-11', 'monthly'), drawn('2026-12', 'monthly')];
    expect(december[0]).toBe(november[0]);
    expect(december.filter((recipe) => november.includes(recipe))).toHaveLength(1);
    expect(drawn('2026-12', 'fixed')).toEqual(drawn('2026-11', 'fixed'));
    expect(() => drawn('1999-12', 'monthly')).toThrow(EvaluationInputInvalid);
  });

  it('asks the learner for what the spec says, and refuses a constraint on a feature that is not there', () => {
    const asked = {
      ...training,
      objective: 'rank',
      monotone: { momentum_20: 1 },
      weightHalfLifeSessions: 250,
    } as const;
    for (const recipe of searchRecipes({ ...base, training: asked })) {
      expect(recipe.params.objective).toBe('rank');
      expect(recipe.fitting.weightHalfLifeSessions).toBe(250);
      expect(recipe.fitting.monotone).toEqual(
        recipe.features.includes('momentum_20') ? { momentum_20: 1 } : {},
      );
    }
    const unknown = { ...training, monotone: { momentun_20: 1 } } as const;
    expect(() => searchRecipes({ ...base, training: unknown })).toThrow(/momentun_20/u);
  });

  it('still differs in parameters when one group is all there is', () => {
    const single = searchRecipes({ ...base, featureNames: ['reversal_1', 'reversal_5'] });
    expect(single).toHaveLength(20);
    expect(new Set(single.map(({ params }) => canonicalJson(params))).size).toBe(20);
  });

  it('takes groups that the caller defines', () => {
    const groupOf = (feature: string) => (feature.startsWith('vol') ? 'activity' : 'price');
    for (const { features } of searchRecipes({ ...base, groupOf }).slice(1)) {
      expect(new Set(features.map(groupOf)).size).toBe(1);
    }
  });

  it('refuses a set without features or with one twice', () => {
    expect(() => searchRecipes({ ...base, featureNames: [] })).toThrow(EvaluationInputInvalid);
    expect(() => searchRecipes({ ...base, featureNames: ['a', 'a'] })).toThrow(EvaluationInputInvalid);
  });
});
