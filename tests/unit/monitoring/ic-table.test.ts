import { describe, expect, it } from 'vitest';
import { parseIcTable } from '../../../monitoring/ic-table.ts';

describe('a table of daily ICs', () => {
  it('reads numbered days and dates, and takes an empty cell for a session without an IC', () => {
    expect(parseIcTable('day,a,b\n0,0.1,\n1,nan,-0.2\n')).toEqual({
      days: [0, 1],
      series: [
        { name: 'a', ic: Float64Array.of(0.1, NaN) },
        { name: 'b', ic: Float64Array.of(NaN, -0.2) },
      ],
    });
    expect(parseIcTable('\uFEFFday,a\r\n2026-01-05,1e-2\r\n2026-01-06,.5\r\n').days).toEqual([
      '2026-01-05',
      '2026-01-06',
    ]);
  });

  it.each([
    ['', /line 1: the file is empty/u],
    ['date,a\n0,0.1', /line 1: the first column is date/u],
    ['day\n0', /line 1: there is no column of ICs/u],
    ['day,a,a\n0,0.1,0.1', /two columns are named a/u],
    ['day,,b\n0,0.1,0.1', /column 2 has no name/u],
    ['day,a', /line 2: there is no row/u],
    ['day,a\n0,0.1,0.2', /line 2: 3 cells under 2 names/u],
    ['day,a\n0,0.1\n0,0.2', /line 3: day 0 occurs twice/u],
    ['day,a\n1,0.1\n0,0.2', /line 3: day 0 stands after 1/u],
    ['day,a\n0,0.1\nx,0.2', /line 3: day is x, not a whole number/u],
    ['day,a\n2026-02-29,0.1', /line 2: day is 2026-02-29/u],
    ['day,a\n0,text', /line 2: column a holds text/u],
    ['day,a\n0,inf', /line 2: column a holds inf/u],
    ['day,a\n0,1.5', /line 2: column a holds 1.5, not a correlation/u],
  ])('refuses %j', (text, message) => {
    expect(() => parseIcTable(text)).toThrow(message);
  });
});
