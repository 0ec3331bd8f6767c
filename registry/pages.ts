import { sql } from 'kysely';
import type { ModelScope } from '../contracts/identity.ts';
import type { RetrainOutcome } from '../contracts/retrain.ts';
import { reignJson } from './champions.ts';
import type { ReignRecord } from './champions.ts';
import { operations } from './database.ts';
import { inScope } from './scope.ts';
import type { SpecRecord } from './specs.ts';
import type { RetrainBrief, VersionBrief } from './overview.ts';

/** A page of rows, newest first: `before` is the place of the last row that was seen; null begins at the newest. */
interface Page {
  readonly before: number | null;
  readonly limit: number;
}

export interface RetrainRow extends RetrainBrief {
  readonly model: string;
  readonly code: string;
  readonly specNumber: number;
}

export interface VersionRow extends VersionBrief {
  readonly model: string;
  readonly snapshotId: string;
  readonly recipeHash: string;
  readonly state: 'registered' | 'deleted';
  readonly retainUntil: string;
  readonly role: 'champion' | 'previous' | 'challenger' | 'former' | 'none';
}

export interface AuditRow {
  readonly model: string;
  readonly seq: number;
  readonly hash: string;
  readonly prevHash: string;
  readonly actor: string;
  readonly command: string;
  readonly businessAt: string | null;
  readonly recordedAt: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface RefusedRow {
  readonly minute: string;
  readonly actor: string;
  readonly command: string;
  readonly code: string;
  readonly model: string;
  readonly reason: string;
  readonly attempts: number;
}

export const pageOperations = operations((database) => ({
  /** The market of a model; null when there is no such model. */
  async marketOf({ model }: { readonly model: string }): Promise<string | null> {
    const { rows } = await database.run((connection) =>
      sql<{ market: string }>`select spec ->> 'market' as market from specs
        where model = ${model} order by number desc limit 1`.execute(connection),
    );
    return rows[0]?.market ?? null;
  },

  async retrainPage(
    input: Page & {
      readonly scope: ModelScope;
      readonly model: string | null;
      readonly status: 'open' | RetrainOutcome | null;
    },
  ): Promise<readonly RetrainRow[]> {
    const { scope, model, status, before, limit } = input;
    const { rows } = await database.run((connection) =>
      sql<RetrainRow>`
        select t.id as retrain_id, t.run, t.model, t.as_of, t.trigger, t.requester, t.emergency, t.step, t.status,
          t.verdict, t.reason, t.code, t.spec_number, contender_version_number(t.version_id) as version,
          t.started_at, t.step_at, t.finished_at
        from retrains t
        where ${inScope('t.model', scope)} and (${model}::text is null or t.model = ${model})
          and (${status}::text is null or t.status = ${status}) and (${before}::bigint is null or t.run < ${before}::bigint)
        order by t.run desc limit ${limit}`.execute(connection),
    );
    return rows;
  },

  async versionPage(input: Page & { readonly model: string }): Promise<readonly VersionRow[]> {
    const { model, before, limit } = input;
    const { rows } = await database.run((connection) =>
      sql<VersionRow>`
        select v.id, v.model, v.number, v.snapshot_id, v.recipe_hash, v.state, v.registered_at, v.retain_until,
          coalesce((select r.cause = 'probation' from reigns r
            where r.version_id = v.id and r.cause <> 'rollback' order by r.epoch desc limit 1), false) as probation,
          case when c.champion_id = v.id then 'champion' when c.previous_id = v.id then 'previous'
            when exists (select from retrains t where t.model = v.model and t.status = 'open' and t.version_id = v.id
              and t.step in ('shadow', 'approve', 'swap')) then 'challenger'
            when exists (select from reigns g where g.version_id = v.id) then 'former' else 'none' end as role
        from versions v join champions c on c.model = v.model
        where v.model = ${model} and (${before}::bigint is null or v.number < ${before}::bigint)
        order by v.number desc limit ${limit}`.execute(connection),
    );
    return rows;
  },

  async reignPage(input: Page & { readonly model: string }): Promise<readonly ReignRecord[]> {
    const { model, before, limit } = input;
    const { rows } = await database.run((connection) =>
      sql<{ reign: ReignRecord }>`select ${reignJson} as reign from reigns g
        where g.model = ${model} and (${before}::bigint is null or g.epoch < ${before}::bigint)
        order by g.epoch desc limit ${limit}`.execute(connection),
    );
    return rows.map(({ reign }) => reign);
  },

  async specPage(input: Page & { readonly model: string }): Promise<readonly SpecRecord[]> {
    const { model, before, limit } = input;
    const { rows } = await database.run((connection) =>
      sql<SpecRecord>`select model, number, spec, hash, author, loosened, second_person, second_as_deputy, recorded_at
        from specs
        where model = ${model} and (${before}::bigint is null or number < ${before}::bigint)
        order by number desc limit ${limit}`.execute(connection),
    );
    return rows;
  },

  async auditPage(input: Page & { readonly model: string }): Promise<readonly AuditRow[]> {
    const { model, before, limit } = input;
    const { rows } = await database.run((connection) =>
      sql<AuditRow>`select model, seq, hash, prev_hash, actor, command, business_at, recorded_at,
          coalesce(body::jsonb -> 'facts', '{}'::jsonb) as facts
        from audit where model = ${model} and (${before}::bigint is null or seq < ${before}::bigint)
        order by seq desc limit ${limit}`.execute(connection),
    );
    return rows;
  },

  /** The log of refused attempts, newest minute first. */
  async refusedAttempts(input: { readonly limit: number }): Promise<readonly RefusedRow[]> {
    const { rows } = await database.run((connection) =>
      sql<RefusedRow>`select minute, actor, command, code, model, reason, attempts from refused_attempts
        order by minute desc, attempts desc limit ${input.limit}`.execute(connection),
    );
    return rows;
  },
}));
