import { sql } from 'kysely';
import type { NotificationSeverity } from '../../contracts/alert.ts';
import type { ModelScope } from '../../contracts/identity.ts';
import { operations } from '../database.ts';
import { unknownAlert } from './people.ts';
import { inScope } from '../scope.ts';

type Labels = Readonly<Record<string, string>>;

/** One alert from its start to its end, and what people did about it. */
export interface AlertEpisode {
  readonly id: number;
  readonly rule: string;
  readonly severity: NotificationSeverity;
  readonly model: string | null;
  readonly labels: Labels;
  readonly summary: string;
  /** Workflow id of the retrain that its last report is about; null: none. */
  readonly retrain: string | null;
  readonly startedAt: string;
  /** null: it fires. */
  readonly endedAt: string | null;
  readonly endedBy: 'resolved' | 'silent' | null;
  readonly reports: number;
  readonly lastReportedAt: string;
  /** First message about it; null: nobody was told. */
  readonly notifiedAt: string | null;
  readonly acknowledgedBy: string | null;
  readonly acknowledgedAt: string | null;
  /** Whether there was something to act on, as the last person to judge it said; null: nobody did. */
  readonly judgement: 'true' | 'false' | null;
  /** By what it is held back in its groups now: `silence 3`, `inhibited by 17`, `muted by nights`. */
  readonly suppressedBy: readonly string[];
}

/** One message about a group, with what became of it in each channel. */
export interface AlertDelivery {
  readonly notificationId: number;
  readonly receiver: string;
  readonly step: number;
  readonly severity: NotificationSeverity;
  readonly model: string | null;
  readonly firing: number;
  readonly resolved: number;
  readonly suppressed: number;
  readonly decidedAt: string;
  readonly channel: string;
  readonly state: 'pending' | 'sent' | 'dead';
  readonly attempts: number;
  readonly unknownOutcomes: number;
  readonly sentAt: string | null;
  readonly lastError: string | null;
}

/** How good the alerts of a rule were. */
export interface RuleQuality {
  readonly rule: string;
  readonly alerts: number;
  readonly notified: number;
  readonly judgedTrue: number;
  readonly judgedFalse: number;
  /** Told, over or older than a week, and nobody acknowledged or judged it. */
  readonly ignored: number;
  /** Of those judged, the share that was true; null: none was judged. */
  readonly precision: number | null;
  /** Median seconds from the first message to the acknowledgement; null: none was acknowledged. */
  readonly medianSecondsToAcknowledge: number | null;
}

export interface EpisodeFilter {
  /** null: every model, and the system. */
  readonly model: string | null;
  /** null: every rule. */
  readonly rule: string | null;
  readonly firingOnly: boolean;
  readonly limit: number;
}

/** Episodes `e` in the shape of AlertEpisode, for every query that returns them; a condition follows. */
const episodes = sql`
  select e.id, e.rule, e.severity, e.model, e.labels, coalesce(a.content ->> 'summary', a.body) as summary,
    a.content ->> 'retrain' as retrain, e.started_at, e.ended_at, e.ended_by, e.reports, e.last_reported_at, e.notified_at,
    k.subject as acknowledged_by, k.recorded_at as acknowledged_at,
    (select j.judgement from alert_judgements j where j.episode_id = e.id order by j.id desc limit 1) as judgement,
    coalesce((select array_agg(distinct m.suppressed_by) from alert_group_members m
      where m.episode_id = e.id and m.suppressed_by <> ''), '{}') as suppressed_by
  from alert_episodes e join alerts a on a.id = e.last_alert_id
    left join alert_acknowledgements k on k.episode_id = e.id`;

