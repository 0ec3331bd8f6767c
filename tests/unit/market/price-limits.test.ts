import { describe, expect, it } from 'vitest';
import {
  limitLock,
  limitPrices,
  tickAtOrAbove,
  tickAtOrBelow,
  unlimitedSessionsOfListing,
} from '../../../market/price-limits.ts';
import { marketRules, tickOn } from '../../../market/rules.ts';

const taiwan = marketRules('XTAI');
const newYork = marketRules('XNYS');

describe('the daily price limit of Taiwan', () => {
  it.each([
    // Ten per cent, inside the grid of ticks that holds at the limit itself.
    ['2020-01-02', 100, 90, 110],
    ['2020-01-02', 331, 298, 364],
    ['2020-01-02', 9.5, 8.55, 10.45],
    ['2020-01-02', 48.7, 43.85, 53.5],
    ['2020-01-02', 97.3, 87.6, 107],
    ['2020-01-02', 1050, 945, 1155],
    // Seven per cent up to 2015-05-31.
    ['2015-05-29', 100, 93, 107],
    ['2015-06-01', 100, 90, 110],
    ['2014-03-03', 24.35, 22.65, 26.05],
    // The coarser ticks before March 2005.
    ['2005-02-25', 24.3, 22.6, 26],
    ['2005-03-01', 24.3, 22.6, 26],
    ['2005-02-25', 160, 149, 171],
    ['2005-03-01', 160.5, 149.5, 171.5],
  ])('on %s around %d is %d to %d', (date, reference, low, high) => {
    expect(limitPrices(taiwan, reference, date)).toEqual({ low, high });
  });

  it('is one tick where it would be narrower, and no price falls below a tick', () => {
    expect(limitPrices(taiwan, 0.05, '2020-01-02')).toEqual({ low: 0.04, high: 0.06 });
    expect(limitPrices(taiwan, 0.01, '2020-01-02')).toEqual({ low: 0.01, high: 0.02 });
  });

  it('locks a close at either end, whatever a float32 made of the price', () => {
    const at = (close: number) => limitLock(taiwan, { close, reference: 48.7, date: '2020-01-02' });
    expect([53.5, 53.4, 48.7, 43.9, 43.85].map(at)).toEqual([1, 0, 0, 0, -1]);
    expect([Math.fround(53.5), Math.fround(43.85)].map(at)).toEqual([1, -1]);
    expect(at(60)).toBe(1);
  });

  it('is lifted for the first five sessions of what is listed from March 2005 on', () => {
    expect(unlimitedSessionsOfListing(taiwan, '2005-02-28')).toBe(0);
    expect(unlimitedSessionsOfListing(taiwan, '2005-03-01')).toBe(5);
    expect(unlimitedSessionsOfListing(newYork, '2020-01-02')).toBe(0);
  });
});

describe('prices in New York', () => {
  it('know no daily limit', () => {
    expect(limitPrices(newYork, 100, '2024-01-02')).toBeNull();
    expect(limitLock(newYork, { close: 200, reference: 100, date: '2024-01-02' })).toBe(0);
  });

  it('moved in sixteenths, then in cents, below a dollar in hundredths of a cent', () => {
    expect(tickOn(newYork, 50, '2001-01-26')).toBe(0.0625);
    expect(tickOn(newYork, 50, '2001-01-29')).toBe(0.01);
    expect(tickOn(newYork, 0.5, '2024-01-02')).toBe(0.0001);
  });
});

describe('rounding to ticks', () => {
  it('leaves prices on the grid where they are', () => {
    for (const price of [9.99, 10.05, 49.95, 50.1, 99.9, 100.5, 499.5, 501, 1005]) {
      expect(tickAtOrBelow(taiwan, price, '2020-01-02')).toBe(price);
      expect(tickAtOrAbove(taiwan, price, '2020-01-02')).toBe(price);
    }
    expect(tickAtOrBelow(taiwan, 10.04, '2020-01-02')).toBe(10);
    expect(tickAtOrAbove(taiwan, 10.01, '2020-01-02')).toBe(10.05);
  });
});
