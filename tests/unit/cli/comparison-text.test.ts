import { describe, expect, it } from 'vitest';
import { reignComparisonText } from '../../../cli/comparison-text.ts';
import { ReignComparison } from '../../../contracts/api/comparison.ts';
import { comparisonOf } from '../../../control/reign-comparison.ts';
import { comparisonSettings } from '../../../monitoring/comparison/comparison-settings.ts';
import {
  beginComparison,
  beginReign,
  observePairs,
} from '../../../monitoring/comparison/running-comparison.ts';
import type { ReignRecord } from '../../../registry/champions.ts';
import type { LiveResult } from '../../../registry/results.ts';

const label = { kind: 'forward_return_rank', horizonSessions: 5, entryDelaySessions: 1 } as const;
const observed = (opponent: 'previous' | 'frozen') =>
  Array.from({ length: 40 }, (_, day) => ({
    ...{
      opponent,
      measure: 'returns' as const,
      session: new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 10),
    },
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

const REIGN: ReignRecord = {
  ...{ model: 'tw-alpha', epoch: 3, versionId: 'a'.repeat(64), version: 4, fromVersion: 2, cause: 'swap' },
  ...{ retrainId: null, decisionHash: null, actor: 'system', reason: 'promoted' },
  ...{ businessAt: '2024-01-02T06:30:00.000Z', recordedAt: '2024-01-02T06:31:00.000Z' },
};
const result = (change: Partial<LiveResult>): LiveResult => ({
  ...{ model: 'tw-alpha', versionId: REIGN.versionId, session: '2024-02-01', epoch: 3, rankIc: null },
  ...{ netReturn: null, turnover: null, role: 'champion', status: 'awaiting', numbers: {} },
  ...change,
});
const results = [
  result({ rankIc: 0.1, status: 'matured' }),
  result({}),
  result({ status: 'overdue' }),
  result({ role: 'previous' }),
  result({ epoch: 1, rankIc: 0.2, status: 'matured' }),
];
const reading = comparisonOf(REIGN, { newest: measurement, sessions: 3, results });

describe('the comparison of a reign on the command line', () => {
  it('names every opponent with both measures, and says worse where it is shown', () => {
    const text = reignComparisonText(reading);
    expect(text).toMatch(/^Comparison of tw-alpha, epoch 3 \(version 4, since 2024-01-02\)/u);
    expect(text).toContain('After 2024-03-01: guard none (no bound was crossed)');
    expect(text.match(/the previous champion +(?:net returns|rank IC)/gu)).toHaveLength(2);
    expect(text).toMatch(/never retrained +net returns +40 .* worse$/mu);
    expect(text).toMatch(/the universe +net returns +0 +not yet/u);
  });

  it('counts the labels of this reign and champion alone: those that matured, and those that are awaited', () => {
    expect(reading.labels).toEqual({ matured: 1, awaited: 2 });
    expect(reignComparisonText(reading)).toContain('3 sessions measured, labels: 1 matured, 2 awaited');
  });

  it('is what the contract of the API says, in every state', () => {
    const unmeasured = comparisonOf(REIGN, { newest: null, sessions: 0, results: [] });
    const ofAnEarlierRelease = comparisonOf(REIGN, {
      newest: { ...measurement, state: {} },
      sessions: 1,
      results: [],
    });
    for (const each of [reading, unmeasured, ofAnEarlierRelease]) {
      expect(ReignComparison.parse(JSON.parse(JSON.stringify(each)))).toEqual(each);
    }
    expect(reignComparisonText(unmeasured)).toMatch(/: no session measured yet$/u);
    expect(ofAnEarlierRelease.opponents).toEqual([]);
    expect(reignComparisonText(ofAnEarlierRelease)).toContain('1 session measured');
  });
});
