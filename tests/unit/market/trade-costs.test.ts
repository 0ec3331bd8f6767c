import { describe, expect, it } from 'vitest';
import { TradeInvalid } from '../../../market/errors.ts';
import { marketRules } from '../../../market/rules.ts';
import { type Trade, tradeCosts } from '../../../market/trade-costs.ts';

const order: Trade = {
  side: 'sell',
  price: 100,
  shares: 1000,
  date: '2024-03-04',
  dayTrade: false,
  brokerageDiscount: 0,
};
const taiwan = (change: Partial<Trade> = {}) => tradeCosts(marketRules('XTAI'), { ...order, ...change });
const newYork = (change: Partial<Trade> = {}) => tradeCosts(marketRules('XNYS'), { ...order, ...change });

describe('the costs of an order in Taiwan', () => {
  it('are 0.1425 % on either side and 0.3 % tax on a sale, in whole dollars', () => {
    expect(taiwan({ side: 'buy' })).toMatchObject({
      brokerage: 142,
      tax: 0,
      total: 142,
      boardLots: 1,
      oddShares: 0,
    });
    expect(taiwan()).toMatchObject({ notional: 100_000, brokerage: 142, tax: 300, total: 442 });
    expect(taiwan().totalBps).toBeCloseTo(44.2, 10);
  });

  it('are at least 20 dollars of brokerage per order, and an odd lot is an order of its own', () => {
    expect(taiwan({ side: 'buy', price: 10 }).brokerage).toBe(20);
    expect(taiwan({ side: 'buy', price: 10, shares: 1500 })).toMatchObject({
      brokerage: 40,
      boardLots: 1,
      oddShares: 500,
    });
    expect(taiwan({ side: 'buy', shares: 10, price: 500 })).toMatchObject({
      brokerage: 20,
      boardLots: 0,
      oddShares: 10,
    });
  });

  it('fall with a discount of the broker, but not below the least fee, and the tax stays', () => {
    expect(taiwan({ brokerageDiscount: 0.4 })).toMatchObject({ brokerage: 85, tax: 300 });
    expect(taiwan({ brokerageDiscount: 1 })).toMatchObject({ brokerage: 20, tax: 300 });
  });

  it('halve the tax of day trades from 2017-04-28 on', () => {
    expect(taiwan({ dayTrade: true, date: '2017-04-27' }).tax).toBe(300);
    expect(taiwan({ dayTrade: true, date: '2017-04-28' }).tax).toBe(150);
    expect(taiwan({ dayTrade: false, date: '2017-04-28' }).tax).toBe(300);
  });
});

describe('the costs of an order in New York', () => {
  it('are the regulatory fee of the day, on sales', () => {
    expect(newYork({ shares: 10_000 }).regulatoryFee).toBe(8);
    expect(newYork({ shares: 10_000, date: '2024-05-22' }).regulatoryFee).toBe(27.8);
    expect(newYork({ shares: 10_000, date: '2025-05-14' }).total).toBe(0);
    expect(newYork({ side: 'buy', shares: 10_000 }).total).toBe(0);
  });

  it('count in round lots that shrink with the price from November 2025 on', () => {
    expect(newYork({ price: 600, shares: 150 })).toMatchObject({ boardLots: 1, oddShares: 50 });
    expect(newYork({ price: 600, shares: 150, date: '2025-11-03' })).toMatchObject({
      boardLots: 3,
      oddShares: 30,
    });
  });
});

describe('an order that nobody could place', () => {
  it.each([
    ['price', { price: 0 }],
    ['price', { price: Number.NaN }],
    ['shares', { shares: 1.5 }],
    ['shares', { shares: -1000 }],
    ['brokerageDiscount', { brokerageDiscount: 1.2 }],
    ['brokerageDiscount', { brokerageDiscount: Number.NaN }],
  ])('is refused naming %s', (field, change) => {
    expect(() => taiwan(change)).toThrow(TradeInvalid);
    expect(() => taiwan(change)).toThrow(field);
  });
});
