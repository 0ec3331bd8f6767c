import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextBudget } from '../../../gates/error-budget.ts';
import type { BudgetRule, PastTest } from '../../../gates/error-budget.ts';
import { Philox } from '../../../stats/philox.ts';

const METHODS = ['lord', 'alpha-investing'] as const;
const rule: fc.Arbitrary<BudgetRule> = fc.record({
  method: fc.constantFrom(...METHODS),
  level: fc.double({ min: 0.001, max: 0.5, noNaN: true }),
});

describe('an error budget', () => {
  it('never spends more than it has, whatever is found', () => {
    fc.assert(
      fc.property(rule, fc.array(fc.boolean(), { maxLength: 150 }), (given, found) => {
        const past: PastTest[] = [];
        for (const discovery of found) {
          const { alpha, wealth } = nextBudget(given, past);
          expect(alpha).toBeGreaterThan(0);
          const price = given.method === 'lord' ? alpha : alpha / (1 - alpha);
          expect(price).toBeLessThanOrEqual(wealth + 1e-12);
          past.push({ alpha, discovery });
        }
        expect(nextBudget(given, past).wealth).toBeGreaterThanOrEqual(-1e-12);
      }),
      { numRuns: 200 },
    );
  });

  it('gives a later test more after a discovery than without it', () => {
    fc.assert(
      fc.property(rule, fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }), (given, found) => {
        const played = (last: boolean): number => {
          const past: PastTest[] = [];
          found.forEach((discovery, index) => {
            const { alpha } = nextBudget(given, past);
            past.push({ alpha, discovery: index === found.length - 1 ? last : discovery });
          });
          return nextBudget(given, past).alpha;
        };
        expect(played(true)).toBeGreaterThan(played(false));
      }),
      { numRuns: 100 },
    );
  });
});

interface Stream {
  readonly falseDiscoveries: number;
  readonly discoveries: number;
  readonly missed: number;
}

/** A stream of tests; each has an effect with the given probability, which makes its p-value p^6. */
function stream(levelOf: (past: readonly PastTest[]) => number, seed: number, effects: number): Stream {
  const random = new Philox(20_261_121, seed);
  const past: PastTest[] = [];
  let falseDiscoveries = 0;
  let missed = 0;
  for (let test = 0; test < 60; test += 1) {
    const effect = random.nextUniform() < effects;
    const uniform = random.nextUniform();
    const alpha = levelOf(past);
    const discovery = (effect ? uniform ** 6 : uniform) < alpha;
    if (discovery && !effect) falseDiscoveries += 1;
    if (effect && !discovery) missed += 1;
    past.push({ alpha, discovery });
  }
  return { falseDiscoveries, discoveries: past.filter(({ discovery }) => discovery).length, missed };
}

const STREAMS = 3000;
const LEVEL = 0.1;

function simulate(levelOf: (past: readonly PastTest[]) => number, effects: number) {
  const streams = Array.from({ length: STREAMS }, (_, seed) => stream(levelOf, seed, effects));
  const average = (value: (one: Stream) => number): number =>
    streams.reduce((sum, one) => sum + value(one), 0) / STREAMS;
  return {
    falseDiscoveryRate: average((one) => one.falseDiscoveries / Math.max(1, one.discoveries)),
    marginalRate: average((one) => one.falseDiscoveries) / (average((one) => one.discoveries) + 1 - LEVEL),
    anyFalse: average((one) => (one.falseDiscoveries > 0 ? 1 : 0)),
    discoveries: average((one) => one.discoveries),
  };
}

/** Three standard errors of a proportion near the level. */
const MARGIN = 3 * Math.sqrt((LEVEL * (1 - LEVEL)) / STREAMS);

describe('over 3,000 simulated streams of 60 retrains', () => {
  it.each(METHODS)('%s finds something in pure noise in at most a tenth of the streams', (method) => {
    const spent = simulate((past) => nextBudget({ method, level: LEVEL }, past).alpha, 0);
    expect(spent.anyFalse).toBeLessThanOrEqual(LEVEL + MARGIN);
    // It does spend: a budget that never tested would pass the line above as well.
    expect(spent.anyFalse).toBeGreaterThan(LEVEL / 4);
  });

  it('a fixed level of a twentieth finds something in pure noise nearly always', () => {
    expect(simulate(() => 0.05, 0).anyFalse).toBeGreaterThan(0.9);
  });

  it.each([0.1, 0.4, 0.8])(
    'lord holds the false discovery rate where %s of the recipes are better',
    (effects) => {
      const held = simulate((past) => nextBudget({ method: 'lord', level: LEVEL }, past).alpha, effects);
      expect(held.falseDiscoveryRate).toBeLessThanOrEqual(LEVEL + MARGIN);
      expect(held.discoveries).toBeGreaterThan(effects);
    },
  );

  it.each([0.1, 0.4, 0.8])(
    'alpha-investing holds the marginal rate where %s of the recipes are better',
    (effects) => {
      const rule = { method: 'alpha-investing', level: LEVEL } as const;
      expect(simulate((past) => nextBudget(rule, past).alpha, effects).marginalRate).toBeLessThanOrEqual(
        LEVEL + MARGIN,
      );
    },
  );
});
