import { describe, expect, it } from 'vitest';
import { EvaluationInputInvalid } from '../../../evaluation/errors.ts';
import {
  autocorrelation,
  correlation,
  excessKurtosis,
  hillExponent,
  leverageCorrelation,
  median,
  skewnessOf,
  spread,
} from '../../../evaluation/series-facts.ts';
import { stylisedFacts, type BarPanel } from '../../../evaluation/stylised-facts.ts';
import { RandomStream } from '../../../market/random.ts';
import { marketRules } from '../../../market/rules.ts';
import { shippedCalendar } from '../../../market/shipped-calendar.ts';
import { pearson } from '../../../stats/rank.ts';

const XTAI = marketRules('XTAI');

function normals(seed: number, count: number): Float64Array {
  const random = new RandomStream(seed, 1);
  return Float64Array.from({ length: count }, () => random.normal());
}

describe('facts of a series', () => {
  it('agree with the correlation of the statistics, and leave gaps out', () => {
    const a = normals(1, 300);
    const b = normals(2, 300).map((value, at) => value + 0.5 * (a[at] ?? 0));
    expect(correlation(a, b)).toBeCloseTo(pearson(a, b), 12);
    expect(autocorrelation(b, 3)).toBeCloseTo(pearson(b.slice(0, -3), b.slice(3)), 12);
    const gaps = b.map((value, at) => (at % 7 === 0 ? NaN : value));
    const kept = [...a.keys()].filter((at) => at % 7 !== 0);
    const of = (values: Float64Array): number[] => kept.map((at) => values[at] ?? NaN);
    expect(correlation(a, gaps)).toBeCloseTo(pearson(of(a), of(b)), 12);
    expect(correlation(a, new Float64Array(300))).toBeNaN();
  });

  it('have the moments of a distribution that is known: uniform, exponential, Pareto', () => {
    const n = 20_000;
    const grid = Float64Array.from({ length: n }, (_, at) => (at + 0.5) / n);
    expect(excessKurtosis(grid)).toBeCloseTo(-1.2, 6);
    expect(spread(grid)).toBeCloseTo(Math.sqrt(1 / 12), 6);
    const exponential = grid.map((u) => -Math.log(u));
    expect(skewnessOf(exponential)).toBeCloseTo(2, 1);
    const pareto = grid.map((u) => u ** (-1 / 3));
    expect(hillExponent(pareto, 0.05)).toBeCloseTo(3, 1);
    expect(median([3, NaN, 1, 2])).toBe(2);
  });

  it('see leverage in a series whose falls make it restless', () => {
    const shocks = normals(5, 4000);
    const values = shocks.map((shock, at) => shock * ((shocks[at - 1] ?? 0) < 0 ? 2 : 0.5));
    expect(leverageCorrelation(values, 1)).toBeLessThan(-0.2);
    expect(Math.abs(leverageCorrelation(shocks, 1))).toBeLessThan(0.05);
  });
});

/** Two symbols that walk by the given closes; the rest of each bar follows from them. */
function panelOf(closes: readonly (readonly number[])[], from = '2016-01-04'): BarPanel {
  const length = closes[0]?.length ?? 0;
  const dates = shippedCalendar('XTAI').between(from, '2019-12-31').slice(0, length);
  const close = Float64Array.from(closes.flat());
  return {
    symbols: closes.map((_, at) => String(1101 + at)),
    dates,
    sectors: closes.map(() => null),
    open: close,
    high: close.map((price) => price * 1.01),
    low: close.map((price) => price * 0.99),
    close,
    volume: close.map(() => 1000),
    adjusted: close,
  };
}

describe('facts of a market', () => {
  const steady = Array.from({ length: 300 }, (_, at) => (at % 2 === 0 ? 100 : 101));

  it('count closes at the exact limit price, repeats of them and unchanged ones', () => {
    // 110 is the limit up from 100; 121 that from 110; 108.5 is the limit down from 120.5, as 108.45 is off the grid.
    const path = [100, 110, 121, 120.5, 108.5, 108.5, 109, ...Array.from({ length: 293 }, () => 109.5)];
    const facts = stylisedFacts(panelOf([path, steady]), XTAI);
    const bars = 2 * 299;
    expect(facts.limitUpShare).toBeCloseTo(2 / bars, 12);
    expect(facts.limitDownShare).toBeCloseTo(1 / bars, 12);
    expect(facts.limitRepeat).toBeCloseTo(1 / 3, 12);
    expect(facts.unchangedShare).toBeCloseTo((1 + 292) / bars, 12);
  });

  it('leave ex days out of the limits, and take the return adjusted', () => {
    const raw = [...steady.slice(0, 150), ...steady.slice(150).map((price) => price / 2)];
    const panel = panelOf([raw, steady]);
    const adjusted = Float64Array.from([...steady, ...steady]);
    const facts = stylisedFacts({ ...panel, adjusted }, XTAI);
    expect(facts.limitDownShare).toBe(0);
    expect(facts.dailyVolatility).toBeCloseTo(Math.log(1.01), 4);
    expect(facts.pairCorrelation).toBeCloseTo(1, 9);
  });

  it('are refused for a market that is too short', () => {
    const short = [steady.slice(0, 100), steady.slice(0, 100)];
    expect(() => stylisedFacts(panelOf(short), XTAI)).toThrow(EvaluationInputInvalid);
  });
});
