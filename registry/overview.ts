import { sql } from 'kysely';
import type { ModelScope } from '../contracts/identity.ts';
import type { Market } from '../contracts/primitives.ts';
import type { ApprovalDeputy } from '../contracts/deputy.ts';
import type { RetrainOutcome, RetrainStep, Trigger } from '../contracts/retrain.ts';
import type { Verdict } from '../contracts/verdict.ts';
import { operations } from './database.ts';
import { freezeJson, sideJson } from './model-controls.ts';
import type { ModelFreeze, ModelSide } from './model-controls.ts';
import { inScope } from './scope.ts';

/** A version as a list shows it. */
export interface VersionBrief {
  readonly id: string;
  readonly number: number;
  readonly registeredAt: string;
  readonly probation: boolean;
}

/** A retrain as a list shows it: the newest of its model. */
export interface RetrainBrief {
  readonly retrainId: string;
  readonly run: number;
  readonly asOf: string;
  readonly trigger: Trigger;
  readonly requester: string;
  readonly emergency: boolean;
  readonly step: RetrainStep;
  readonly status: 'open' | RetrainOutcome;
  readonly verdict: Verdict | null;
  readonly reason: string;
  readonly version: number | null;
  readonly startedAt: string;
  readonly stepAt: string;
  readonly finishedAt: string | null;
}

/** A decision that an open retrain asks for. */
export interface ApprovalBrief {
  readonly retrainId: string;
  readonly model: string;
  readonly version: number;
  readonly evidenceHash: string;
  readonly admission: 'promotion' | 'probation';
  readonly expectedEpoch: number;
  readonly needed: number;
  readonly approvedBy: readonly string[];
  readonly rejectedBy: string | null;
  /** People who may not sign: requester and spec author under four-eyes. */
  readonly barred: readonly string[];
  /** Who may decide in the place of a lead, from an instant on. */
  readonly deputy: ApprovalDeputy | null;
  readonly openedAt: string;
  readonly expiresAt: string;
}

/** What the first page shows of one model, as of one statement. */
export interface ModelOverview {
  readonly model: string;
  readonly market: Market;
  readonly specNumber: number;
  readonly epoch: number;
  readonly champion: VersionBrief | null;
  readonly reign: {
    readonly cause: 'swap' | 'rollback' | 'probation';
    readonly actor: string;
    readonly reason: string;
    readonly businessAt: string;
    readonly recordedAt: string;
  } | null;
  readonly rollbackTarget: number | null;
  readonly challenger: VersionBrief | null;
  readonly side: ModelSide;
  readonly freeze: ModelFreeze;
  readonly retrain: RetrainBrief | null;
  readonly approval: ApprovalBrief | null;
  /** Servers with a valid lease, and those of them that answer with the epoch in force. */
  readonly servers: { readonly leased: number; readonly acknowledged: number };
  /** The newest session that was measured; null before the first. */
  readonly lastResult: {
    readonly session: string;
    readonly rankIc: number | null;
    readonly netReturn: number | null;
  } | null;
  /** The rehearsal of the way back that runs: servers that were waited for when it began, and reports so far; null: none runs. */
  readonly drill: { readonly id: number; readonly waitedFor: number; readonly reported: number } | null;
  /** Alerts of the last 24 hours. */
  readonly recentAlerts: number;
}

const versionBrief = sql`jsonb_build_object('id', v.id, 'number', v.number,
  'registeredAt', contender_instant(v.registered_at),
  'probation', coalesce((select r.cause = 'probation' from reigns r
    where r.version_id = v.id and r.cause <> 'rollback' order by r.epoch desc limit 1), false))`;

const approvalJson = sql`jsonb_build_object(
  'retrainId', t.id, 'model', t.model, 'version', contender_version_number(d.version_id),
  'evidenceHash', d.hash, 'admission', d.admission, 'expectedEpoch', d.expected_epoch, 'needed', d.approvers,
  'approvedBy', coalesce((select jsonb_agg(a.subject order by a.decided_at) from approvals a
    where a.evidence_hash = d.hash and a.decision = 'approve'), '[]'),
  'rejectedBy', (select a.subject from approvals a where a.evidence_hash = d.hash and a.decision = 'reject' limit 1),
  'barred', case when d.four_eyes then to_jsonb(array(select distinct unnest(array[d.requester, d.spec_author]) order by 1))
    else '[]'::jsonb end,
  'deputy', case when d.deputy is null then null
    else jsonb_build_object('subject', d.deputy, 'from', contender_instant(d.deputy_from)) end,
  'openedAt', contender_instant(d.recorded_at), 'expiresAt', contender_instant(d.expires_at))`;

