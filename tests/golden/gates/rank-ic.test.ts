import { describe, expect, it } from 'vitest';
import { hacMean } from '../../../stats/hac.ts';
import { dailyRankIc } from '../../../stats/rank-ic.ts';
import { readColumns, reference } from './reference.ts';

describe('rank IC and its HAC mean against independent reference values', () => {
  const { columns } = readColumns('rank_ic.csv');
  const [dates = new Float64Array(), , predictions = new Float64Array(), returns = new Float64Array()] =
    columns;
  const daily = dailyRankIc(Array.from(dates, String), predictions, returns);
  const values = daily.map((day) => day.ic ?? NaN);
  const expected = reference.rank_ic_hac;

  it('ranks ties by their average and leaves rows without a return out', () => {
    expect(values).toHaveLength(expected.n_dates);
    expected.ic_first10.forEach((ic, day) => {
      expect(values[day]).toBeCloseTo(ic, 14);
    });
  });

  for (const [key, wanted] of Object.entries(expected.hac)) {
    it(`agrees on error, p-values and intervals for ${key.replace('_', ' and ')}`, () => {
      const [, lag = '', corrected = ''] = /lag(\d+)_corr(\d)/u.exec(key) ?? [];
      const result = hacMean(values, { lag: Number(lag), smallSample: corrected === '1' });
      expect(result.mean).toBeCloseTo(expected.ic_mean, 14);
      expect(result.standardError).toBeCloseTo(wanted.se, 14);
      expect(result.tStatistic).toBeCloseTo(wanted.t, 10);
      expect(result.pTwoSidedNormal).toBeCloseTo(wanted.p_two_sided_normal, 12);
      expect(result.pTwoSidedStudent).toBeCloseTo(wanted.p_two_sided_t, 12);
      expect(result.intervalNormal[0]).toBeCloseTo(wanted.ci95_normal[0], 12);
      expect(result.intervalNormal[1]).toBeCloseTo(wanted.ci95_normal[1], 12);
      expect(result.intervalStudent[0]).toBeCloseTo(wanted.ci95_t[0], 12);
      expect(result.intervalStudent[1]).toBeCloseTo(wanted.ci95_t[1], 12);
    });
  }
});
