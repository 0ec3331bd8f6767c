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
    const average = mean(Float64Array.from(outOfSample));
    return { winner, rank: averageRanks(outOfSample)[winner], reached: outOfSample[winner], average };
  });
}

/** Share of probabilities at which the quantile of the winners, and its integral from the lowest one, is no lower. */
function naiveDominance(winners: readonly number[], averages: readonly number[]) {
  const ascending = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);
  const [chosen, random] = [ascending(winners), ascending(averages)];
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const places = [...chosen.keys()];
  const share = (holds: (place: number) => boolean): number => places.filter(holds).length / places.length;
  return {
    firstOrder: share((place) => (chosen[place] ?? NaN) >= (random[place] ?? NaN)),
    secondOrder: share(
      (place) => sum(chosen.slice(0, place + 1)) - sum(random.slice(0, place + 1)) >= -1e-12,
    ),
  };
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
      expect(result.rows).toBe(rows - (rows % splits));
      expect(result.droppedOldestRows).toBe(rows % splits);
      const reached = expected.map((entry) => entry.reached ?? NaN);
      expect(result.dominance).toEqual(
        naiveDominance(
          reached,
          expected.map((entry) => entry.average),
        ),
      );
      expect(result.probabilityOfLoss).toBe(reached.filter((value) => value < 0).length / expected.length);
    });
  }

  it('dominates chance where one trial has the skill, and is dominated where the past is the opposite of the future', () => {
    const skilled = simulatedPanel({ rows: 400, columns: 5, seed: 3, skilled: 2, mean: 0.01 });
    expect(cscv({ columns: skilled, splits: 8 }).dominance).toEqual({ firstOrder: 1, secondOrder: 1 });
    // Two trials that win and lose in turns: whatever won in one half lost in the other.
    const turns = [0, 1].map((side) =>
      Float64Array.from({ length: 40 }, (_, row) => {
        const noise = 0.001 * Math.sin(37 * row);
        return (Math.floor(row / 20) === side ? 0.01 : -0.01) + noise;
      }),
    );
    const result = cscv({ columns: turns, splits: 2 });
    expect(result.dominance).toEqual({ firstOrder: 0, secondOrder: 0 });
    expect(result).toMatchObject({ pbo: 1, probabilityOfLoss: 1 });
  });

  it('takes two rows a block, and says what would be enough for fewer', () => {
    const panel = simulatedPanel({ rows: 16, columns: 3, seed: 5 });
    expect(cscv({ columns: panel, splits: 8 }).rows).toBe(16);
    expect(() => cscv({ columns: panel, splits: 10 })).toThrow(
      expect.objectContaining({
        remedy: 'Use fewer splits or more sessions.',
        details: { rows: 16, splits: 10 },
      }),
    );
    expect(() => cscv({ columns: panel, splits: 7 })).toThrow(
      expect.objectContaining({ remedy: 'Use an even number of splits.' }),
    );
    expect(() => cscv({ columns: [], splits: 4 })).toThrow(/there is 0/u);
    expect(() => cscv({ columns: panel.slice(0, 1), splits: 4 })).toThrow(
      expect.objectContaining({ remedy: 'Run more trials.' }),
    );
  });

  it('names a trial by its name, or else by its place from one', () => {
    const panel = simulatedPanel({ rows: 40, columns: 3, seed: 2 });
    const broken = panel.map((column, index) => (index === 1 ? column.map(() => Number.NaN) : column));
    expect(() => cscv({ columns: broken, splits: 4 })).toThrow(/column 2/u);
    expect(() => cscv({ columns: broken, splits: 4, names: ['a', 'b', 'c'] })).toThrow(/\bb is NaN/u);
    const shorter = panel.map((column, index) => (index === 2 ? column.slice(1) : column));
    expect(() => cscv({ columns: shorter, splits: 4 })).toThrow(/column 1.*column 3|column 3.*column 1/u);
    expect(() => cscv({ columns: shorter, splits: 4, names: ['a', 'b', 'c'] })).toThrow(
      /\ba\b.*\bc\b|\bc\b.*\ba\b/u,
    );
    const flat = [...panel, new Float64Array(40)];
    expect(() => cscv({ columns: flat, splits: 4 })).toThrow(/column 4 is constant/u);
  });

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
