import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { alertingActivities } from '../../../activities/alerting.ts';
import type { AlertingActivities } from '../../../activities/alerting.ts';
import { parseAlertingFile } from '../../../alerting/config-check.ts';
import { shippedCalendar } from '../../../market/shipped-calendar.ts';
import { timeSkippingEnvironment, workflowBundle } from '../workflows/retrain-world.ts';
import { RegistryWorld } from '../registry/world.ts';
import { RouterWorld, START_MS } from './router-world.ts';

const CONFIG = {
  channels: {
    text: {
      kind: 'sms',
      url: 'https://sms.example.com/',
      fields: { to: '{to}', text: '{text}' },
    },
  },
  receivers: [{ name: 'desk', channels: ['slack'] }],
  route: { receiver: 'desk', group_by: ['alertname'], group_wait: '0s', escalation: 'critical' },
  escalations: [
    {
      name: 'critical',
      steps: [
        { after: '5m', channels: ['email'] },
        { after: '15m', channels: ['text'], oncall: true },
      ],
    },
  ],
  dead_man_switches: [{ name: 'close', market: 'XTAI', by: '15:30' }],
};
const OLGA = { subject: 'olga', roles: ['operator'] as const };
const olga = { subject: OLGA.subject, roles: [...OLGA.roles] };

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await timeSkippingEnvironment();
}, 120_000);
afterAll(async () => {
  await environment.teardown();
});

