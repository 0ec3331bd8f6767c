import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Levels, levelFor, thinned } from '../../../dashboards/web/src/charts/thinned.ts';

const values = fc.array(fc.option(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { nil: null }), {
  minLength: 1,
  maxLength: 300,
});
const level = fc.integer({ min: 1, max: 6 });
const timesOf = (rows: readonly unknown[]): number[] => rows.map((_, at) => 86_400 * at);

describe('a thinned chart', () => {
  it('keeps the lowest and the highest value of every stretch, in their order', () => {
    fc.assert(
      fc.property(values, level, (series, thin) => {
        const [times, shown = []] = thinned([timesOf(series), series], thin);
        const width = 2 ** (thin + 1);
        for (let from = 0; from < series.length; from += width) {
          const stretch = series.slice(from, from + width);
          const known = stretch.filter((value) => value !== null);
          const within = [...times].flatMap((time, at) => {
            const row = time / 86_400;
            return row >= from && row < from + width ? [shown[at] ?? null] : [];
          });
          const expected = known.length === 0 ? [null] : [Math.min(...known), Math.max(...known)];
          expect(new Set(within)).toEqual(new Set(expected));
          const [first, last] = within;
          if (
            first !== null &&
            first !== undefined &&
            last !== null &&
            last !== undefined &&
            first !== last
          ) {
            expect(stretch.indexOf(first)).toBeLessThan(stretch.lastIndexOf(last));
          }
        }
      }),
    );
  });

  it('begins and ends when the whole does, its times ascending', () => {
    fc.assert(
      fc.property(values, level, (series, thin) => {
        const all = timesOf(series);
        const [times] = thinned([all, series], thin);
        expect([times[0], times[times.length - 1]]).toEqual([all[0], all.at(-1)]);
        expect([...times]).toEqual([...new Set(times)].toSorted((a, b) => a - b));
      }),
    );
  });

  it('has two rows a pixel at most, and every row where there is room', () => {
    expect(levelFor(2_000, 1_000)).toBe(0);
    expect(levelFor(2_001, 1_000)).toBe(1);
    expect(levelFor(100_000, 1_000)).toBe(6);
    const all = timesOf(Array.from({ length: 100_000 }));
    const levels = new Levels([all, all]);
    const far = levels.within(0, all.at(-1) ?? 0, 1_000);
    expect(far[0].length).toBeLessThanOrEqual(2_000);
    expect(levels.within(0, all.at(-1) ?? 0, 1_000)).toBe(far);
    expect(levels.within(0, 86_400 * 500, 1_000)).toBe(levels.whole);
  });
});
