import { describe, expect, it } from 'vitest';
import { decisionInstant, marketRules, priceLimitOn, tickAt, tradingCosts } from '../../../market/rules.ts';
import { shippedCalendar } from '../../../market/shipped-calendar.ts';

describe('market rules', () => {
  it('fall by a discount on the brokerage, never below the tax', () => {
    const costs = tradingCosts(marketRules('XTAI'), { brokerageDiscount: 0.4 });
    expect(costs.buyBps).toBeCloseTo(8.55, 12);
    expect(costs.sellBps).toBeCloseTo(38.55, 12);
    expect(tradingCosts(marketRules('XTAI'), { brokerageDiscount: 1 })).toEqual({ buyBps: 0, sellBps: 30 });
    expect(tradingCosts(marketRules('XNYS'), { brokerageDiscount: 1 })).toEqual({ buyBps: 2, sellBps: 2 });
  });

  it('charge Taiwan 0.1425 % a side and 0.3 % tax on sales', () => {
    expect(tradingCosts(marketRules('XTAI'), 'market')).toEqual({ buyBps: 14.25, sellBps: 44.25 });
  });

  it('charge nothing when the portfolio says so', () => {
    expect(tradingCosts(marketRules('XTAI'), 'none')).toEqual({ buyBps: 0, sellBps: 0 });
  });

  it('decide an hour after the close, early closes included', () => {
    expect(decisionInstant(shippedCalendar('XTAI'), '2024-03-01')).toBe('2024-03-01T06:30:00.000Z');
    expect(decisionInstant(shippedCalendar('XNYS'), '2024-11-29')).toBe('2024-11-29T19:00:00.000Z');
  });

  it('know the Taiwan price limit by date, and none in New York', () => {
    expect(priceLimitOn(marketRules('XTAI'), '2015-05-29')).toBe(0.07);
    expect(priceLimitOn(marketRules('XTAI'), '2015-06-01')).toBe(0.1);
    expect(priceLimitOn(marketRules('XTAI'), '1980-01-01')).toBeNull();
    expect(priceLimitOn(marketRules('XNYS'), '2024-01-02')).toBeNull();
  });

  it.each([
    [9.99, 0.01],
    [10, 0.05],
    [49.95, 0.05],
    [50, 0.1],
    [100, 0.5],
    [500, 1],
    [1000, 5],
    [4000, 5],
  ])('step the Taiwan price %d by %d', (price, tick) => {
    expect(tickAt(marketRules('XTAI'), price)).toBe(tick);
  });

  it('annualise with the sessions that the calendar really has', () => {
    for (const market of ['XTAI', 'XNYS'] as const) {
      const perYear = shippedCalendar(market).between('2011-01-01', '2020-12-31').length / 10;
      expect(Math.abs(perYear - marketRules(market).annualSessions)).toBeLessThan(1);
    }
  });
});
