import { sql } from 'kysely';
import type { ModelSpec } from '../contracts/spec.ts';
import { operations } from './database.ts';
import { freezeJson, sideJson } from './model-controls.ts';
import type { ModelFreeze, ModelSide } from './model-controls.ts';
import { unknownModel } from './specs.ts';
import type { PinPurpose } from './retention.ts';
import { versionJson } from './versions.ts';
import type { VersionRecord } from './versions.ts';

/** One consistent reading of a model: every field belongs to the same epoch. */
export interface ChampionView {
  readonly model: string;
  /** 0 before the first champion. */
  readonly epoch: number;
  readonly champion: VersionRecord | null;
  /** The last champions that are kept, newest first; the first is the one a plain rollback goes to, if there is any. */
  readonly previous: readonly VersionRecord[];
  /** The version that `rollback` without a target returns to; null when there is none. */
  readonly rollbackTarget: number | null;
  /** Candidate of the open retrain, from the shadow to the swap. */
  readonly challenger: VersionRecord | null;
  /** What consumers do with the answers. */
  readonly side: ModelSide;
  /** A frozen model is neither promoted nor rolled back by itself. */
  readonly freeze: ModelFreeze;
  readonly spec: ModelSpec;
  readonly specNumber: number;
  readonly reign: ReignRecord | null;
  /** Consumers with a version of their own; whoever names one of them is answered accordingly. */
  readonly consumers: readonly ConsumerWish[];
  /** The versions that they name, each once: those that most of them name, first. */
  readonly pinned: readonly VersionRecord[];
  /** What servers are asked to rehearse; null: nothing. */
  readonly drill: DrillOrder | null;
}

export interface DrillOrder {
  readonly id: number;
  /** The version that a rollback would go to. */
  readonly target: VersionRecord;
}

export interface ConsumerWish {
  readonly consumer: string;
  readonly purpose: PinPurpose;
  /** Number of the version. */
  readonly version: number;
}

export interface ReignRecord {
  readonly model: string;
  readonly epoch: number;
  readonly versionId: string;
  readonly version: number;
  readonly fromVersion: number | null;
  readonly cause: 'swap' | 'rollback' | 'probation';
  readonly retrainId: string | null;
  readonly decisionHash: string | null;
  readonly actor: string;
  readonly reason: string;
  /** Business time of the beginning. */
  readonly businessAt: string;
  /** System time: when the registry learnt of it. */
  readonly recordedAt: string;
}

/** Champions kept warm besides the one in force. */
const PREVIOUS_KEPT = 3;
/** Reigns looked at for them: every server asks each second, so the answer must not grow with the history. */
const RECENT_REIGNS = 50;
/** Versions of consumers that are kept warm; every further one is loaded when it is asked for. */
const PINNED_KEPT = 4;

export const reignJson = sql<ReignRecord>`jsonb_build_object(
  'model', g.model, 'epoch', g.epoch, 'versionId', g.version_id, 'version', contender_version_number(g.version_id),
  'fromVersion', contender_version_number(g.from_version_id), 'cause', g.cause,
  'retrainId', (select id from retrains where run = g.run), 'decisionHash', g.decision_hash, 'actor', g.actor,
  'reason', g.reason, 'businessAt', contender_instant(g.business_at), 'recordedAt', contender_instant(g.recorded_at))`;