/** Workflows are bundled and a worker is started; on a busy machine that takes its time. */
describe('an escalation', { timeout: 240_000 }, () => {
  let world: RouterWorld;
  beforeEach(async () => {
    world = await RouterWorld.open(CONFIG);
  });
  afterEach(() => world.close());

  const activities = (nowMs = START_MS): AlertingActivities =>
    alertingActivities({
      registry: world.registry,
      file: parseAlertingFile(CONFIG, ['slack', 'email'], 'the test'),
      calendar: (market) => Promise.resolve(shippedCalendar(market)),
      now: () => new Date(nowMs),
    });

  /** Runs an escalation to its end; time is skipped. */
  async function escalate(own: AlertingActivities): Promise<void> {
    const taskQueue = 'control';
    const worker = await Worker.create({
      connection: environment.nativeConnection,
      taskQueue,
      activities: own,
      workflowBundle: await workflowBundle(),
    });
    const [escalation] = await world.registry.escalationsToStart({ limit: 10 });
    if (escalation === undefined) throw new Error('no escalation was begun');
    await worker.runUntil(
      environment.client.workflow.execute('escalateAlert', {
        workflowId: `escalation:${world.url}`,
        taskQueue,
        args: [escalation],
      }),
    );
  }

  const told = async () =>
    (await world.messages()).map(({ channel, event }) => [
      channel,
      event.step,
      event.recipients.map(({ subject }) => subject).join(),
    ]);
  const end = async () => {
    const { rows } = await sql<{ endedBy: string | null }>`select ended_by from alert_escalations`.execute(
      world.database.sql,
    );
    return rows.map(({ endedBy }) => endedBy);
  };

  it('goes from Slack to mail to the telephone of who is on call, and then has nobody left', async () => {
    await world.registry.addShift({
      person: { subject: 'kim', email: null, phone: '+886912345678' },
      startsAt: '2024-03-01T00:00:00.000Z',
      endsAt: '2024-04-01T00:00:00.000Z',
      actor: olga,
      idempotencyKey: 'shift-of-kim',
    });
    await world.raise({ severity: 'CRITICAL' });
    await world.round(0);
    await escalate(activities());
    expect(await told()).toEqual([
      ['slack', 0, ''],
      ['email', 1, ''],
      ['text', 2, 'kim'],
    ]);
    expect(await end()).toEqual(['exhausted']);
  });

  it('stops at an acknowledgement', async () => {
    await world.raise({ severity: 'CRITICAL' });
    await world.round(0);
    const own = activities();
    await escalate({
      ...own,
      escalateAlert: async (input) => {
        const answer = await own.escalateAlert(input);
        const [alert] = await world.registry.listAlerts({
          model: null,
          rule: null,
          firingOnly: true,
          limit: 1,
        });
        await world.registry.acknowledgeAlert({ id: alert?.id ?? 0, actor: olga, reason: 'on it' });
        return answer;
      },
    });
    expect((await told()).map(([channel]) => channel)).toEqual(['slack', 'email']);
    expect(await end()).toEqual(['acknowledged']);
  });

  it('stops when the alert is over', async () => {
    await world.raise({ severity: 'CRITICAL' });
    await world.round(0);
    await world.raise({ severity: 'CRITICAL', endsAt: new Date(START_MS + 1000).toISOString() });
    await world.round(2);
    await escalate(activities());
    expect((await told()).map(([channel]) => channel)).toEqual(['slack']);
    expect(await end()).toEqual(['resolved']);
  });

  it('repeats no step when its activity is repeated, and reaches the channel when nobody is on call', async () => {
    await world.raise({ severity: 'CRITICAL' });
    await world.round(0);
    const own = activities();
    const [begun] = await world.registry.escalationsToStart({ limit: 1 });
    const input = { notificationId: begun?.notificationId ?? 0, step: 2 };
    await own.escalateAlert(input);
    await own.escalateAlert(input);
    expect(await told()).toEqual([
      ['slack', 0, ''],
      ['text', 2, ''],
    ]);
  });

  it('is begun once while its group goes on', async () => {
    await world.raise({ severity: 'CRITICAL' });
    await world.round(0);
    await world.raise({ severity: 'CRITICAL', labels: { feature: 'b' } });
    await world.round(301);
    expect(await world.messages()).toHaveLength(2);
    expect(await world.registry.escalationsToStart({ limit: 10 })).toHaveLength(1);
  });

  describe('a dead-man switch', () => {
    it('alarms for a champion without results, once, and is quiet again when there are some', async () => {
      const registry = new RegistryWorld(world.registry);
      const model = await registry.model();
      const { versionId } = await registry.champion(model, 1);
      const own = activities(Date.parse('2024-03-08T07:30:01.000Z'));
      const look = { name: 'close', session: '2024-03-08', at: '2024-03-08T07:30:00.000Z' };
      expect(await own.checkResults(look)).toEqual({ missing: [model] });
      await own.checkResults(look);
      await world.round(4000);
      expect((await world.messages()).map(({ event }) => event.items[0]?.summary)).toEqual([
        `${model}: no live results of session 2024-03-08 by 15:30`,
      ]);
      await world.registry.recordLiveResult({
        ...{
          model,
          versionId,
          session: '2024-03-08',
          epoch: 1,
          rankIc: null,
          netReturn: null,
          turnover: null,
        },
        ...{ numbers: {}, role: 'champion', status: 'awaiting' },
      });
      expect(await own.checkResults(look)).toEqual({ missing: [] });
      await world.round(4400);
      expect((await world.messages()).map(({ event }) => event.status)).toEqual(['firing', 'resolved']);
    });

    it('looks at its time on the next session, in the zone of its market', async () => {
      const own = activities(Date.parse('2024-03-08T06:30:00.000Z'));
      const first = await own.nextResultsDeadline({ name: 'close', after: null });
      expect(first).toEqual({ session: '2024-03-08', at: '2024-03-08T07:30:00.000Z' });
      const after = await own.nextResultsDeadline({ name: 'close', after: '2024-03-08' });
      expect(after).toEqual({ session: '2024-03-11', at: '2024-03-11T07:30:00.000Z' });
      const late = activities(Date.parse('2024-03-08T08:00:00.000Z'));
      expect(await late.nextResultsDeadline({ name: 'close', after: null })).toMatchObject({
        session: '2024-03-11',
      });
      expect(await own.nextResultsDeadline({ name: 'gone', after: null })).toBeNull();
    });
  });
});
