import { describe, expect, it } from 'vitest';
import { ModelSpec } from '../../../../contracts/spec.ts';
import { streamPlan } from '../../../../gates/calibration/plan.ts';
import { summariseStreams } from '../../../../gates/calibration/stream-tally.ts';
import { simulateStream, simulateStreams } from '../../../../gates/calibration/stream.ts';
import { smallPlan, smallStream } from './calibration-fixture.ts';

describe('a stream of retrains', () => {
  it('keeps every recipe that was ever tried in the ledger', () => {
    const { ledgerRecipes, promotions } = simulateStream(smallStream(), 'noise', 0);
    // The first search and four more, of eight recipes each; the champion is one of them.
    expect(promotions).toEqual([]);
    expect(ledgerRecipes).toBe(5 * 8);
  });

  it('promotes an edge nobody could miss at once, and ends there', () => {
    const outcome = simulateStream(smallStream({ sharpe: 12 }), 'edge', 0);
    expect(outcome.promotions).toEqual([{ retrain: 1, route: 'new-recipe', skilled: true }]);
  });

  it('refreshes a champion that is as good as ever, once enough sessions have passed since its last label', () => {
    const small = smallStream({ championSharpe: 8, sharpe: 0.01, retrains: 6 });
    const plan = { ...small, gates: { ...small.gates, nonInferiorityMargin: 3, maxDrawdownTolerance: 0.1 } };
    const { promotions } = simulateStream(plan, 'edge', 0);
    expect(promotions.length).toBeGreaterThan(0);
    expect(promotions.every((promotion) => promotion.route === 'refresh')).toBe(true);
    // One month less purge and embargo leaves eight sessions: not enough for a comparison.
    expect(promotions[0]?.retrain).toBeGreaterThan(1);
  });

  it('spends an error budget over its retrains', () => {
    const plan = smallStream({ sharpe: 2.5, retrains: 6 });
    const found = (gates: typeof plan.gates): number =>
      simulateStreams({ plan: { ...plan, gates }, world: 'edge', from: 0, to: 6 }).filter((stream) =>
        stream.promotions.some((promotion) => promotion.route === 'new-recipe'),
      ).length;
    const open = { ...plan.gates, dsrMin: 0.01, pboMax: 0.99 };
    const starved = { ...open, errorBudget: 'lord' as const, errorBudgetLevel: 1e-6 };
    expect(found(open)).toBeGreaterThan(0);
    expect(found(starved)).toBe(0);
  });

  it('is the same alone and as part of any piece', () => {
    const plan = smallStream();
    const both = simulateStreams({ plan, world: 'edge', from: 0, to: 2 });
    expect(simulateStreams({ plan, world: 'edge', from: 1, to: 2 })).toEqual([both[1]]);
  });

  it('waits as long as purge and embargo of the spec before it compares the champion', () => {
    const spec = ModelSpec.parse({ model: 'tw-alpha', market: 'XTAI', data: './market' });
    expect(streamPlan(smallPlan(), spec, { retrains: 3 })).toMatchObject({ gapSessions: 13, retrains: 3 });
    expect(() => streamPlan(smallPlan(), spec, { retrains: 0 })).toThrow(/retrains/u);
  });
});

describe('rates of streams', () => {
  const quiet = (run: number) => ({ run, promotions: [], ledgerRecipes: 40 });
  const promoting = (run: number, retrain: number, route: 'new-recipe' | 'refresh', skilled: boolean) => ({
    ...quiet(run),
    promotions: [{ retrain, route, skilled }],
  });

  it('tell promotions within a year from later ones, and the right recipe from another', () => {
    const edge = [
      promoting(0, 1, 'new-recipe', true),
      promoting(1, 12, 'new-recipe', true),
      promoting(2, 13, 'new-recipe', true),
      promoting(3, 2, 'new-recipe', false),
    ];
    const noise = [quiet(0), promoting(1, 3, 'refresh', false)];
    const rates = summariseStreams(smallStream({ retrains: 20 }), noise, edge);
    expect(rates.edgeWithinYear.count).toBe(2);
    expect(rates.edgeEver.count).toBe(3);
    expect(rates.edgeByRetrain[0]).toBe(0.25);
    expect(rates.edgeByRetrain[12]).toBe(0.75);
    expect(rates.wrongRecipeFirst.count).toBe(1);
    expect(rates.noiseStreams.count).toBe(1);
    expect(rates.noiseRetrains.refresh).toMatchObject({ count: 1, of: 40 });
    expect(rates.noiseRetrains.newRecipe.count).toBe(0);
  });
});