export const championOperations = operations((database) => ({
  /** Champion, previous, challenger and spec in one statement, hence of one epoch. Throws ModelUnknown. */
  async champion({ model }: { readonly model: string }): Promise<ChampionView> {
    const { rows } = await database.run((connection) =>
      sql<ChampionView>`
        select c.model, c.epoch, ${sideJson} as side, ${freezeJson} as freeze, s.spec, s.number as spec_number,
          (select ${versionJson} from versions v where v.id = c.champion_id) as champion,
          (select v.number from versions v where v.id = c.previous_id) as rollback_target,
          coalesce((
            select jsonb_agg(old.version order by old.target desc, old.newest desc)
            from (select ${versionJson} as version, bool_or(g.target) as target, max(g.epoch) as newest
                  from (select * from (select version_id, epoch, false as target from reigns
                          where model = c.model order by epoch desc limit ${RECENT_REIGNS}) recent
                        union all select c.previous_id, 0, true) g
                  join versions v on v.id = g.version_id
                  where v.id <> c.champion_id and v.state <> 'deleted'
                  group by v.id order by 2 desc, 3 desc limit ${PREVIOUS_KEPT}) old), '[]') as previous,
          (select ${versionJson} from retrains t join versions v on v.id = t.version_id
            where t.model = c.model and t.status = 'open' and t.step in ('shadow', 'approve', 'swap')
              and v.id is distinct from c.champion_id) as challenger,
          (select ${reignJson} from reigns g where g.model = c.model and g.epoch = c.epoch) as reign,
          coalesce((select jsonb_agg(jsonb_build_object('consumer', p.consumer, 'purpose', p.purpose,
              'version', contender_version_number(p.version_id)) order by p.consumer)
            from pins p where p.model = c.model and p.released_at is null), '[]') as consumers,
          coalesce((select jsonb_agg(often.version order by often.n desc, often.id) from (
            select v.id, count(*) as n, ${versionJson} as version from pins p join versions v on v.id = p.version_id
            where p.model = c.model and p.released_at is null
            group by v.id order by n desc, v.id limit ${PINNED_KEPT}) often), '[]') as pinned,
          (select jsonb_build_object('id', d.id, 'target', ${versionJson})
            from rollback_drills d join versions v on v.id = d.target_id
            where d.model = c.model and d.ended_at is null and d.epoch = c.epoch
              and d.deadline > clock_timestamp()) as drill
        from champions c
        join models m on m.model = c.model
        join lateral (select spec, number from specs where model = c.model order by number desc limit 1) s on true
        where c.model = ${model}`.execute(connection),
    );
    const [row] = rows;
    if (row === undefined) throw unknownModel(model);
    return row;
  },

  /**
   * Epoch, champion and side alone: what a server needs to switch, and no answer of the new epoch may go with an older side.
   * Null without a champion or a model.
   */
  async championPointer({ model }: { readonly model: string }): Promise<{
    readonly epoch: number;
    readonly versionId: string;
    readonly side: ModelSide;
  } | null> {
    const { rows } = await database.run((connection) =>
      sql<{ epoch: number; versionId: string; side: ModelSide }>`
        select m.epoch, m.champion_id as version_id, ${sideJson} as side from champions m
        where m.model = ${model} and m.champion_id is not null`.execute(connection),
    );
    return rows[0] ?? null;
  },

  /**
   * Who was champion at business time `at`, as known at system time `knownAt`; null when nobody was. Both times never
   * fall within a model, so the answer is the older of two index look-ups.
   */
  async championAt(input: {
    readonly model: string;
    readonly at: string;
    readonly knownAt: string;
  }): Promise<ReignRecord | null> {
    const { model, at, knownAt } = input;
    const { rows } = await database.run((connection) =>
      sql<{ reign: ReignRecord }>`
        select ${reignJson} as reign from reigns g where g.model = ${model} and g.epoch = least(
          (select epoch from reigns where model = ${model} and business_at <= ${at}::timestamptz
            order by business_at desc, epoch desc limit 1),
          (select epoch from reigns where model = ${model} and recorded_at <= ${knownAt}::timestamptz
            order by recorded_at desc, epoch desc limit 1))
          and g.business_at <= ${at}::timestamptz and g.recorded_at <= ${knownAt}::timestamptz`.execute(
        connection,
      ),
    );
    return rows[0]?.reign ?? null;
  },

  /** All reigns, newest first. */
  async reigns({ model }: { readonly model: string }): Promise<readonly ReignRecord[]> {
    const { rows } = await database.run((connection) =>
      sql<{ reign: ReignRecord }>`
        select ${reignJson} as reign from reigns g where g.model = ${model} order by g.epoch desc`.execute(
        connection,
      ),
    );
    return rows.map(({ reign }) => reign);
  },
}));
