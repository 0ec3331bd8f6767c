import { describe, expect, it } from 'vitest';
import { EvaluationInputInvalid } from '../../../evaluation/errors.ts';
import {
  axesOf,
  CAN_BUY,
  CAN_SELL,
  CAN_SHORT,
  fillPanel,
  FULLY_TRADABLE,
  LEFT_MARKET,
  returnsPanel,
} from '../../../evaluation/panel.ts';
import { shippedCalendar } from '../../../market/shipped-calendar.ts';

const calendar = shippedCalendar('XTAI');
const keys = {
  session: ['2018-12-21', '2018-12-21', '2018-12-24'],
  symbol: ['2330', '1101', '2330'],
};

describe('a dense panel', () => {
  it('has every session of the calendar between the first and the last row, a make-up Saturday too', () => {
    const axes = axesOf(keys, calendar);
    expect(axes.sessions).toEqual(['2018-12-21', '2018-12-22', '2018-12-24']);
    expect(axes.symbols).toEqual(['1101', '2330']);
  });

  it('puts each value in its cell, and NaN where there is no row or a null', () => {
    const axes = axesOf(keys, calendar);
    expect([...fillPanel(axes, keys, [1, 2, null])]).toEqual([2, 1, NaN, NaN, NaN, NaN]);
  });

  it('lets nobody trade a cell without a row, or a bar without volume', () => {
    const axes = axesOf(keys, calendar);
    const columns = {
      ...keys,
      ret: [1, 2, 3],
      tradable: [true, false, true],
      limitLock: [0, 0, 0],
      shortable: [1, 1, 1],
    };
    expect([...returnsPanel(axes, columns).tradable]).toEqual([
      ...[0, FULLY_TRADABLE],
      ...[LEFT_MARKET, 0],
      ...[LEFT_MARKET, FULLY_TRADABLE],
    ]);
  });

  it('keeps buyers out of a name locked at its upper limit, sellers out of one at its lower, shorts out by a ban', () => {
    const day = { session: ['2018-12-21', '2018-12-21', '2018-12-21'], symbol: ['a', 'b', 'c'] };
    const columns = {
      ...day,
      ret: [0.1, -0.1, 0],
      tradable: [1, 1, 1],
      limitLock: [1, -1, 0],
      shortable: [1, 1, 0],
    };
    expect([...returnsPanel(axesOf(day, calendar), columns).tradable]).toEqual([
      CAN_SELL | CAN_SHORT,
      CAN_BUY,
      CAN_BUY | CAN_SELL,
    ]);
  });

  it('refuses two rows of one key and keys outside its axes', () => {
    const axes = axesOf(keys, calendar);
    const twice = { session: ['2018-12-21', '2018-12-21'], symbol: ['2330', '2330'] };
    expect(() => fillPanel(axes, twice, [1, 1])).toThrow(/two rows for 2330/u);
    const unknown = { session: ['2018-12-21'], symbol: ['9999'] };
    expect(() => fillPanel(axes, unknown, [1])).toThrow(EvaluationInputInvalid);
    const early = { session: ['2017-01-03'], symbol: ['2330'] };
    expect(() => fillPanel(axes, early, [1])).toThrow(EvaluationInputInvalid);
    expect(() => axesOf({ session: [], symbol: [] }, calendar)).toThrow(EvaluationInputInvalid);
  });
});
