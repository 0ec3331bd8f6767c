import { describe, expect, it } from 'vitest';
import { match, paths } from '../../../dashboards/web/src/addresses.ts';
import { csvOf } from '../../../dashboards/web/src/components/csv.ts';
import {
  confidenceBand,
  drawdown,
  equity,
  runningMean,
} from '../../../dashboards/web/src/components/series.ts';
import { hacMean } from '../../../stats/hac.ts';

describe('addresses', () => {
  it('lead back to what they were made from, whatever characters it holds', () => {
    const id = 'retrain:tw-alpha:2019-06-28T19:00:00.000Z';
    expect(match('/retrains/:retrain', paths.retrain(id))).toEqual({ retrain: id });
    expect(match('/retrains/:retrain/approval', paths.approval(id))).toEqual({ retrain: id });
    expect(match('/models/:model', paths.model('a/b?c#d'))).toEqual({ model: 'a/b?c#d' });
  });

  it('match nothing when a part is missing, too much or cannot be decoded', () => {
    for (const path of ['/models', '/models/', '/models/a/b', '/models/%E0%A4%A', '/elsewhere/a']) {
      expect(match('/models/:model', path), path).toBeNull();
    }
  });
});

describe('exported tables', () => {
  const columns = [{ title: 'name', value: (row: string) => row }];

  it('quote what has to be', () => {
    expect(csvOf(columns, ['plain', 'a,b', 'say "so"', 'two\nlines'])).toBe(
      'name\r\nplain\r\n"a,b"\r\n"say ""so"""\r\n"two\nlines"',
    );
  });

  it('never hold what a spreadsheet would run as a formula', () => {
    for (const text of ['=1+1', '+1', '-1', '@cmd', '\tx']) {
      expect(csvOf(columns, [text]).split('\r\n')[1]?.replace(/^"/u, '')).toMatch(/^'/u);
    }
  });

  it('leave unknown values empty and numbers as they are', () => {
    const both = [
      { title: 'a', value: (row: number | null) => row },
      { title: 'b', value: () => null },
    ];
    expect(csvOf(both, [-1.5, null])).toBe('a,b\r\n-1.5,\r\n,');
  });
});

describe('series of a page', () => {
  const values = Array.from({ length: 40 }, (_, index) => Math.sin(index) / 10 + 0.03);

  it('draw the mean of the last known values, nothing before there are ten', () => {
    const mean = runningMean([null, ...values], 20);
    expect(mean.slice(0, 10).every((value) => value === null)).toBe(true);
    const last = values.slice(-20);
    expect(mean.at(-1)).toBeCloseTo(last.reduce((sum, value) => sum + value, 0) / 20, 12);
  });

  it('have the interval that the statistics of the gates give', () => {
    const window = values.slice(-30);
    const { lower, upper } = confidenceBand(values, 30);
    const { mean, standardError } = hacMean(window, { lag: 5, smallSample: false });
    expect(lower.at(-1)).toBeCloseTo(mean - 1.96 * standardError, 10);
    expect(upper.at(-1)).toBeCloseTo(mean + 1.96 * standardError, 10);
  });

  it('compound returns, and measure how far below the highest the equity is', () => {
    expect(equity([0.1, null, -0.5])).toEqual([1.1, 1.1, 1.1 * 0.5]);
    const [first = 1, second = 1, third = 1] = drawdown([0.1, -0.5, 0.5]);
    expect(first).toBe(0);
    expect(second).toBeCloseTo(-0.5, 12);
    expect(third).toBeCloseTo(-0.25, 12);
  });
});
