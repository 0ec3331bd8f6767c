import { describe, expect, it } from 'vitest';
import { drillText, standingText } from '../../../cli/drill-text.ts';
import type { DrillServer, DrillStanding, RollbackDrill } from '../../../contracts/drill.ts';

const PASSED: DrillServer = {
  ...{ server: 'server-a', outcome: 'passed', code: '', reason: '', remedy: '' },
  ...{ loadMs: 123.4, checkMs: 3.2, rows: 500, mismatches: 0, warm: true, warmMs: 2.4 },
};
const FAILED: DrillServer = {
  ...PASSED,
  ...{ server: 'server-b', outcome: 'failed', code: 'ARTIFACT_MISSING', reason: 'it is gone' },
  ...{ remedy: 'Restore it.', loadMs: null, checkMs: null, rows: 0, warm: false, warmMs: null },
};
const DRILL: RollbackDrill = {
  ...{ id: 7, model: 'tw-alpha', epoch: 2, champion: 3, target: 2, targetId: 'a'.repeat(64) },
  ...{ trigger: 'manual', requestedBy: 'olga', reason: 'before the holidays', result: 'failed' },
  ...{ endedReason: 'server-b: it is gone', openedAt: '2026-01-01T00:00:00.000Z' },
  ...{ deadline: '2026-01-01T00:01:00.000Z', endedAt: '2026-01-01T00:00:02.000Z' },
  ...{ waitedFor: ['server-a', 'server-b'], servers: [PASSED, FAILED] },
};
const STANDING: DrillStanding = {
  ...{ newest: DRILL, passedAt: null, underWay: null, wayBackSince: '2025-01-01T00:00:00.000Z' },
  ...{ maxAgeDays: 15, overdue: false },
};

describe('a drill on the command line', () => {
  it('says of each server what was loaded anew, answered as recorded and kept warm, and what to do', () => {
    const text = drillText(DRILL);
    expect(text).toContain('Drill 7 of tw-alpha: back from version 3 to 2, failed');
    expect(text).toMatch(/server-a +passed +123 ms +500 of 500 bit-equal in 3 ms +yes, same rows in 2 ms/u);
    expect(text).toMatch(/server-b +failed ARTIFACT_MISSING +- +- +no/u);
    expect(text).toContain('server-b: it is gone. Restore it.');
    expect(text).toContain('The champion, its epoch and its answers are as they were.');
  });

  it('says why one has no verdict, and whom one that runs waits for', () => {
    const yielded = drillText({
      ...DRILL,
      result: 'yielded',
      endedReason: 'a rollback came first',
      servers: [],
    });
    expect(yielded).toContain('yielded: a rollback came first');
    expect(drillText({ ...DRILL, result: null, servers: [] })).toContain('waits for server-a, server-b');
  });

  it.each([
    ['2026-01-01T00:00:02.000Z', '0 minutes ago'],
    ['2026-01-01T00:01:03.000Z', '1 minute ago'],
    ['2026-01-02T23:00:02.000Z', '47 hours ago'],
    ['2026-01-03T00:00:02.000Z', '2 days ago'],
  ])('is as old at %s as people say it', (now, age) => {
    expect(standingText(STANDING, now)).toBe(
      `${age} (2026-01-01T00:00:02.000Z), version 2, FAILED on server-b`,
    );
  });

  it('says never, that one runs, and that one is overdue', () => {
    const now = '2026-01-01T00:00:02.000Z';
    expect(standingText({ ...STANDING, newest: null }, now)).toBe('never');
    expect(standingText({ ...STANDING, newest: null, wayBackSince: null }, now)).toBe(
      'never: there is no way back yet',
    );
    expect(standingText({ ...STANDING, newest: null, overdue: true, underWay: 8 }, now)).toBe(
      'never; drill 8 runs; OVERDUE: none has passed for more than 15 days',
    );
  });
});
