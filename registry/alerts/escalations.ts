import { sql } from 'kysely';
import type { AlertContent, NotificationSeverity } from '../../contracts/alert.ts';
import type { NotificationEvent } from '../../contracts/notification.ts';
import { operations } from '../database.ts';

/** How an escalation stands. */
export interface EscalationFacts {
  readonly notificationId: number;
  readonly policy: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly groupId: string;
  readonly receiver: string;
  readonly route: string;
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly severity: NotificationSeverity;
  readonly model: string | null;
  /** Alerts of the group that fire, whether held back or not. */
  readonly firing: number;
  /** Of them, those that are heard and that nobody has acknowledged. */
  readonly unacknowledged: number;
  /** The worst of those. */
  readonly items: readonly {
    readonly id: number;
    readonly labels: Readonly<Record<string, string>>;
    readonly startedAt: string;
    readonly endedAt: string | null;
    readonly content: AlertContent | null;
  }[];
}

export type EscalationEnd = 'acknowledged' | 'resolved' | 'exhausted';

/** The record behind the timers of escalations. */
export const escalationOperations = operations((database) => ({
  /** Escalations whose workflow is not known to run, the oldest first. */
  async escalationsToStart(input: {
    readonly limit: number;
  }): Promise<
    readonly { readonly notificationId: number; readonly policy: string; readonly startedAt: string }[]
  > {
    const { rows } = await database.run((connection) =>
      sql<{ notificationId: number; policy: string; startedAt: string }>`
        select notification_id, policy, started_at from alert_escalations
        where workflow_at is null and ended_at is null order by notification_id limit ${input.limit}`.execute(
        connection,
      ),
    );
    return rows;
  },

  async escalationStarted(input: { readonly notificationId: number }): Promise<void> {
    await database.run((connection) =>
      sql`update alert_escalations set workflow_at = clock_timestamp()
        where notification_id = ${input.notificationId} and workflow_at is null`.execute(connection),
    );
  },

  /** Null: there is no such escalation. */
  async escalationFacts(input: {
    readonly notificationId: number;
    readonly limit: number;
  }): Promise<EscalationFacts | null> {
    const { notificationId, limit } = input;
    return database.transaction(async (transaction) => {
      const { rows } = await sql<Omit<EscalationFacts, 'items'>>`
        select x.notification_id, x.policy, x.started_at, x.ended_at, x.group_id, n.receiver, n.route,
          n.labels as group_labels, n.severity, n.model,
          count(e.id) filter (where e.ended_at is null)::int as firing,
          count(e.id) filter (where e.ended_at is null and m.suppressed_by = '' and k.episode_id is null)::int as unacknowledged
        from alert_escalations x join alert_notifications n on n.id = x.notification_id
          left join alert_group_members m on m.group_id = x.group_id
          left join alert_episodes e on e.id = m.episode_id
          left join alert_acknowledgements k on k.episode_id = e.id
        where x.notification_id = ${notificationId}
        group by x.notification_id, n.id`.execute(transaction);
      const [facts] = rows;
      if (facts === undefined) return null;
      const items = await sql<EscalationFacts['items'][number]>`
        select e.id, e.labels, e.started_at, e.ended_at, a.content
        from alert_group_members m join alert_episodes e on e.id = m.episode_id join alerts a on a.id = e.last_alert_id
          left join alert_acknowledgements k on k.episode_id = e.id
        where m.group_id = ${facts.groupId} and e.ended_at is null and m.suppressed_by = '' and k.episode_id is null
        order by array_position(array['EMERGENCY','CRITICAL','ERROR','WARNING','INFO'], e.severity), e.id desc
        limit ${limit}`.execute(transaction);
      return { ...facts, items: items.rows };
    });
  },

  /** Writes down one step and addresses its messages; repeated, it changes nothing. */
  async sendEscalationStep(input: {
    readonly facts: EscalationFacts;
    readonly step: number;
    readonly messages: readonly { readonly event: NotificationEvent; readonly channel: string }[];
  }): Promise<void> {
    const { facts, step, messages } = input;
    await database.transaction(async (transaction) => {
      for (const { event, channel } of messages) {
        await sql`insert into alert_notifications (group_id, route, receiver, labels, severity, model, step, firing, resolved,
            suppressed, channels, dedupe_key, decided_at)
          values (${facts.groupId}, ${facts.route}, ${facts.receiver}, ${JSON.stringify(facts.groupLabels)}::jsonb,
            ${facts.severity}, ${facts.model}, ${step}, ${facts.firing}, 0, 0, ${[channel]}::text[], ${event.dedupeKey},
            clock_timestamp())
          on conflict (dedupe_key) do nothing`.execute(transaction);
        await sql`insert into outbox (dedupe_key, channel, event)
          values (${event.dedupeKey}, ${channel}, ${JSON.stringify(event)}::jsonb)
          on conflict (dedupe_key, channel) do nothing`.execute(transaction);
        await sql`insert into alert_notified_episodes (notification_id, episode_id, status)
          select n.id, e.id, 'firing' from alert_notifications n, unnest(${facts.items.map(({ id }) => id)}::bigint[]) as e(id)
          where n.dedupe_key = ${event.dedupeKey} on conflict do nothing`.execute(transaction);
      }
    });
  },

  /** The first end stands. */
  async endEscalation(input: {
    readonly notificationId: number;
    readonly endedBy: EscalationEnd;
  }): Promise<void> {
    await database.run((connection) =>
      sql`update alert_escalations set ended_at = clock_timestamp(), ended_by = ${input.endedBy}
        where notification_id = ${input.notificationId} and ended_at is null`.execute(connection),
    );
  },
}));
