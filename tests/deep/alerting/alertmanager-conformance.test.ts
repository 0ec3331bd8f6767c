import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labelText } from '../../../alerting/labels.ts';
import { parseMatcher } from '../../../alerting/matcher.ts';
import type { AlertReport } from '../../../contracts/alert.ts';
import { labelsOf } from '../../../contracts/alert.ts';
import { RandomStream } from '../../../market/random.ts';
import { at, RouterWorld } from '../../integration/alerting/router-world.ts';
import { until } from '../../e2e/small-world.ts';
import { alertmanagerInstalled, RealAlertmanager } from './real-alertmanager.ts';

const EVENTS = 200;
const RECEIVERS = ['desk', 'on-duty', 'data-team', 'archive', 'quiet'] as const;

/** Routing, grouping, inhibition and mute times in the words that both read. */
const RULES = {
  route: {
    receiver: 'desk',
    group_by: ['alertname', 'model'],
    group_wait: '3s',
    group_interval: '1h',
    repeat_interval: '24h',
    routes: [
      { matchers: ['alertname="data-fault"'], receiver: 'data-team', group_by: ['model'] },
      {
        matchers: ['severity=~"CRITICAL|EMERGENCY"'],
        receiver: 'on-duty',
        continue: true,
        routes: [
          { matchers: ['alertname!~"swap.*"', 'model="tw-beta"'], receiver: 'archive', group_by: ['...'] },
        ],
      },
      { matchers: ['feature!=""'], receiver: 'archive', group_by: ['feature'] },
      { matchers: ['model=~"us-.*"'], receiver: 'quiet', mute_time_intervals: ['always'] },
    ],
  },
  inhibit_rules: [
    {
      source_matchers: ['severity="CRITICAL"'],
      target_matchers: ['severity=~"WARNING|INFO"'],
      equal: ['alertname', 'model'],
    },
    {
      source_matchers: ['alertname="data-fault"'],
      target_matchers: ['alertname="decay-alarm"'],
      equal: ['model', 'feature'],
    },
  ],
  time_intervals: [
    { name: 'always', time_intervals: [{ times: [{ start_time: '00:00', end_time: '24:00' }] }] },
  ],
};

const SILENCED = ['alertname="guard-alarm"', 'model=~"tw-.*"', 'severity!="EMERGENCY"'] as const;

/** The same events whenever it runs; several have the same labels, as reports of one alert do. */
function events(): Pick<AlertReport, 'rule' | 'severity' | 'model' | 'labels'>[] {
  const random = new RandomStream(11, 0);
  const pick = <T>(values: readonly [T, ...T[]]): T =>
    values[random.integerBetween(0, values.length - 1)] ?? values[0];
  return Array.from({ length: EVENTS }, () => ({
    rule: pick(['decay-alarm', 'data-fault', 'guard-alarm', 'swap-partial', 'gates-held']),
    severity: pick(['INFO', 'WARNING', 'WARNING', 'ERROR', 'CRITICAL', 'EMERGENCY']),
    model: pick(['tw-alpha', 'tw-beta', 'tw-gamma', 'us-alpha', null]),
    labels: random.chance(0.4) ? { feature: pick(['momentum', 'reversal', 'volume']) } : {},
  }));
}

/** Comparable lines: receiver and labels of the group, and each alert with how it is held back. */
const line = (
  receiver: string,
  group: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
  held: string,
): string => `${receiver} ${labelText(group)} ${labelText(labels)} ${held}`;

