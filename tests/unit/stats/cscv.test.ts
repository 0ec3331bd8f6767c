import { describe, expect, it } from 'vitest';
import { binomial } from '../../../stats/block-combinations.ts';
import { cscv } from '../../../stats/cscv.ts';
import { ConstantSeries, NonFiniteValue, SampleTooShort, ShapeMismatch } from '../../../stats/errors.ts';
import { averageRanks } from '../../../stats/rank.ts';
import { mean, standardDeviation } from '../../../stats/series.ts';
import { simulatedPanel } from './simulated.ts';

/** All k-subsets of 0 .. n - 1 in lexicographic order. */
function subsets(n: number, k: number, from = 0): number[][] {
  if (k === 0) return [[]];
  return Array.from({ length: Math.max(0, n - from) }, (_, offset) => from + offset).flatMap((first) =>
    subsets(n, k - 1, first + 1).map((rest) => [first, ...rest]),
  );
}

/** CSCV as the paper writes it: every half copied out, every Sharpe ratio from the rows. */
function naive(columns: readonly Float64Array[], splits: number) {
  const rows = columns[0]?.length ?? 0;
  const size = Math.floor(rows / splits);
  const skip = rows - size * splits;
  const half = (column: Float64Array, blocks: readonly number[]): number[] =>
    blocks.flatMap((block) => [...column.subarray(skip + block * size, skip + (block + 1) * size)]);
  const sharpe = (values: number[]): number => mean(values) / standardDeviation(values, 1);
  return subsets(splits, splits / 2).map((chosen) => {
    const rest = [...Array(splits).keys()].filter((block) => !chosen.includes(block));
    const inSample = columns.map((column) => sharpe(half(column, chosen)));
    const outOfSample = columns.map((column) => sharpe(half(column, rest)));
    const winner = inSample.indexOf(Math.max(...inSample));
    return { winner, rank: averageRanks(outOfSample)[winner], reached: outOfSample[winner] };
  });
}

describe('CSCV', () => {
  for (const [rows, columns, splits] of [
    [80, 5, 4],
    [131, 7, 8],
    [97, 4, 6],
    [60, 3, 10],
    [41, 2, 2],
  ] as const) {
    it(`equals the naive procedure on ${String(rows)} rows, ${String(columns)} trials, ${String(splits)} splits`, () => {
      const panel = simulatedPanel({ rows, columns, seed: rows, skilled: 1, mean: 0.001 });
      const expected = naive(panel, splits);
      const result = cscv({ columns: panel, splits });
      expect(result.combinations).toBe(expected.length);
      expect([...result.winners]).toEqual(expected.map((entry) => entry.winner));
      expect([...result.winnerRanks]).toEqual(expected.map((entry) => entry.rank));
      expected.forEach((entry, index) => {
        expect(result.outOfSample[index]).toBeCloseTo(entry.reached ?? NaN, 11);
      });
      const overfit = expected.filter((entry) => 2 * (entry.rank ?? NaN) <= columns + 1).length;
      expect(result.pbo).toBe(overfit / expected.length);
    });
  }

  it('says both what the exact median counts as', () => {
    const panel = simulatedPanel({ rows: 120, columns: 5, seed: 4 });
    const result = cscv({ columns: panel, splits: 8 });
    expect(result.exactMedians).toBeGreaterThan(0);
    expect(result.pbo - result.pboStrict).toBeCloseTo(result.exactMedians / result.combinations, 12);
  });

  it('calls a constant column by name instead of choosing it', () => {
    const panel = simulatedPanel({ rows: 375, columns: 4, seed: 2 });
    const names = ['a', 'b', 'c', 'd', 'flat'];
    const withFlat = (value: number): Float64Array[] => [...panel, new Float64Array(375).fill(value)];
    expect(() => cscv({ columns: withFlat(0.0001), names, splits: 8 })).toThrow(ConstantSeries);
    expect(() => cscv({ columns: withFlat(0.0001), names, splits: 8 })).toThrow(/flat is constant/u);
    expect(() => cscv({ columns: withFlat(0), names, splits: 8 })).toThrow(/flat is constant/u);
    expect(() => cscv({ columns: withFlat(0.0001), names, splits: 8, constantZero: 'zero-sharpe' })).toThrow(
      ConstantSeries,
    );
    const zero = cscv({ columns: withFlat(0), names, splits: 8, constantZero: 'zero-sharpe' });
    expect(Number.isFinite(zero.pbo)).toBe(true);
  });

  it('refuses odd splits, too few rows or trials, unpaired and non-finite returns', () => {
    const panel = simulatedPanel({ rows: 40, columns: 3, seed: 2 });
    expect(() => cscv({ columns: panel, splits: 7 })).toThrow(/even/u);
    expect(() => cscv({ columns: panel, splits: 26 })).toThrow(/splits is 26/u);
    expect(() => cscv({ columns: panel, splits: 24 })).toThrow(SampleTooShort);
    expect(() => cscv({ columns: panel.slice(0, 1), splits: 4 })).toThrow(SampleTooShort);
    expect(() => cscv({ columns: [...panel, new Float64Array(39)], splits: 4 })).toThrow(ShapeMismatch);
    const broken = panel.map((column) => column.map((value, row) => (row === 7 ? Number.NaN : value)));
    expect(() => cscv({ columns: broken, splits: 4 })).toThrow(NonFiniteValue);
  });

  it('counts combinations exactly', () => {
    expect([2, 4, 8, 16, 24].map((splits) => binomial(splits, splits / 2))).toEqual([
      2, 6, 70, 12870, 2704156,
    ]);
  });
});
