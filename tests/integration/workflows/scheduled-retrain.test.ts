import { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putDrillSchedule } from '../../../control/drill-schedule.ts';
import { putSchedules } from '../../../control/put-schedules.ts';
import { putScoreSchedule } from '../../../control/score-schedule.ts';
import type { ModelSpec } from '../../../contracts/spec.ts';
import { drillScheduleId, scheduleId, scoreScheduleId } from '../../../contracts/ids.ts';
import { putSchedule } from '../../../control/schedule.ts';
import { lastMissed } from '../../../workers/schedule-watch.ts';
import { agreeable, gate, passed, SPEC, withWorkers, type AllActivities } from './retrain-world.ts';

let environment: TestWorkflowEnvironment;

// A real server: the time-skipping one knows no schedules.
beforeAll(async () => {
  const path = process.env['CONTENDER_TEST_TEMPORAL_CLI'];
  if (path === undefined)
    throw new Error('CONTENDER_TEST_TEMPORAL_CLI is not set; run the tests with npm test');
  const attributes = [
    'ModelName=Keyword',
    'ModelVersion=Int',
    'Trigger=Keyword',
    'Step=Keyword',
    'Verdict=Keyword',
  ];
  environment = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path },
      extraArgs: attributes.flatMap((attribute) => ['--search-attribute', attribute]),
    },
  });
}, 120_000);
afterAll(async () => {
  await environment.teardown();
});

describe('the schedule of a model', () => {
  it('starts a retrain whose as-of is the nominal time, in the zone of the market', async () => {
    const calls: string[] = [];
    const activities: AllActivities = {
      ...agreeable(calls, () => Date.now()),
      concludeGates: () => Promise.resolve({ ...passed, verdict: 'fail', verdicts: [gate('dsr', 'fail')] }),
    };
    await withWorkers(environment, activities, async () => {
      await putSchedule(environment.client, SPEC);
      // Putting it again brings it up to date instead of failing.
      await putSchedule(environment.client, SPEC);
      const handle = environment.client.schedule.getHandle(scheduleId(SPEC.model));
      // The first of April 2019, 03:00 in Taipei: a month that was missed is caught up under its own nominal time.
      await handle.backfill({
        start: new Date('2019-03-31T18:00:00Z'),
        end: new Date('2019-03-31T20:00:00Z'),
      });
      const retrain = environment.client.workflow.getHandle('retrain:tw-alpha:2019-03-31T19:00:00.000Z');
      const deadline = performance.now() + 30_000;
      let outcome = '';
      while (outcome === '' && performance.now() < deadline) {
        outcome = await retrain.result().then(
          (result: { readonly outcome: string }) => result.outcome,
          () => '',
        );
      }
      expect(outcome).toBe('refused');
      const { policies } = await handle.describe();
      expect(policies).toMatchObject({
        overlap: 'SKIP',
        catchupWindow: SPEC.retrain.catchupHours * 3_600_000,
      });
    });
    expect(calls).toContain('beginRetrain');
  });

  it('names the nominal time that was missed, and none that was met', async () => {
    await putSchedule(environment.client, SPEC);
    const until = new Date('2019-05-15T00:00:00Z');
    const missed = new Date('2019-04-30T19:00:00Z');
    const facts = { createdAt: new Date('2019-03-01T00:00:00Z'), recentActions: [] };
    const look = (recentActions: { scheduledAt: Date }[]): Promise<Date | null> =>
      lastMissed(environment.client, SPEC.model, { ...facts, recentActions }, until);
    expect(await look([])).toEqual(missed);
    expect(await look([{ scheduledAt: missed }])).toBeNull();
    expect(
      await lastMissed(environment.client, SPEC.model, { ...facts, createdAt: until }, until),
    ).toBeNull();
  });
});

describe('the schedule that scores a universe', () => {
  it('fires every day after the decision time of the market, and goes when the spec wants none', async () => {
    const { scoring } = SPEC;
    for (const spec of [SPEC, { ...SPEC, scoring: { ...scoring, delayMinutes: 20 } }]) {
      await putScoreSchedule(environment.client, spec);
    }
    const handle = environment.client.schedule.getHandle(scoreScheduleId(SPEC.model));
    const { info, policies, action } = await handle.describe();
    expect(policies.overlap).toBe('BUFFER_ONE');
    expect(action).toMatchObject({ workflowType: 'scoreModel', workflowId: 'score:tw-alpha' });
    // Taipei closes at 13:30 and decides at 14:30; twenty minutes later it is 06:50 in UTC.
    expect(info.nextActionTimes[0]?.toISOString().slice(11)).toBe('06:50:00.000Z');
    const off = { ...SPEC, scoring: { ...scoring, schedule: false } };
    for (const spec of [off, off]) await putScoreSchedule(environment.client, spec);
    await expect(handle.describe()).rejects.toThrow();
  });
});

describe('the schedule that rehearses the way back', () => {
  it('fires by the cron line of the spec in the zone of the market, and goes when the spec wants none', async () => {
    const { drill } = SPEC;
    for (const spec of [SPEC, { ...SPEC, drill: { ...drill, cron: '30 7 * * 6' } }]) {
      await putDrillSchedule(environment.client, spec);
    }
    const handle = environment.client.schedule.getHandle(drillScheduleId(SPEC.model));
    const { info, policies, action } = await handle.describe();
    expect(policies.overlap).toBe('SKIP');
    expect(action).toMatchObject({ workflowType: 'drillRollback', workflowId: 'drill:tw-alpha' });
    const [next] = info.nextActionTimes;
    // Saturday 07:30 in Taipei is the Friday before midnight in UTC.
    expect(next?.toISOString().slice(11, 15)).toMatch(/^23:[345]$/u);
    expect(next?.getUTCDay()).toBe(5);
    const off = { ...SPEC, drill: { ...drill, schedule: false } };
    for (const spec of [off, off]) await putDrillSchedule(environment.client, spec);
    await expect(handle.describe()).rejects.toThrow();
  });

  it('comes with a spec that an earlier release proposed, which says nothing of drills', async () => {
    const { drill: _, ...earlier } = SPEC;
    await putSchedules(environment.client, earlier as ModelSpec);
    const handle = environment.client.schedule.getHandle(drillScheduleId(SPEC.model));
    const { info } = await handle.describe();
    // Saturday 06:00 in Taipei.
    expect(info.nextActionTimes[0]?.toISOString().slice(11, 15)).toMatch(/^22:[012]$/u);
    await handle.delete();
  });

  it('spreads the models of one cron line over half an hour, since a server rehearses one after the other', async () => {
    const models = ['tw-beta', 'tw-gamma', 'tw-delta', 'tw-epsilon'];
    const handles = models.map((model) => environment.client.schedule.getHandle(drillScheduleId(model)));
    for (const model of models) await putDrillSchedule(environment.client, { ...SPEC, model });
    const described = await Promise.all(handles.map((handle) => handle.describe()));
    const times = described.map(({ info }) => info.nextActionTimes[0]?.getTime() ?? 0);
    expect(new Set(times).size).toBe(models.length);
    const from = Date.parse(`${new Date(Math.min(...times)).toISOString().slice(0, 11)}22:00:00.000Z`);
    for (const time of times) {
      expect(time).toBeGreaterThanOrEqual(from);
      expect(time).toBeLessThanOrEqual(from + 30 * 60_000);
    }
    for (const handle of handles) await handle.delete();
  });
});
