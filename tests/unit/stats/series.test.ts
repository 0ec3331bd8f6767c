import { describe, expect, it } from 'vitest';
import { politisWhiteBlock } from '../../../stats/block-length.ts';
import { maximumDrawdown } from '../../../stats/drawdown.ts';
import { correlationMatrix, effectiveTrials } from '../../../stats/effective-trials.ts';
import { symmetricEigenvalues } from '../../../stats/eigenvalues.ts';
import { ConstantSeries, NonFiniteValue, SampleTooShort, ShapeMismatch } from '../../../stats/errors.ts';
import { hacMean } from '../../../stats/hac.ts';
import { dailyRankIc } from '../../../stats/rank-ic.ts';
import { averageRanks, pearson, spearman } from '../../../stats/rank.ts';
import { isConstant, quantileOfSorted, requireRange, standardDeviation } from '../../../stats/series.ts';
import { simulatedPanel, simulatedReturns } from './simulated.ts';

describe('series', () => {
  it('knows a constant column where the standard deviation does not', () => {
    const flat = new Float64Array(375).fill(0.0001);
    expect(isConstant(flat)).toBe(true);
    expect(isConstant([0, 0])).toBe(true);
    expect(isConstant([])).toBe(true);
    expect(isConstant([1, 1 + 1e-9])).toBe(false);
    expect(standardDeviation(flat, 1)).toBeLessThan(1e-15);
  });

  it('interpolates quantiles between order statistics', () => {
    expect(quantileOfSorted([1, 2, 4, 8], 0.5)).toBe(3);
    expect(quantileOfSorted([1, 2, 4, 8], 1)).toBe(8);
    expect(quantileOfSorted([5], 0.3)).toBe(5);
  });

  it('names parameter, value and range', () => {
    expect(() => {
      requireRange('lag', 2.5, 0, 9, 'integer');
    }).toThrow('lag is 2.5, expected an integer from 0 to 9');
    expect(() => {
      requireRange('lag', Number.NaN, 0, 9);
    }).toThrow(/NaN/u);
  });
});

describe('ranks and rank IC', () => {
  it('gives ties the mean of their places', () => {
    const values = [3, 1, 3, 2, 3, 1];
    const byDefinition = values.map((value) => {
      const below = values.filter((other) => other < value).length;
      const equal = values.filter((other) => other === value).length;
      return below + (equal + 1) / 2;
    });
    expect([...averageRanks(values)]).toEqual(byDefinition);
  });

  it('is one for any increasing function and minus one for any decreasing one', () => {
    const values = [0.3, -2, 5, 1.5, 0];
    expect(spearman(values, values.map(Math.exp))).toBeCloseTo(1, 14);
    expect(
      spearman(
        values,
        values.map((x) => -(x ** 3)),
      ),
    ).toBeCloseTo(-1, 14);
    expect(pearson([1, 2, 3], [2, 4, 6])).toBeCloseTo(1, 14);
    expect(() => pearson([1, 2, 3], [1, 1, 1])).toThrow(ConstantSeries);
    expect(() => spearman([1, 2], [1, 2, 3])).toThrow(ShapeMismatch);
    expect(() => spearman([1, NaN, 2], [1, 2, 3])).toThrow(NonFiniteValue);
  });

  it('leaves sessions without a correlation out, saying why, and never fills them with zero', () => {
    const sessions = [
      ...Array<string>(6).fill('d1'),
      ...Array<string>(3).fill('d2'),
      ...Array<string>(5).fill('d3'),
    ];
    const predictions = [1, 2, 3, 4, 5, 6, 1, 2, 3, 7, 7, 7, 7, 7];
    const returns = [1, 2, NaN, 4, 5, 6, 1, 2, 3, 1, 2, 3, 4, 5];
    const daily = dailyRankIc(sessions, predictions, returns);
    expect(daily).toEqual([
      { session: 'd1', ic: 1, gap: null, pairs: 5 },
      { session: 'd2', ic: null, gap: 'too-few-pairs', pairs: 3 },
      { session: 'd3', ic: null, gap: 'constant-prediction', pairs: 5 },
    ]);
    const broken = predictions.map((value, row) => (row === 0 ? Number.NaN : value));
    expect(() => dailyRankIc(sessions, broken, returns)).toThrow(NonFiniteValue);
  });
});

