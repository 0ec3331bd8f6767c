import { describe, expect, it } from 'vitest';
import { AlertInput, type AlertReport } from '../../../contracts/alert.ts';
import type { DrillServer, DrillStanding, RollbackDrill } from '../../../contracts/drill.ts';
import { drillAlert, heldAlert } from '../../../registry/drill-alert.ts';
import { tellOverdueDrills } from '../../../workers/drill-watch.ts';
import { told } from '../../../contracts/wording/told.ts';

const SINCE = '2026-01-01T00:00:00.000Z';
const standing = (
  model: string,
  changes: Partial<DrillStanding> = {},
): DrillStanding & { readonly model: string } => ({
  ...{ model, newest: null, passedAt: null, underWay: null, wayBackSince: SINCE },
  ...{ maxAgeDays: 15, overdue: false },
  ...changes,
});

async function toldOf(
  standings: readonly (DrillStanding & { readonly model: string })[],
  now: string,
): Promise<readonly AlertReport[]> {
  const raised: AlertReport[] = [];
  await tellOverdueDrills(
    {
      drillStandings: () => Promise.resolve(standings),
      raiseAlert: (alert) => {
        raised.push(alert);
        return Promise.resolve({ recorded: true });
      },
    },
    new Date(now),
  );
  return raised;
}

const server = (name: string, changes: Partial<DrillServer> = {}): DrillServer => ({
  ...{ server: name, outcome: 'passed', code: '', reason: '', remedy: '' },
  ...{ loadMs: 1, checkMs: 1, rows: 5, mismatches: 0, warm: true, warmMs: 1 },
  ...changes,
});
const drill = (result: RollbackDrill['result'], servers: readonly DrillServer[]): RollbackDrill => ({
  ...{ id: 7, model: 'tw-alpha', epoch: 2, champion: 3, target: 2, targetId: 'a'.repeat(64) },
  ...{ trigger: 'manual', requestedBy: 'olga', reason: 'a test', result, endedReason: '' },
  ...{ openedAt: SINCE, deadline: '2026-01-01T00:01:00.000Z', endedAt: '2026-01-01T00:00:02.000Z' },
  ...{ waitedFor: ['a', 'b'], servers: [...servers] },
});
const FAILED = server('b', {
  outcome: 'failed',
  code: 'ARTIFACT_MISSING',
  reason: 'it is gone',
  remedy: 'Restore it.',
});

describe('the alert about a way back that nobody rehearses', () => {
  it('stands for the models that are overdue, one report a day, and for no other', async () => {
    const models = [
      standing('held'),
      standing('late', { overdue: true }),
      standing('new', { wayBackSince: null }),
    ];
    const morning = await toldOf(models, '2026-01-20T01:00:00.000Z');
    const evening = await toldOf(models, '2026-01-20T20:00:00.000Z');
    const tomorrow = await toldOf(models, '2026-01-21T01:00:00.000Z');
    expect(morning.map(({ model, rule, labels }) => [model, rule, labels])).toEqual([
      ['late', 'rollback-drill', { cause: 'overdue' }],
    ]);
    expect(morning[0]).toMatchObject({ startsAt: SINCE, endsAt: null, severity: 'WARNING' });
    expect(evening[0]?.dedupeKey).toBe(morning[0]?.dedupeKey);
    expect(tomorrow[0]?.dedupeKey).not.toBe(morning[0]?.dedupeKey);
  });

  it('ends with the labels it began with, so that the router finds it', async () => {
    const [late] = await toldOf([standing('late', { overdue: true })], '2026-01-20T01:00:00.000Z');
    const held = heldAlert('late', '2026-01-20T02:00:00.000Z');
    const identity = ({ rule, severity, model, labels }: AlertReport) => ({ rule, severity, model, labels });
    expect(late === undefined ? null : identity(late)).toEqual(identity(held));
    expect(held.endsAt).toBe(held.startsAt);
  });
});

describe('the alert about a drill that failed', () => {
  it('names servers, causes and what to do, and ends with the first that passes', () => {
    const failed = drillAlert(drill('failed', [server('a'), FAILED]));
    const passed = drillAlert(drill('passed', [server('a'), server('b')]));
    expect(failed).toMatchObject({ severity: 'ERROR', endsAt: null, labels: { cause: 'failed' } });
    expect(failed?.summary).toBe('tw-alpha: the way back to version 2 failed its drill on b');
    expect(failed?.description).toContain('b ARTIFACT_MISSING: it is gone');
    expect(failed?.facts).toEqual([{ label: 'b', value: 'ARTIFACT_MISSING. Restore it.' }]);
    expect(passed).toMatchObject({ labels: { cause: 'failed' }, endsAt: '2026-01-01T00:00:02.000Z' });
  });

  it.each(['yielded', 'skipped', 'abandoned', null] as const)('says nothing of one that is %s', (result) => {
    expect(drillAlert(drill(result, []))).toBeNull();
  });

  it('fits the contract of alerts, and is told in Chinese', async () => {
    const [late] = await toldOf([standing('late', { overdue: true })], '2026-01-20T01:00:00.000Z');
    const [later] = await toldOf(
      [standing('late', { overdue: true, passedAt: SINCE })],
      '2026-01-20T01:00:00.000Z',
    );
    const alerts = [
      drillAlert(drill('failed', [server('a'), FAILED])),
      drillAlert(drill('passed', [server('a'), server('b')])),
      ...[late, later, heldAlert('late', SINCE)],
    ];
    for (const alert of alerts) {
      expect(AlertInput.safeParse(alert).success).toBe(true);
      expect(told(alert?.summary ?? '', 'zh-TW').language, alert?.summary).toBe('zh-TW');
      const [first = ''] = alert?.description.split('\n') ?? [];
      expect(told(first, 'zh-TW').language, first).toBe('zh-TW');
    }
  });
});