/** What was told and what people made of it. */
export const alertLedgerOperations = operations((database) => ({
  /** Newest first. */
  async listAlerts(filter: EpisodeFilter): Promise<readonly AlertEpisode[]> {
    const { model, rule, firingOnly, limit } = filter;
    const { rows } = await database.run((connection) =>
      sql<AlertEpisode>`
        ${episodes}
        where (${model}::text is null or e.model = ${model}) and (${rule}::text is null or e.rule = ${rule})
          and (not ${firingOnly}::boolean or e.ended_at is null)
        order by e.id desc limit ${limit}`.execute(connection),
    );
    return rows;
  },

  /** A page of what somebody may look at, newest first; alerts of no model are everybody's. */
  async alertPage(input: {
    readonly scope: ModelScope;
    /** null: every model. */
    readonly model: string | null;
    readonly firingOnly: boolean;
    readonly before: number | null;
    readonly limit: number;
  }): Promise<readonly AlertEpisode[]> {
    const { scope, model, firingOnly, before, limit } = input;
    const { rows } = await database.run((connection) =>
      sql<AlertEpisode>`${episodes}
        where (e.model is null or ${inScope('e.model', scope)}) and (${model}::text is null or e.model = ${model})
          and (not ${firingOnly}::boolean or e.ended_at is null) and (${before}::bigint is null or e.id < ${before}::bigint)
        order by e.id desc limit ${limit}`.execute(connection),
    );
    return rows;
  },

  /** One alert. Throws AlertUnknown. */
  async alertEpisode({ id }: { readonly id: number }): Promise<AlertEpisode> {
    const { rows } = await database.run((connection) =>
      sql<AlertEpisode>`${episodes} where e.id = ${id}`.execute(connection),
    );
    const [row] = rows;
    if (row !== undefined) return row;
    throw unknownAlert(id);
  },

  /** Messages about alerts, newest first; of one alert or of all. */
  async alertDeliveries(input: {
    /** null: of every alert. */
    readonly episodeId: number | null;
    readonly limit: number;
  }): Promise<readonly AlertDelivery[]> {
    const { rows } = await database.run((connection) =>
      sql<AlertDelivery>`
        select n.id as notification_id, n.receiver, n.step, n.severity, n.model, n.firing, n.resolved, n.suppressed,
          n.decided_at, o.channel, o.state, o.attempts, o.unknown_outcomes, o.sent_at, o.last_error
        from alert_notifications n join outbox o on o.dedupe_key = n.dedupe_key
        where ${input.episodeId}::bigint is null or exists (select from alert_notified_episodes t
          where t.notification_id = n.id and t.episode_id = ${input.episodeId})
        order by n.id desc, o.channel limit ${input.limit}`.execute(connection),
    );
    return rows;
  },

  /** Which models of a market have a champion, and whether there are results of a session. */
  async resultsOfSession(input: {
    readonly market: string;
    readonly session: string;
    readonly expects: 'live-results' | 'predictions';
  }): Promise<readonly { readonly model: string; readonly there: boolean }[]> {
    const { market, session, expects } = input;
    const found =
      expects === 'live-results'
        ? sql`exists (select from live_results r where r.model = c.model and r.session = ${session}::date
            and r.status <> 'unscored')`
        : sql`exists (select from predictions p where p.model = c.model and p.session = ${session}::date
            and p.kind in ('live', 'batch'))`;
    const { rows } = await database.run((connection) =>
      sql<{ model: string; there: boolean }>`
        select c.model, ${found} as there
        from champions c join lateral (
          select spec from specs s where s.model = c.model order by number desc limit 1
        ) s on true
        where c.champion_id is not null and s.spec ->> 'market' = ${market} order by c.model`.execute(
        connection,
      ),
    );
    return rows;
  },

  /** How good the alerts of each rule were since an instant, the noisiest first; of what somebody may look at. */
  async alertQuality(input: {
    readonly since: string;
    readonly scope: ModelScope;
  }): Promise<readonly RuleQuality[]> {
    const { rows } = await database.run((connection) =>
      sql<RuleQuality>`
        with judged as (
          select e.*, k.recorded_at as acknowledged_at,
            (select j.judgement from alert_judgements j where j.episode_id = e.id order by j.id desc limit 1) as judgement
          from alert_episodes e left join alert_acknowledgements k on k.episode_id = e.id
          where e.started_at >= ${input.since}::timestamptz and (e.model is null or ${inScope('e.model', input.scope)})
        )
        select rule, count(*)::int as alerts, count(notified_at)::int as notified,
          count(*) filter (where judgement = 'true')::int as judged_true,
          count(*) filter (where judgement = 'false')::int as judged_false,
          count(*) filter (where notified_at is not null and acknowledged_at is null and judgement is null
            and (ended_at is not null or notified_at < clock_timestamp() - interval '7 days'))::int as ignored,
          count(*) filter (where judgement = 'true')::float8 / nullif(count(judgement), 0) as precision,
          percentile_cont(0.5) within group (order by extract(epoch from acknowledged_at - notified_at)::float8)
            filter (where acknowledged_at is not null and notified_at is not null) as median_seconds_to_acknowledge
        from judged group by rule order by alerts desc, rule`.execute(connection),
    );
    return rows;
  },
}));
