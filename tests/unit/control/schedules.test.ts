import { describe, expect, it } from 'vitest';
import { schedulesText } from '../../../cli/schedules-text.ts';
import { lastRun, type ScheduleFacts } from '../../../control/schedules.ts';
import type { ScheduledRecord } from '../../../registry/schedules.ts';

const RECORD: ScheduledRecord = {
  ...{ model: 'tw-alpha', kind: 'drill', startedAt: '2026-11-20T22:00:03.000Z', outcome: 'failed' },
  ...{ reason: 'server-b: no report in time', reference: '7' },
};

describe('the last run of a schedule', () => {
  it('is what the registry has of it, also when Temporal remembers none any more', () => {
    const { startedAt: at, outcome, reason, reference } = RECORD;
    for (const begun of ['2026-11-20T22:00:00.000Z', '2026-11-20T22:00:06.000Z', null]) {
      expect(lastRun(begun, RECORD)).toEqual({ at, outcome, reason, reference });
    }
  });

  it('is one without a record when Temporal started another since, and none when nobody knows any', () => {
    const nothing = { at: '2026-11-27T22:00:00.000Z', outcome: 'nothing', reason: '', reference: '' };
    expect(lastRun(nothing.at, RECORD)).toEqual(nothing);
    expect(lastRun(nothing.at, null)).toEqual(nothing);
    expect(lastRun(null, null)).toBeNull();
  });
});

describe('schedules in a terminal', () => {
  const drill: ScheduleFacts = {
    ...{ model: 'tw-alpha', kind: 'drill', field: 'drill.cron', cron: '0 6 * * 6', zone: 'Asia/Taipei' },
    ...{ paused: false, note: '', next: ['2026-11-27T22:00:00.000Z'], recent: [], missedCatchup: 0 },
    last: lastRun(null, RECORD),
  };

  it('are in the time of the market, with outcome and the field that sets them', () => {
    const text = schedulesText([drill]);
    expect(text).toContain('2026-11-28 06:00');
    expect(text).toContain('2026-11-21 06:00');
    expect(text).toContain('failed (7): server-b: no report in time');
    expect(text).toContain('drill.cron: 0 6 * * 6 (Asia/Taipei)');
  });

  it('say who paused one, and that there is none', () => {
    const paused = schedulesText([
      { ...drill, paused: true, note: 'olga: servers are replaced', last: null },
    ]);
    expect(paused).toContain('PAUSED olga: servers are replaced');
    expect(paused).not.toContain('2026-11-28');
    expect(schedulesText([])).toMatch(/^No schedules\./u);
  });
});