describe('HAC mean', () => {
  const series = simulatedReturns({ rows: 300, seed: 12, mean: 0.001, autocorrelation: 0.4 });

  it('is the ordinary standard error without lags', () => {
    const result = hacMean(series, { lag: 0, smallSample: true });
    expect(result.standardError).toBeCloseTo(standardDeviation(series, 1) / Math.sqrt(300), 14);
  });

  it('widens for positively dependent values, and its bound lies in its interval', () => {
    const without = hacMean(series, { lag: 0, smallSample: true });
    const withLags = hacMean(series, { lag: 8, smallSample: true });
    expect(withLags.standardError).toBeGreaterThan(1.2 * without.standardError);
    expect(withLags.lowerBound).toBeGreaterThan(withLags.intervalStudent[0]);
    expect(withLags.lowerBound).toBeLessThan(withLags.mean);
  });

  it('refuses flat, short and broken series and impossible lags', () => {
    expect(() => hacMean([1, 1, 1, 1], { lag: 0, smallSample: true })).toThrow(ConstantSeries);
    expect(() => hacMean([1, 2], { lag: 0, smallSample: true })).toThrow(SampleTooShort);
    expect(() => hacMean([1, 2, NaN], { lag: 0, smallSample: true })).toThrow(NonFiniteValue);
    expect(() => hacMean([1, 2, 4], { lag: 3, smallSample: true })).toThrow(/lag is 3/u);
    for (const confidence of [0.4, 1, Number.NaN]) {
      expect(() => hacMean([1, 2, 4], { lag: 1, smallSample: true, confidence })).toThrow(/confidence/u);
    }
  });
});

describe('maximum drawdown', () => {
  it('is the largest fall between any two moments', () => {
    const returns = simulatedReturns({ rows: 120, seed: 4, deviation: 0.03 });
    const equity = [1];
    for (const value of returns) equity.push((equity.at(-1) ?? NaN) * (1 + value));
    let worst = 0;
    equity.forEach((peak, from) => {
      for (const later of equity.slice(from)) worst = Math.max(worst, 1 - later / peak);
    });
    expect(maximumDrawdown(returns).maximum).toBeCloseTo(worst, 12);
  });

  it('counts a fall from the start, none when equity only rises, and refuses the impossible', () => {
    expect(maximumDrawdown([-0.1, 0.05])).toEqual({
      maximum: expect.closeTo(0.1, 12) as number,
      peak: -1,
      trough: 0,
    });
    expect(maximumDrawdown([0.1, 0.2])).toEqual({ maximum: 0, peak: -1, trough: -1 });
    expect(maximumDrawdown([0.1, -0.5, 0.1]).peak).toBe(0);
    expect(() => maximumDrawdown([0.1, -1.5])).toThrow(/row 2/u);
    // Everything can be lost and no more; the earlier of two equal peaks is the one that was fallen from.
    expect(maximumDrawdown([0.1, -1, 5])).toEqual({ maximum: 1, peak: 0, trough: 1 });
    expect(maximumDrawdown([0.5, 0, -0.5]).peak).toBe(0);
    expect(() => maximumDrawdown([0.1, -1.5], 'candidate')).toThrow(
      expect.objectContaining({
        remedy: 'Returns are simple daily returns as fractions: 0.01 is one per cent.',
        details: { series: 'candidate', row: 2, value: -1.5 },
      }),
    );
    expect(() => maximumDrawdown([])).toThrow(SampleTooShort);
    expect(() => maximumDrawdown([NaN])).toThrow(NonFiniteValue);
  });
});

