import { sql } from 'kysely';
import type { AlertContent } from '../../contracts/alert.ts';
import type { NotificationEvent } from '../../contracts/notification.ts';
import { operations } from '../database.ts';
import type { Sql } from '../database.ts';

/** One router at a time, however many control workers there are: key of the advisory lock. */
const ROUTER_LOCK = 7_041_777;

type Labels = Readonly<Record<string, string>>;

export interface UnroutedAlertRow {
  readonly id: number;
  readonly labels: Labels;
  readonly startsAt: string;
  readonly endsAt: string | null;
}

export interface EpisodeState {
  readonly startedMs: number;
  readonly endedMs: number | null;
  readonly reports: number;
  readonly lastReportedMs: number;
  readonly lastAlertId: number;
}

export interface FiringEpisode extends EpisodeState {
  readonly id: number;
  readonly fingerprint: string;
}

export interface EpisodeToSave {
  readonly fingerprint: string;
  readonly labels: Labels;
  readonly episode: EpisodeState & { readonly id: number | null };
}

export interface MemberToSave {
  readonly fingerprint: string;
  readonly groupId: string;
  readonly route: string;
  readonly receiver: string;
  readonly groupLabels: Labels;
  readonly flushAt: string;
  readonly overdue: boolean;
}

export interface AlertGroupRow {
  readonly id: string;
  readonly route: string;
  readonly receiver: string;
  readonly labels: Labels;
  readonly notifiedAt: string | null;
}

export interface AlertMemberRow {
  readonly fingerprint: string;
  readonly episodeId: number;
  readonly labels: Labels;
  readonly suppressedBy: string;
}

export interface AlertGroupCounts {
  readonly firing: number;
  readonly newFiring: number;
  readonly newResolved: number;
  readonly unacknowledged: number;
  readonly toldFiring: boolean;
  readonly suppressed: number;
}

export interface AlertGroupItem {
  readonly id: number;
  readonly labels: Labels;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly content: AlertContent | null;
}

export interface SilenceRow {
  readonly id: number;
  readonly matchers: readonly {
    readonly name: string;
    readonly operator: '=' | '!=' | '=~' | '!~';
    readonly value: string;
  }[];
  readonly startsAt: string;
  readonly endsAt: string;
}

/** EMERGENCY first. */
const severityRank = sql`array_position(array['EMERGENCY','CRITICAL','ERROR','WARNING','INFO'], e.severity)`;

/** An occurrence that nobody reported again has not come to an end: there was nothing to end. */
const forgotten = sql`(e.occurrence and e.ended_by = 'silent')`;
/** Members of whose end somebody is to be told. */
const toldOfEnd = sql`(e.ended_at is not null and m.suppressed_by = '' and m.told = 'firing' and not ${forgotten})`;

/** The router's state in Postgres. Everything of one flush, its messages in the outbox included, is one transaction. */
export const alertRouting = operations((database) => ({
  async exclusively<T>(work: (transaction: AlertRoutingTransaction) => Promise<T>): Promise<T | null> {
    return database.transaction(async (transaction) => {
      const { rows } = await sql<{ mine: boolean }>`
        select pg_try_advisory_xact_lock(${ROUTER_LOCK}) as mine`.execute(transaction);
      return rows[0]?.mine === true ? work(routingTransaction(transaction)) : null;
    });
  },
}));

export type AlertRoutingTransaction = ReturnType<typeof routingTransaction>;

const routingTransaction = (connection: Sql) => ({ ...intake(connection), ...flush(connection) });