export const overviewOperations = operations((database) => ({
  /** Every model that somebody may look at, by name. One statement, hence one moment. */
  async overview({ scope }: { readonly scope: ModelScope }): Promise<readonly ModelOverview[]> {
    const { rows } = await database.run((connection) =>
      sql<ModelOverview>`
        select m.model, s.spec ->> 'market' as market, s.number as spec_number, c.epoch,
          ${sideJson} as side, ${freezeJson} as freeze,
          (select ${versionBrief} from versions v where v.id = c.champion_id) as champion,
          (select v.number from versions v where v.id = c.previous_id) as rollback_target,
          (select jsonb_build_object('cause', g.cause, 'actor', g.actor, 'reason', g.reason,
              'businessAt', contender_instant(g.business_at), 'recordedAt', contender_instant(g.recorded_at))
            from reigns g where g.model = m.model and g.epoch = c.epoch) as reign,
          (select ${versionBrief} from versions v where v.id = t.version_id and t.status = 'open'
            and t.step in ('shadow', 'approve', 'swap') and v.id is distinct from c.champion_id) as challenger,
          case when t.run is null then null else jsonb_build_object('retrainId', t.id, 'run', t.run,
            'asOf', contender_instant(t.as_of), 'trigger', t.trigger, 'requester', t.requester, 'emergency', t.emergency,
            'step', t.step, 'status', t.status, 'verdict', t.verdict, 'reason', t.reason,
            'version', contender_version_number(t.version_id), 'startedAt', contender_instant(t.started_at),
            'stepAt', contender_instant(t.step_at), 'finishedAt', contender_instant(t.finished_at)) end as retrain,
          case when t.status = 'open' then (select ${approvalJson} from decisions d where d.run = t.run
            order by d.recorded_at desc limit 1) end as approval,
          (select jsonb_build_object('leased', count(*),
              'acknowledged', count(*) filter (where coalesce(e.epoch, 0) >= c.epoch))
            from servers sv left join server_epochs e on e.server = sv.name and e.model = m.model
            where sv.lease_until > clock_timestamp()
              and (cardinality(sv.models) = 0 or m.model = any (sv.models))) as servers,
          (select jsonb_build_object('session', l.session, 'rankIc', l.rank_ic, 'netReturn', l.net_return)
            from live_results l where l.model = m.model and l.version_id = c.champion_id and l.rank_ic is not null
            order by l.session desc limit 1) as last_result,
          (select jsonb_build_object('id', r.id, 'waitedFor', cardinality(r.servers),
              'reported', (select count(*) from rollback_drill_servers rs where rs.drill = r.id))
            from rollback_drills r where r.model = m.model and r.ended_at is null) as drill,
          (select count(*)::int from alerts a where a.model = m.model
            and a.recorded_at > clock_timestamp() - interval '24 hours') as recent_alerts
        from models m
        join champions c on c.model = m.model
        join lateral (select spec, number from specs where model = m.model order by number desc limit 1) s on true
        left join lateral (select * from retrains where model = m.model order by run desc limit 1) t on true
        where ${inScope('m.model', scope)}
        order by m.model`.execute(connection),
    );
    return rows;
  },

  /** Decisions that open retrains ask for, the soonest to expire first. */
  async openApprovals({ scope }: { readonly scope: ModelScope }): Promise<readonly ApprovalBrief[]> {
    const { rows } = await database.run((connection) =>
      sql<{ approval: ApprovalBrief }>`
        select ${approvalJson} as approval
        from retrains t
        join lateral (select * from decisions where run = t.run order by recorded_at desc limit 1) d on true
        where t.status = 'open' and ${inScope('t.model', scope)}
        order by d.expires_at`.execute(connection),
    );
    return rows.map(({ approval }) => approval);
  },

  /** The newest decision of a retrain's newest run; null when none was asked for. */
  async approvalOf({ retrainId }: { readonly retrainId: string }): Promise<ApprovalBrief | null> {
    const { rows } = await database.run((connection) =>
      sql<{ approval: ApprovalBrief }>`
        select ${approvalJson} as approval
        from (select * from retrains where id = ${retrainId} order by run desc limit 1) t
        join lateral (select * from decisions where run = t.run order by recorded_at desc limit 1) d on true`.execute(
        connection,
      ),
    );
    return rows[0]?.approval ?? null;
  },
}));
