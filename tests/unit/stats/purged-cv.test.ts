import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ParameterOutOfRange, SampleTooShort, ShapeMismatch } from '../../../stats/errors.ts';
import { assemblePaths, purgedCombinations } from '../../../stats/purged-cv.ts';

const daily = (count: number, horizon: number) => ({
  starts: Array.from({ length: count }, (_, row) => row),
  ends: Array.from({ length: count }, (_, row) => row + horizon),
});

describe('combinatorial purged cross-validation', () => {
  it('makes C(n, k) splits and C(n, k) k / n paths that cover every observation once', () => {
    const plan = purgedCombinations({ ...daily(60, 2), groups: 6, testGroups: 2, embargo: 0 });
    expect(plan.splits).toHaveLength(15);
    expect(plan.paths).toHaveLength(5);
    for (const group of [0, 1, 2, 3, 4, 5]) {
      const used = plan.paths.map((path) => path[group]);
      expect(new Set(used).size).toBe(5);
      for (const split of used) expect(plan.splits[split ?? -1]?.testGroups).toContain(group);
    }
    // The value of an observation says by which split it was made: each path takes it from a split that tests it.
    const values = plan.splits.map((split, index) => Array.from(split.test, (row) => 100 * row + index));
    for (const [number, path] of assemblePaths(plan, values).entries()) {
      path.forEach((value, row) => {
        expect(Math.floor(value / 100)).toBe(row);
        expect(value % 100).toBe(plan.paths[number]?.[Math.floor(row / 10)]);
      });
    }
  });

  it('purges around each stretch of test groups by itself', () => {
    const plan = purgedCombinations({ ...daily(12, 1), groups: 6, testGroups: 2, embargo: 1 });
    const apart = plan.splits.find((split) => split.testGroups.join() === '0,4');
    // Groups 0 (rows 0, 1) and 4 (rows 8, 9): the label of row 1 reaches row 2, that of row 7 reaches row 8, that of row 9 row 10.
    expect([...(apart?.train ?? [])]).toEqual([4, 5, 6]);
    expect(apart).toMatchObject({ purged: 3, embargoed: 2 });
  });

  it('never trains on a span that touches a test span, nor inside the embargo', () => {
    const observation = fc.record({
      gap: fc.integer({ min: 0, max: 3 }),
      length: fc.integer({ min: 0, max: 6 }),
    });
    fc.assert(
      fc.property(
        fc.array(observation, { minLength: 30, maxLength: 90 }),
        fc.integer({ min: 2, max: 7 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 0, max: 5 }),
        (observations, groups, wanted, embargo) => {
          let session = 0;
          const starts = observations.map(({ gap }) => (session += gap));
          const ends = observations.map(({ length }, row) => (starts[row] ?? 0) + length);
          const testGroups = Math.min(wanted, groups - 1);
          let plan;
          try {
            plan = purgedCombinations({ starts, ends, groups, testGroups, embargo });
          } catch (error) {
            expect(error).toBeInstanceOf(SampleTooShort);
            return;
          }
          for (const split of plan.splits) {
            const tested = new Set(split.test);
            expect(split.train.length + split.test.length + split.purged + split.embargoed).toBe(
              starts.length,
            );
            for (const row of split.train) {
              for (const other of split.test) {
                const leaks =
                  (starts[row] ?? 0) <= (ends[other] ?? 0) && (ends[row] ?? 0) >= (starts[other] ?? 0);
                expect(leaks).toBe(false);
                const follows = (starts[row] ?? 0) > (ends[other] ?? 0);
                const last = !tested.has(other + 1);
                if (last && follows && embargo > 0) {
                  expect((starts[row] ?? 0) - (ends[other] ?? 0)).toBeGreaterThan(0);
                }
              }
            }
            for (const bound of plan.bounds.subarray(1, groups)) {
              expect(starts[bound]).not.toBe(starts[bound - 1]);
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('keeps the embargo after every stretch, not after the last one only', () => {
    const plan = purgedCombinations({ ...daily(40, 0), groups: 8, testGroups: 2, embargo: 3 });
    const split = plan.splits.find((candidate) => candidate.testGroups.join() === '1,4');
    expect([...(split?.train ?? [])]).toEqual([
      0,
      1,
      2,
      3,
      4,
      13,
      14,
      15,
      16,
      17,
      18,
      19,
      28,
      29,
      ...range(30, 40),
    ]);
    expect(split).toMatchObject({ purged: 0, embargoed: 6 });
  });

  it('refuses unsorted or unpaired spans, too many groups, and splits without training data', () => {
    const options = { ...daily(20, 1), groups: 4, testGroups: 1, embargo: 0 };
    expect(() => purgedCombinations({ ...options, starts: [1, 0], ends: [1, 1] })).toThrow(ShapeMismatch);
    expect(() => purgedCombinations({ ...options, starts: [1, 2], ends: [1, 1] })).toThrow(
      /ends before it starts/u,
    );
    expect(() => purgedCombinations({ ...options, ends: [1] })).toThrow(ShapeMismatch);
    expect(() => purgedCombinations({ ...options, groups: 21 })).toThrow(SampleTooShort);
    expect(() => purgedCombinations({ ...options, groups: 25 })).toThrow(ParameterOutOfRange);
    expect(() => purgedCombinations({ ...options, embargo: 40, testGroups: 3 })).toThrow(
      /nothing to train on/u,
    );
    const plan = purgedCombinations(options);
    expect(() => assemblePaths(plan, [[1]])).toThrow(/split 0 tests 5 observations, 1 values/u);
  });
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
