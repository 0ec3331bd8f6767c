import { describe, expect, it } from 'vitest';
import { reignComparison, reignComparisonText } from '../../../cli/comparison-text.ts';
import { comparisonSettings } from '../../../monitoring/comparison/comparison-settings.ts';
import {
  beginComparison,
  beginReign,
  observePairs,
} from '../../../monitoring/comparison/running-comparison.ts';

const label = { kind: 'forward_return_rank', horizonSessions: 5, entryDelaySessions: 1 } as const;
const observed = (opponent: 'previous' | 'frozen') =>
  Array.from({ length: 40 }, (_, day) => ({
    ...{ opponent, measure: 'returns' as const, session: String(10_000 + day) },
    ...{
      mine: 0.01 * Math.sin(day),
      other: opponent === 'frozen' ? 0.05 + 0.01 * Math.cos(day) : 0.01 * Math.cos(day),
    },
  }));
const comparison = observePairs(
  beginReign(beginComparison(comparisonSettings({ label }, 250), ['previous', 'universe', 'frozen'])),
  [...observed('previous'), ...observed('frozen')],
);
const measurement = {
  ...{ session: '2024-03-01', decidedAt: '2024-03-01T06:30:00.000Z', verdict: 'pass' as const },
  ...{
    action: 'none' as const,
    cause: 'none',
    reason: 'no bound was crossed',
    number: null,
    threshold: null,
  },
  ...{ failedInRow: 0, inconclusiveInRow: 0, state: { schema: 1, comparison, severity: null } },
};

describe('the comparison of a reign on the command line', () => {
  it('names every opponent with both measures, and says worse where it is shown', () => {
    const reading = reignComparison(3, measurement);
    if (reading === null) throw new Error('no reading');
    const text = reignComparisonText(reading);
    expect(text).toMatch(/^Comparison of epoch 3 after 2024-03-01: guard none \(no bound was crossed\)/u);
    expect(text.match(/the previous champion/gu)).toHaveLength(2);
    expect(text.match(/the universe/gu)).toHaveLength(2);
    expect(text).toMatch(/never retrained +net returns +40 .* worse/u);
  });

  it('is left out before the first measured session and for a state of an earlier release', () => {
    expect(reignComparison(1, undefined)).toBeNull();
    expect(reignComparison(1, { ...measurement, state: {} })).toBeNull();
  });
});