describe('eigenvalues and effective trials', () => {
  it('finds the roots of a known matrix, diagonal and repeated ones included', () => {
    const matrix = Float64Array.from([2, -1, 0, -1, 2, -1, 0, -1, 2]);
    const expected = [2 + Math.SQRT2, 2, 2 - Math.SQRT2];
    symmetricEigenvalues(matrix, 3).forEach((value, rank) => {
      expect(value).toBeCloseTo(expected[rank] ?? NaN, 13);
    });
    expect([...symmetricEigenvalues(Float64Array.from([5, 0, 0, -3]), 2)]).toEqual([
      expect.closeTo(5, 13),
      expect.closeTo(-3, 13),
    ]);
    expect([...symmetricEigenvalues(Float64Array.from([4]), 1)][0]).toBeCloseTo(4, 13);
    expect(() => symmetricEigenvalues(Float64Array.from([NaN]), 1)).toThrow(NonFiniteValue);
    expect(() => symmetricEigenvalues(Float64Array.from([1, 2]), 2)).toThrow(/matrix entries/u);
  });

  it('keeps trace and sum of squares', () => {
    const columns = simulatedPanel({ rows: 60, columns: 30, seed: 3 });
    const matrix = correlationMatrix(columns);
    const eigenvalues = symmetricEigenvalues(matrix, 30);
    const total = eigenvalues.reduce((sum, value) => sum + value, 0);
    const squares = eigenvalues.reduce((sum, value) => sum + value * value, 0);
    expect(total).toBeCloseTo(30, 11);
    expect(squares).toBeCloseTo(
      matrix.reduce((sum, value) => sum + value * value, 0),
      10,
    );
    expect([...eigenvalues]).toEqual([...eigenvalues].toSorted((a, b) => b - a));
  });

  it('counts copies of one trial as one, and independent trials as themselves', () => {
    const one = simulatedReturns({ rows: 200, seed: 5 });
    const copies = effectiveTrials([one, one.map((x) => 2 * x), one, one]);
    expect(copies.participationRatio).toBeCloseTo(1, 10);
    expect(copies.liJi).toBeCloseTo(1, 6);
    expect(copies.highest).toBe(4);
    const free = effectiveTrials(simulatedPanel({ rows: 4000, columns: 6, seed: 8 }));
    const { averageCorrelationFormula, participationRatio, entropyRank, nyholt, galwey } = free;
    for (const estimate of [averageCorrelationFormula, participationRatio, entropyRank, nyholt, galwey]) {
      expect(estimate).toBeGreaterThan(5.5);
    }
    // Clusters are a partition of whatever there is: the low end of the range, never a measure of independence.
    expect(free.lowest).toBe(Math.min(free.clusters, galwey, participationRatio, entropyRank));
    expect(free.highest).toBe(6);
  });

  it('refuses one trial, flat trials and unpaired ones', () => {
    const one = simulatedReturns({ rows: 200, seed: 5 });
    expect(() => effectiveTrials([one])).toThrow(SampleTooShort);
    expect(() => effectiveTrials([one, new Float64Array(200)], ['a', 'b'])).toThrow(/b is constant/u);
    expect(() => effectiveTrials([one, one.slice(1)])).toThrow(ShapeMismatch);
  });
});

describe('automatic block length', () => {
  it('grows with dependence and refuses series without any variation', () => {
    const independent = politisWhiteBlock(simulatedReturns({ rows: 1000, seed: 1 })).stationary;
    const dependent = politisWhiteBlock(
      simulatedReturns({ rows: 1000, seed: 1, autocorrelation: 0.8 }),
    ).stationary;
    expect(dependent).toBeGreaterThan(4 * independent);
    expect(() => politisWhiteBlock(new Float64Array(100))).toThrow(ConstantSeries);
    expect(() => politisWhiteBlock([1, 2, 3])).toThrow(SampleTooShort);
  });
});