describe.skipIf(!alertmanagerInstalled)(
  'the router beside a real Alertmanager, on the same 200 events',
  () => {
    let real: RealAlertmanager;
    let ours: RouterWorld;

    beforeAll(async () => {
      const receivers = RECEIVERS.map((name) => ({ name }));
      real = await RealAlertmanager.start({ ...RULES, receivers });
      ours = await RouterWorld.open({
        ...RULES,
        receivers: RECEIVERS.map((name) => ({ name, channels: ['slack'] })),
      });
      const silence = { createdBy: 'lee', comment: 'the feed is being moved' };
      const matchers = SILENCED.map((text) => parseMatcher(text));
      await real.post('silences', {
        ...silence,
        matchers: matchers.map(({ name, operator, value }) => ({
          ...{ name, value, isRegex: operator.includes('~'), isEqual: !operator.startsWith('!') },
        })),
        startsAt: new Date().toISOString(),
        endsAt: new Date(Date.now() + 3_600_000).toISOString(),
      });
      await sql`insert into silences (matchers, starts_at, ends_at, subject, reason) values
      (${JSON.stringify(matchers)}::jsonb, ${at(0)}::timestamptz, ${at(3600)}::timestamptz, 'lee', ${silence.comment})`.execute(
        ours.database.sql,
      );
      const raised = events();
      for (const event of raised) await ours.raise(event);
      await ours.round(0);
      await ours.round(4);
      const startsAt = new Date().toISOString();
      await real.post(
        'alerts',
        raised.map((event) => ({
          labels: labelsOf({ ...event, labels: event.labels }),
          startsAt,
        })),
      );
    }, 120_000);
    afterAll(async () => {
      await real.stop();
      await ours.close();
    });

    async function ourMembers(): Promise<string[]> {
      const { rows } = await sql<{
        receiver: string;
        groupLabels: Record<string, string>;
        labels: Record<string, string>;
        suppressedBy: string;
      }>`select g.receiver, g.labels as group_labels, e.labels, m.suppressed_by
      from alert_groups g join alert_group_members m on m.group_id = g.id join alert_episodes e on e.id = m.episode_id`.execute(
        ours.database.sql,
      );
      return rows.map(({ receiver, groupLabels, labels, suppressedBy }) =>
        line(receiver, groupLabels, labels, heldBack(suppressedBy)),
      );
    }

    /** Alertmanager's list of groups tells silences and inhibitions, and nothing of mute times. */
    const heldBack = (by: string): string => (by === '' || by.startsWith('muted') ? 'active' : 'suppressed');

    it('puts the same alerts into the same groups of the same receivers, and holds back the same', async () => {
      const expected = await ourMembers();
      expect(expected.length).toBeGreaterThan(100);
      for (const state of ['active', 'suppressed']) {
        expect(expected.some((member) => member.endsWith(state))).toBe(true);
      }
      const found = await until(
        'Alertmanager to have flushed its groups',
        async () => {
          const members = (await real.groups()).flatMap(({ receiver, labels, alerts }) =>
            alerts.map((alert) => line(receiver.name, labels, alert.labels, alert.status.state)),
          );
          return members.length >= expected.length &&
            !members.some((member) => member.endsWith('unprocessed'))
            ? members
            : null;
        },
        60_000,
      );
      // What our router says of a muted alert depends on the mute time alone; Alertmanager goes on to tell of inhibitions.
      const muted = (member: string): boolean => member.startsWith('quiet ');
      expect(found.filter((member) => !muted(member)).sort()).toEqual(
        expected.filter((member) => !muted(member)).sort(),
      );
      const withoutState = (member: string): string => member.replace(/ \w+$/u, '');
      expect(found.filter(muted).map(withoutState).sort()).toEqual(
        expected.filter(muted).map(withoutState).sort(),
      );
    });

    it('tells the same receivers of the same groups with as many alerts, and nobody of what is muted', async () => {
      const told = (await ours.messages()).map(
        ({ event }) => `${event.receiver} ${labelText(event.groupLabels)} ${String(event.firing)}`,
      );
      await until(
        'all messages of Alertmanager',
        () => Promise.resolve(real.posted.length >= told.length),
        60_000,
      );
      const posted = real.posted.map(
        ({ receiver, groupLabels, alerts }) =>
          `${receiver} ${labelText(groupLabels)} ${String(alerts.filter(({ status }) => status === 'firing').length)}`,
      );
      expect(posted.sort()).toEqual(told.sort());
      expect(told.some((message) => message.startsWith('quiet'))).toBe(false);
    });
  },
);