const intake = (connection: Sql) => ({
  async unrouted(limit: number): Promise<readonly UnroutedAlertRow[]> {
    const { rows } = await sql<UnroutedAlertRow>`
      select id, labels, coalesce(starts_at, recorded_at) as starts_at, ends_at from alerts
      where routed_at is null order by id limit ${limit}`.execute(connection);
    return rows;
  },

  async firingEpisodes(fingerprints: readonly string[]): Promise<readonly FiringEpisode[]> {
    const { rows } = await sql<
      Omit<FiringEpisode, 'startedMs' | 'endedMs' | 'lastReportedMs'> & {
        readonly startedAt: string;
        readonly endedAt: string | null;
        readonly lastReportedAt: string;
      }
    >`select id, fingerprint, started_at, ended_at, reports, last_reported_at, last_alert_id from alert_episodes
      where fingerprint = any(${fingerprints}::text[]) and ended_at is null`.execute(connection);
    return rows.map(({ startedAt, endedAt, lastReportedAt, ...row }) => ({
      ...row,
      startedMs: Date.parse(startedAt),
      endedMs: endedAt === null ? null : Date.parse(endedAt),
      lastReportedMs: Date.parse(lastReportedAt),
    }));
  },

  async saveIntake(input: {
    readonly episodes: readonly EpisodeToSave[];
    readonly members: readonly MemberToSave[];
    readonly routed: readonly number[];
    readonly now: string;
  }): Promise<void> {
    const { members, routed, now } = input;
    const episodes = input.episodes.map(({ fingerprint, labels, episode }) => ({
      id: episode.id,
      fingerprint,
      labels,
      started_at: new Date(episode.startedMs).toISOString(),
      ended_at: episode.endedMs === null ? null : new Date(episode.endedMs).toISOString(),
      reports: episode.reports,
      last_alert_id: episode.lastAlertId,
    }));
    const given = sql`jsonb_to_recordset(${JSON.stringify(episodes)}::jsonb) as g(id bigint, fingerprint text, labels jsonb,
      started_at timestamptz, ended_at timestamptz, reports int, last_alert_id bigint)`;
    // What ended first: the same alert may have begun anew in the same batch, and only one episode of it fires.
    await sql`update alert_episodes e set ended_at = g.ended_at,
        ended_by = case when g.ended_at is null then null else 'resolved' end,
        reports = g.reports, last_reported_at = ${now}::timestamptz, last_alert_id = g.last_alert_id
      from ${given} where e.id = g.id`.execute(connection);
    await sql`insert into alert_episodes (fingerprint, labels, rule, severity, model, occurrence, started_at, ended_at,
        ended_by, reports, last_reported_at, last_alert_id)
      select g.fingerprint, g.labels, g.labels ->> 'alertname', g.labels ->> 'severity', g.labels ->> 'model',
        coalesce(a.content ->> 'nature', '') = 'occurrence', g.started_at, g.ended_at,
        case when g.ended_at is null then null else 'resolved' end, g.reports, ${now}::timestamptz, g.last_alert_id
      from ${given} join alerts a on a.id = g.last_alert_id where g.id is null order by g.last_alert_id`.execute(
      connection,
    );
    if (members.length > 0) await saveMembers(connection, members, now);
    await sql`update alerts set routed_at = ${now}::timestamptz where id = any(${routed}::bigint[])`.execute(
      connection,
    );
  },
});

async function saveMembers(connection: Sql, members: readonly MemberToSave[], now: string): Promise<void> {
  const given = JSON.stringify(
    members.map(({ groupId, groupLabels, flushAt, ...rest }) => ({
      ...rest,
      group_id: groupId,
      group_labels: groupLabels,
      flush_at: flushAt,
    })),
  );
  await sql`insert into alert_groups as g (id, route, receiver, labels, flush_at, created_at)
    select group_id, min(route), min(receiver), (array_agg(group_labels))[1],
      least(min(flush_at), case when bool_or(overdue) then ${now}::timestamptz end), ${now}::timestamptz
    from jsonb_to_recordset(${given}::jsonb) as r(group_id text, route text, receiver text, group_labels jsonb,
      flush_at timestamptz, overdue boolean)
    group by group_id
    on conflict (id) do update set flush_at = least(g.flush_at, excluded.flush_at) where not g.flushed`.execute(
    connection,
  );
  // An alert that fires anew takes the place of its last episode; what was told of it stays told.
  await sql`insert into alert_group_members (group_id, fingerprint, episode_id)
    select distinct on (r.group_id, r.fingerprint) r.group_id, r.fingerprint, e.id
    from jsonb_to_recordset(${given}::jsonb) as r(group_id text, fingerprint text)
    join lateral (
      select id from alert_episodes x where x.fingerprint = r.fingerprint order by (x.ended_at is null) desc, id desc limit 1
    ) e on true
    on conflict (group_id, fingerprint) do update set episode_id = excluded.episode_id`.execute(connection);
}

