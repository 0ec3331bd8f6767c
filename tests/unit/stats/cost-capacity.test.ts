import { describe, expect, it } from 'vitest';
import { capacityCurve, costCurve, driftedTurnover } from '../../../stats/cost-capacity.ts';
import { NonFiniteValue, ParameterOutOfRange, ShapeMismatch } from '../../../stats/errors.ts';
import { simulatedReturns } from './simulated.ts';

const grossReturns = simulatedReturns({ rows: 250, seed: 3, mean: 0.001 });
const turnover = Float64Array.from({ length: 250 }, (_, row) => 0.1 + 0.05 * Math.sin(row));
const traded = { grossReturns, turnover, sessionsPerYear: 252 } as const;
const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('turnover', () => {
  it('counts what is traded against the drifted book, once per pair of sides', () => {
    const weights = [
      [0.5, 0.5],
      [0.5, 0.5],
      [0, 1],
    ];
    const returns = [
      [0.1, -0.1],
      [0, 0],
      [0, 0],
    ];
    // Built from cash; then back to halves from 0.55 and 0.45; then one half moves.
    [0.5, 0.05, 0.5].forEach((expected, session) => {
      expect(driftedTurnover(weights, returns)[session]).toBeCloseTo(expected, 12);
    });
  });

  it('trades nothing when the book is left to drift', () => {
    const first = [0.3, 0.2];
    const moves = [0.02, -0.05];
    const earned = 0.3 * 0.02 - 0.2 * 0.05;
    const drifted = first.map((weight, name) => (weight * (1 + (moves[name] ?? 0))) / (1 + earned));
    expect(driftedTurnover([first, drifted], [moves, [0, 0]])[1]).toBeCloseTo(0, 15);
  });

  it('refuses unpaired sessions and a book that loses everything', () => {
    expect(() => driftedTurnover([[1]], [])).toThrow(ShapeMismatch);
    expect(() => driftedTurnover([[1], [0.5, 0.5]], [[0], [0, 0]])).toThrow(ShapeMismatch);
    expect(() => driftedTurnover([[1], [1]], [[-1], [0]])).toThrow(ParameterOutOfRange);
  });
});

describe('cost curve', () => {
  it('falls with the cost and is zero at the break-even', () => {
    const { points, breakEvenBps } = costCurve(traded, [0, 10, 20]);
    expect(points[0]?.annualisedReturn).toBeCloseTo(252 * mean(grossReturns), 12);
    expect(points[1]?.annualisedReturn).toBeCloseTo(252 * (mean(grossReturns) - 0.001 * mean(turnover)), 12);
    expect((points[0]?.annualisedSharpe ?? 0) > (points[2]?.annualisedSharpe ?? 0)).toBe(true);
    const [there] = costCurve(traded, [breakEvenBps ?? NaN]).points;
    expect(there?.annualisedReturn).toBeCloseTo(0, 12);
  });

  it('has no break-even without trading, and no Sharpe ratio without variation', () => {
    const idle = { ...traded, turnover: new Float64Array(250) };
    expect(costCurve(idle, [10]).breakEvenBps).toBeNull();
    const flat = { ...idle, grossReturns: new Float64Array(250) };
    expect(costCurve(flat, [10]).points[0]).toEqual({
      costBps: 10,
      annualisedReturn: 0,
      annualisedSharpe: null,
    });
  });

  it('refuses negative turnover and costs, unpaired and non-finite series', () => {
    expect(() => costCurve(traded, [-1])).toThrow(ParameterOutOfRange);
    expect(() => costCurve({ ...traded, turnover: turnover.map((value) => -value) }, [1])).toThrow(/row 1/u);
    expect(() => costCurve({ ...traded, turnover: [0.1] }, [1])).toThrow(ShapeMismatch);
    expect(() => costCurve({ ...traded, grossReturns: grossReturns.with(3, Infinity) }, [1])).toThrow(
      NonFiniteValue,
    );
  });
});

describe('capacity curve', () => {
  const options = {
    ...traded,
    costBps: 5,
    tradedValue: new Float64Array(250).fill(5e8),
    dailyVolatility: 0.02,
    impactCoefficient: 1,
  } as const;

  it('starts at the cost curve and is zero at the capacity', () => {
    const { points, capacity } = capacityCurve(options, [0, 1e6, 1e8]);
    expect(points[0]?.annualisedReturn).toBeCloseTo(
      costCurve(traded, [5]).points[0]?.annualisedReturn ?? NaN,
      12,
    );
    expect(points[1]?.largestParticipation).toBeCloseTo((0.15 * 1e6) / 5e8, 6);
    const [there] = capacityCurve(options, [capacity ?? NaN]).points;
    expect(there?.annualisedReturn).toBeCloseTo(0, 12);
  });

  it('follows the square root: four times the capital costs twice the impact', () => {
    const [free, one, four] = capacityCurve(options, [0, 1e7, 4e7]).points.map(
      (point) => point.annualisedReturn,
    );
    expect(((free ?? 0) - (four ?? 0)) / ((free ?? 0) - (one ?? 0))).toBeCloseTo(2, 10);
  });

  it('is none without an edge, and without bound when nothing is traded', () => {
    const losing = { ...options, grossReturns: grossReturns.map((value) => value - 0.01) };
    expect(capacityCurve(losing, [1]).capacity).toBeNull();
    expect(capacityCurve({ ...options, turnover: new Float64Array(250) }, [1]).capacity).toBe(Infinity);
    expect(() => capacityCurve({ ...options, tradedValue: new Float64Array(250) }, [1])).toThrow(/row 1/u);
  });
});
