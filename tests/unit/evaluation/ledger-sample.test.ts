import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleLedger } from '../../../evaluation/ledger-sample.ts';
import type { SampledRecipe } from '../../../evaluation/ledger-sample.ts';

const recipes = (count: number): SampledRecipe[] =>
  Array.from({ length: count }, (_, index) => ({
    recipeHash: `r${String(index).padStart(4, '0')}`,
    sharpe: Math.sin(index * 12.9898) * 3,
  }));

const draw = (given: readonly SampledRecipe[], most: number, month = '2026-11', seed = 7): string[] =>
  sampleLedger({ recipes: given, most, seed, month });

describe('recipes of the ledger to score again', () => {
  it('are all of them, best first, while there are not too many', () => {
    const given = [
      { recipeHash: 'b', sharpe: 1 },
      { recipeHash: 'c', sharpe: 2 },
      { recipeHash: 'a', sharpe: 1 },
    ];
    expect(draw(given, 3)).toEqual(['c', 'a', 'b']);
    expect(draw([], 3)).toEqual([]);
    expect(draw(given, 0)).toEqual([]);
  });

  it('are one of each stratum of the ranking when there are more', () => {
    const given = recipes(100);
    const ranked = given.toSorted((a, b) => b.sharpe - a.sharpe).map(({ recipeHash }) => recipeHash);
    const places = draw(given, 20).map((hash) => ranked.indexOf(hash));
    expect(places.map((place) => Math.floor(place / 5))).toEqual(
      Array.from({ length: 20 }, (_, stratum) => stratum),
    );
  });

  it('cover the ledger in turn: over the months every recipe is drawn', () => {
    const given = recipes(100);
    const seen = new Set<string>();
    for (let month = 0; month < 60; month += 1) {
      const name = `${String(2020 + Math.floor(month / 12))}-${String((month % 12) + 1).padStart(2, '0')}`;
      draw(given, 20, name).forEach((hash) => seen.add(hash));
    }
    expect(seen.size).toBe(100);
  });

  it('are a function of the recipes, the seed and the month, not of the order in which they come', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 80 }),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 0, max: 1000 }),
        (count, most, turn) => {
          const given = recipes(count);
          const at = turn % count;
          const turned = [...given.slice(at), ...given.slice(0, at)];
          const drawn = draw(given, most);
          expect(draw(turned, most)).toEqual(drawn);
          expect(new Set(drawn).size).toBe(Math.min(count, most));
        },
      ),
    );
    expect(draw(recipes(100), 20, '2026-12')).not.toEqual(draw(recipes(100), 20));
    expect(draw(recipes(100), 20, '2026-11', 8)).not.toEqual(draw(recipes(100), 20));
  });

  it('are refused when a recipe has no rank, comes twice, or the month is none', () => {
    const [one] = recipes(1);
    expect(() => draw([{ recipeHash: 'x', sharpe: Number.NaN }], 1)).toThrow(/recipe x/u);
    expect(() => draw(one === undefined ? [] : [one, one], 1)).toThrow(/named twice/u);
    expect(() => draw(recipes(3), 1, '2026-13')).toThrow(/2026-13/u);
  });
});
