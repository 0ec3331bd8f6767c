import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limitPrices } from '../../../market/price-limits.ts';
import { marketRules, priceLimitOn, tickOn } from '../../../market/rules.ts';

const rules = marketRules('XTAI');
const dates = fc.constantFrom('2004-06-01', '2010-06-01', '2015-05-29', '2015-06-01', '2024-06-03');
/** Prices as the exchange publishes them: whole hundredths. */
const references = fc.integer({ min: 2, max: 500_000 }).map((cents) => cents / 100);

/** The grid of ticks walked step by step in whole hundredths, from one tick on: no rounding rule is used. */
function walkedLimits(reference: number, date: string): { low: number; high: number } {
  const fraction = Math.round((priceLimitOn(rules, date) ?? 0) * 100);
  const cents = Math.round(reference * 100);
  const tickCents = (at: number): number => Math.round(tickOn(rules, at / 100, date) * 100);
  // Start well below, on the grid of every band: a whole multiple of five units of currency, or one tick.
  let price = cents > 120_000 ? Math.floor((cents * 0.9) / 500) * 500 - 500 : 1;
  let low: number | null = null;
  let high = price;
  while (price * 100 <= cents * (100 + fraction)) {
    if (low === null && price * 100 >= cents * (100 - fraction)) low = price;
    high = price;
    price += tickCents(price);
  }
  return { low: (low ?? high) / 100, high: high / 100 };
}

describe('limit prices', () => {
  it('are the outermost prices of the grid within the limit', () => {
    fc.assert(
      fc.property(references, dates, (reference, date) => {
        // Below this a tick is wider than the limit, and article 63 takes over.
        fc.pre(reference * (priceLimitOn(rules, date) ?? 0) >= 2 * tickOn(rules, reference * 1.1, date));
        expect(limitPrices(rules, reference, date)).toEqual(walkedLimits(reference, date));
      }),
      { numRuns: 300 },
    );
  });

  it('always leave room for at least one tick upwards, and are never above the reference below', () => {
    fc.assert(
      fc.property(references, dates, (reference, date) => {
        const limits = limitPrices(rules, reference, date);
        expect(limits?.high ?? 0).toBeGreaterThan(reference);
        expect(limits?.low ?? Infinity).toBeLessThan(reference);
        expect(limits?.low ?? 0).toBeGreaterThan(0);
      }),
    );
  });
});
