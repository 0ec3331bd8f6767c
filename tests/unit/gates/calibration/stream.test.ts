import { describe, expect, it } from 'vitest';
import { ModelSpec } from '../../../../contracts/spec.ts';
import { streamPlan } from '../../../../gates/calibration/plan.ts';
import { summariseStreams } from '../../../../gates/calibration/stream-tally.ts';
import { simulateStream, simulateStreams } from '../../../../gates/calibration/stream.ts';
import type { Promotion, StreamOutcome } from '../../../../gates/calibration/stream.ts';
import { smallPlan, smallStream } from './calibration-fixture.ts';

describe('a stream of retrains', { timeout: 120_000 }, () => {
  it('keeps every recipe that was ever tried in the ledger', () => {
    const { ledgerRecipes, promotions } = simulateStream(smallStream(), 'noise', 0);
    // The first search and four more, of eight recipes each; the champion is one of them.
    expect(promotions).toEqual([]);
    expect(ledgerRecipes).toBe(5 * 8);
  });

  it('promotes an edge nobody could miss at once, and ends with its first refresh', () => {
    const small = smallStream({ sharpe: 12 });
    const plan = { ...small, gates: { ...small.gates, nonInferiorityMargin: 3, maxDrawdownTolerance: 0.1 } };
    const { promotions } = simulateStream(plan, 'edge', 0);
    expect(promotions[0]).toEqual({ retrain: 1, route: 'new-recipe', skilled: true });
    expect(promotions.slice(1)).toMatchObject([{ route: 'refresh', skilled: true }]);
  });

  it('holds the refresh of a champion on probation to what a first champion has to show', () => {
    // Without any gate but those of superiority a champion that its gates admitted is refreshed at once.
    const modes = { 'rank-ic': 'off', dsr: 'off', pbo: 'off', drawdown: 'off' } as const;
    const small = smallStream({ retrains: 3 });
    const lenient = {
      ...small.gates,
      spaAlpha: 0.1,
      modes,
      nonInferiorityMargin: 20,
      minRefreshSessions: 21,
    };
    const noise = simulateStreams({ plan: { ...small, gates: lenient }, world: 'noise', from: 0, to: 6 });
    const refreshed = (byGates: boolean): number =>
      noise.filter(
        ({ firstByGates, promotions }) =>
          firstByGates === byGates && promotions.some(({ route }) => route === 'refresh'),
      ).length;
    const admitted = noise.filter(({ firstByGates }) => firstByGates).length;
    expect(admitted).toBeGreaterThan(0);
    expect(refreshed(true)).toBe(admitted);
    expect(refreshed(false)).toBe(0);
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
  const quiet = (run: number) => ({ run, firstByGates: false, promotions: [], ledgerRecipes: 40 });
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
    const noise = [quiet(0), { ...promoting(1, 3, 'refresh', false), firstByGates: true }];
    const rates = summariseStreams(smallStream({ retrains: 20 }), noise, edge);
    expect(rates.edgeWithinYear.count).toBe(2);
    expect(rates.edgeEver.count).toBe(3);
    expect(rates.edgeByRetrain[0]).toBe(0.25);
    expect(rates.edgeByRetrain[12]).toBe(0.75);
    expect(rates.wrongRecipeFirst.count).toBe(1);
    expect(rates.noiseStreams.count).toBe(1);
    expect(rates.noiseRetrains.refresh).toMatchObject({ count: 1, of: 40 });
    expect(rates.noiseRetrains.newRecipe.count).toBe(0);
    expect(rates.noiseNewRecipe.count).toBe(0);
    expect(rates.firstByGates).toMatchObject({ count: 1, of: 2 });
  });

  it('tell how often a recipe with skill is refreshed once it serves, and what came before it', () => {
    const followed = (refreshedAt: number, between: readonly Promotion[] = []): StreamOutcome => ({
      ...quiet(0),
      promotions: [
        { retrain: 2, route: 'new-recipe', skilled: true },
        ...between,
        { retrain: refreshedAt, route: 'refresh', skilled: true },
      ],
    });
    const later: Promotion = { retrain: 5, route: 'new-recipe', skilled: false };
    const edge = [followed(14), followed(15), followed(3, [later]), quiet(3)];
    const rates = summariseStreams(smallStream(), [quiet(0)], edge);
    expect(rates.edgeRefreshed).toMatchObject({ count: 2, of: 3 });
    // What replaced the skilled recipe later did not come before it.
    expect(rates.wrongRecipeFirst.count).toBe(0);
    expect(summariseStreams(smallStream(), [quiet(0)], [quiet(1)]).edgeRefreshed).toBeNull();
  });
});