const flush = (connection: Sql) => ({
  async dueGroups(now: string, limit: number): Promise<readonly AlertGroupRow[]> {
    const { rows } = await sql<AlertGroupRow>`
      select id, route, receiver, labels, notified_at from alert_groups where flush_at <= ${now}::timestamptz
      order by flush_at, id limit ${limit}`.execute(connection);
    return rows;
  },

  async nextFlush(): Promise<string | null> {
    const { rows } = await sql<{ at: string | null }>`select min(flush_at) as at from alert_groups`.execute(
      connection,
    );
    return rows[0]?.at ?? null;
  },

  async endSilent(groupId: string, before: string, now: string): Promise<void> {
    await sql`update alert_episodes e set ended_at = ${now}::timestamptz, ended_by = 'silent'
      from alert_group_members m where m.group_id = ${groupId} and e.id = m.episode_id and e.ended_at is null
        and e.last_reported_at < ${before}::timestamptz`.execute(connection);
  },

  async members(groupId: string, after: string, limit: number): Promise<readonly AlertMemberRow[]> {
    const { rows } = await sql<AlertMemberRow>`
      select m.fingerprint, m.episode_id, e.labels, m.suppressed_by
      from alert_group_members m join alert_episodes e on e.id = m.episode_id
      where m.group_id = ${groupId} and m.fingerprint > ${after} order by m.fingerprint limit ${limit}`.execute(
      connection,
    );
    return rows;
  },

  async suppress(
    groupId: string,
    changes: readonly { readonly fingerprint: string; readonly suppressedBy: string }[],
    now: string,
  ): Promise<void> {
    if (changes.length === 0) return;
    const given = JSON.stringify(
      changes.map(({ fingerprint, suppressedBy }) => ({ fingerprint, suppressed_by: suppressedBy })),
    );
    await sql`with changed as (
        update alert_group_members m set suppressed_by = r.suppressed_by
        from jsonb_to_recordset(${given}::jsonb) as r(fingerprint text, suppressed_by text)
        where m.group_id = ${groupId} and m.fingerprint = r.fingerprint
        returning m.group_id, m.episode_id, m.suppressed_by
      )
      insert into alert_suppressions (group_id, episode_id, suppressed_by, recorded_at)
      select group_id, episode_id, suppressed_by, ${now}::timestamptz from changed where suppressed_by <> ''
      on conflict do nothing`.execute(connection);
  },

  async counts(groupId: string): Promise<AlertGroupCounts> {
    const { rows } = await sql<AlertGroupCounts>`
      select count(*) filter (where e.ended_at is null and m.suppressed_by = '')::int as firing,
        count(*) filter (where e.ended_at is null and m.suppressed_by = '' and m.told <> 'firing')::int as new_firing,
        count(*) filter (where e.ended_at is null and m.suppressed_by = '' and k.episode_id is null)::int as unacknowledged,
        count(*) filter (where ${toldOfEnd})::int as new_resolved,
        coalesce(bool_or(m.told = 'firing'), false) as told_firing,
        count(*) filter (where m.suppressed_by <> '')::int as suppressed
      from alert_group_members m join alert_episodes e on e.id = m.episode_id
        left join alert_acknowledgements k on k.episode_id = e.id
      where m.group_id = ${groupId}`.execute(connection);
    return (
      rows[0] ?? {
        firing: 0,
        newFiring: 0,
        newResolved: 0,
        unacknowledged: 0,
        toldFiring: false,
        suppressed: 0,
      }
    );
  },

  async items(groupId: string, limit: number): Promise<readonly AlertGroupItem[]> {
    const { rows } = await sql<AlertGroupItem>`
      select e.id, e.labels, e.started_at, e.ended_at, a.content
      from alert_group_members m join alert_episodes e on e.id = m.episode_id join alerts a on a.id = e.last_alert_id
      where m.group_id = ${groupId} and m.suppressed_by = '' and (e.ended_at is null or ${toldOfEnd})
      order by (e.ended_at is null) desc, ${severityRank}, (m.told <> 'firing') desc, e.id desc
      limit ${limit}`.execute(connection);
    return rows;
  },

  async firing(
    contains: Labels,
    after: number,
    limit: number,
  ): Promise<readonly { readonly id: number; readonly labels: Labels }[]> {
    const { rows } = await sql<{ id: number; labels: Labels }>`
      select id, labels from alert_episodes
      where ended_at is null and id > ${after} and labels @> ${JSON.stringify(contains)}::jsonb
      order by id limit ${limit}`.execute(connection);
    return rows;
  },

  async silences(now: string): Promise<readonly SilenceRow[]> {
    const { rows } = await sql<SilenceRow>`
      select id, matchers, starts_at, ends_at from silences
      where starts_at <= ${now}::timestamptz and ends_at > ${now}::timestamptz and expired_at is null
      order by id`.execute(connection);
    return rows;
  },

  async recordNotification(record: {
    readonly group: AlertGroupRow;
    readonly severity: string;
    readonly model: string | null;
    readonly step: number;
    readonly counts: AlertGroupCounts;
    readonly channels: readonly string[];
    readonly now: string;
  }): Promise<number> {
    const { group, counts } = record;
    const { rows } = await sql<{ id: number }>`
      insert into alert_notifications (group_id, route, receiver, labels, severity, model, step, firing, resolved, suppressed,
        channels, decided_at)
      values (${group.id}, ${group.route}, ${group.receiver}, ${JSON.stringify(group.labels)}::jsonb, ${record.severity},
        ${record.model}, ${record.step}, ${counts.firing}, ${counts.newResolved}, ${counts.suppressed},
        ${record.channels}::text[], ${record.now}::timestamptz)
      returning id`.execute(connection);
    const id = rows[0]?.id ?? 0;
    await sql`with told as (
        insert into alert_notified_episodes (notification_id, episode_id, status)
        select ${id}, e.id, case when e.ended_at is null then 'firing' else 'resolved' end
        from alert_group_members m join alert_episodes e on e.id = m.episode_id
        where m.group_id = ${group.id} and m.suppressed_by = '' and (e.ended_at is null or ${toldOfEnd})
        returning episode_id
      )
      update alert_episodes e set notified_at = ${record.now}::timestamptz from told
      where e.id = told.episode_id and e.notified_at is null`.execute(connection);
    return id;
  },

  async markTold(groupId: string): Promise<void> {
    await sql`update alert_group_members m set told = case when m.suppressed_by <> '' then 'nothing'
        when e.ended_at is null then 'firing' else 'resolved' end
      from alert_episodes e where m.group_id = ${groupId} and e.id = m.episode_id`.execute(connection);
  },

  async finishFlush(input: {
    readonly groupId: string;
    readonly flushAt: string;
    readonly notifiedAt: string | null;
  }): Promise<void> {
    const { groupId, flushAt, notifiedAt } = input;
    await sql`delete from alert_group_members m using alert_episodes e
      where m.group_id = ${groupId} and e.id = m.episode_id and e.ended_at is not null and (m.told <> 'firing' or ${forgotten})`.execute(
      connection,
    );
    await sql`update alert_groups set flush_at = ${flushAt}::timestamptz, flushed = true,
        notified_at = coalesce(${notifiedAt}::timestamptz, notified_at)
      where id = ${groupId}`.execute(connection);
    await sql`delete from alert_groups g where g.id = ${groupId}
      and not exists (select from alert_group_members m where m.group_id = g.id)`.execute(connection);
  },

  async dropGroup(groupId: string): Promise<void> {
    await sql`delete from alert_groups where id = ${groupId}`.execute(connection);
  },

  async beginEscalation(input: {
    readonly notificationId: number;
    readonly groupId: string;
    readonly policy: string;
    readonly now: string;
  }): Promise<void> {
    const { notificationId, groupId, policy, now } = input;
    await sql`insert into alert_escalations (notification_id, group_id, policy, started_at)
      values (${notificationId}, ${groupId}, ${policy}, ${now}::timestamptz)
      on conflict do nothing`.execute(connection);
  },

  async send(notificationId: number, event: NotificationEvent, channels: readonly string[]): Promise<void> {
    await sql`update alert_notifications set dedupe_key = ${event.dedupeKey} where id = ${notificationId}`.execute(
      connection,
    );
    await sql`insert into outbox (dedupe_key, channel, event)
      select ${event.dedupeKey}, channel, ${JSON.stringify(event)}::jsonb from unnest(${channels}::text[]) channel
      on conflict (dedupe_key, channel) do nothing`.execute(connection);
  },
});
