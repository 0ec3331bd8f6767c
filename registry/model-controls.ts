import { sql } from 'kysely';
import { SYSTEM_ACTOR } from '../contracts/ids.ts';
import type { Actor } from '../contracts/primitives.ts';
import type { ScheduleKind } from '../contracts/schedule.ts';
import { runCommand } from './command.ts';
import { operations } from './database.ts';
import type { Sql } from './database.ts';
import { RoleMissing } from './errors.ts';

/** What consumers do with a model's answers: use them, only close positions by them, or stop trading on them. */
export type SideAction = 'serve' | 'reduce-only' | 'halt';

/** What is in force for consumers, since when and why. */
export interface ModelSide {
  readonly action: SideAction;
  readonly reason: string;
  readonly subject: string;
  /** Epoch in force when it was said; 0: never said, or before the first champion. */
  readonly epoch: number;
  /** Wall time; null: never said. */
  readonly since: string | null;
}

export interface ModelFreeze {
  readonly frozen: boolean;
  readonly reason: string;
  readonly subject: string;
  readonly epoch: number;
  /** Wall time; null: it was never frozen. */
  readonly since: string | null;
}

/** A version that a rollback took away: another retrain has to make it again before it can be promoted. */
export interface Withdrawal {
  readonly versionId: string;
  readonly version: number;
  /** The reign that replaced it. */
  readonly epoch: number;
  readonly subject: string;
  readonly reason: string;
  readonly recordedAt: string;
}

export interface ControlInput {
  readonly model: string;
  readonly actor: Actor;
  readonly reason: string;
  readonly idempotencyKey: string;
}

/** Roles that may hold a model still and tell its consumers what to do. */
const CONTROL_ROLES = ['quant-lead', 'operator', 'admin'] as const;

const NEVER_SIDED: ModelSide = { action: 'serve', reason: '', subject: '', epoch: 0, since: null };
const NEVER_FROZEN: ModelFreeze = { frozen: false, reason: '', subject: '', epoch: 0, since: null };

/** The side of the model `m.model` as JSON in the shape of ModelSide, for every query that returns one. */
export const sideJson = sql<ModelSide>`coalesce((
  select jsonb_build_object('action', d.action, 'reason', d.reason, 'subject', d.subject, 'epoch', d.epoch,
    'since', contender_instant(d.recorded_at))
  from model_sides d where d.model = m.model order by d.number desc limit 1), ${JSON.stringify(NEVER_SIDED)}::jsonb)`;

/** Whether the model `m.model` is held still, in the shape of ModelFreeze. */
export const freezeJson = sql<ModelFreeze>`coalesce((
  select jsonb_build_object('frozen', f.frozen, 'reason', f.reason, 'subject', f.subject, 'epoch', f.epoch,
    'since', contender_instant(f.recorded_at))
  from model_freezes f where f.model = m.model order by f.number desc limit 1), ${JSON.stringify(NEVER_FROZEN)}::jsonb)`;

export const modelControlOperations = operations((database) => ({
  /**
   * Freezes a model, or lets it go: a frozen one is neither promoted nor rolled back by itself, with or without a version to
   * go back to. What is so already stays as it is; the command is recorded all the same, so that its repetition does not undo what
   * others did since. Throws ModelUnknown, RoleMissing.
   */
  async setFreeze(input: ControlInput & { readonly frozen: boolean }): Promise<ModelFreeze> {
    const { model, actor, reason, frozen, idempotencyKey } = input;
    requireControlRole(actor, frozen ? 'freeze' : 'unfreeze');
    const command = frozen ? 'freeze' : 'unfreeze';
    const { repeated: _, ...freeze } = await runCommand<ModelFreeze>(
      database,
      {
        ...{ model, command, actor: actor.subject, key: idempotencyKey, businessAt: null },
        request: { model, frozen, actor: actor.subject },
      },
      async (transaction) => {
        const current = await freezeOf(transaction, model);
        const epoch = await epochOf(transaction, model);
        if (current.frozen === frozen)
          return { result: current, facts: { frozen, epoch, reason, unchanged: true } };
        const { n: number } = await transaction
          .selectFrom('modelFreezes')
          .select(sql<number>`(coalesce(max(number), 0) + 1)::int`.as('n'))
          .where('model', '=', model)
          .executeTakeFirstOrThrow();
        await transaction
          .insertInto('modelFreezes')
          .values({ model, number, frozen, epoch, subject: actor.subject, reason })
          .execute();
        return { result: await freezeOf(transaction, model), facts: { frozen, epoch, reason } };
      },
    );
    return freeze;
  },

  /** Tells consumers what to do with the answers. Throws ModelUnknown, RoleMissing. */
  async setSide(input: ControlInput & { readonly action: SideAction }): Promise<ModelSide> {
    const { model, actor, reason, action, idempotencyKey } = input;
    requireControlRole(actor, `set the side of ${model}`);
    const { repeated: _, ...side } = await runCommand<ModelSide>(
      database,
      {
        ...{ model, command: 'set-side', actor: actor.subject, key: idempotencyKey, businessAt: null },
        request: { model, action, actor: actor.subject },
      },
      async (transaction) => {
        const current = await sideOf(transaction, model);
        const epoch = await epochOf(transaction, model);
        if (current.action === action)
          return { result: current, facts: { action, epoch, reason, unchanged: true } };
        const { n: number } = await transaction
          .selectFrom('modelSides')
          .select(sql<number>`(coalesce(max(number), 0) + 1)::int`.as('n'))
          .where('model', '=', model)
          .executeTakeFirstOrThrow();
        await transaction
          .insertInto('modelSides')
          .values({ model, number, action, epoch, subject: actor.subject, reason })
          .execute();
        return { result: await sideOf(transaction, model), facts: { action, epoch, reason } };
      },
    );
    return side;
  },

  /** Writes down that somebody pauses, resumes or triggers a schedule of a model. Throws ModelUnknown, RoleMissing. */
  async recordScheduleCommand(
    input: ControlInput & {
      readonly action: 'pause' | 'resume' | 'trigger';
      readonly kind: ScheduleKind;
    },
  ): Promise<void> {
    const { model, actor, reason, action, kind, idempotencyKey } = input;
    requireControlRole(actor, `${action} the schedule of ${model}`);
    await runCommand(
      database,
      {
        ...{
          model,
          command: `${action}-schedule`,
          actor: actor.subject,
          key: idempotencyKey,
          businessAt: null,
        },
        request: { model, action, kind, actor: actor.subject },
      },
      () => Promise.resolve({ result: {}, facts: { action, kind, reason } }),
    );
  },

  /** Versions that rollbacks took away, newest first. */
  async withdrawals({ model }: { readonly model: string }): Promise<readonly Withdrawal[]> {
    const { rows } = await database.run((connection) =>
      sql<Withdrawal>`
        select version_id, contender_version_number(version_id) as version, epoch, subject, reason, recorded_at
        from withdrawals where model = ${model} order by epoch desc`.execute(connection),
    );
    return rows;
  },
}));

async function freezeOf(connection: Sql, model: string): Promise<ModelFreeze> {
  const { rows } = await sql<{ freeze: ModelFreeze }>`
    select ${freezeJson} as freeze from models m where m.model = ${model}`.execute(connection);
  return rows[0]?.freeze ?? NEVER_FROZEN;
}

async function sideOf(connection: Sql, model: string): Promise<ModelSide> {
  const { rows } = await sql<{ side: ModelSide }>`
    select ${sideJson} as side from models m where m.model = ${model}`.execute(connection);
  return rows[0]?.side ?? NEVER_SIDED;
}

async function epochOf(connection: Sql, model: string): Promise<number> {
  const { epoch } = await connection
    .selectFrom('champions')
    .select('epoch')
    .where('model', '=', model)
    .executeTakeFirstOrThrow();
  return epoch;
}

/** The guard freezes by itself; everybody else needs a role. */
function requireControlRole(actor: Actor, what: string): void {
  if (actor.subject === SYSTEM_ACTOR.subject) return;
  if (actor.roles.some((role) => (CONTROL_ROLES as readonly string[]).includes(role))) return;
  throw new RoleMissing(`${actor.subject} may not ${what}`, {
    remedy: `Use a token with one of the roles ${CONTROL_ROLES.join(', ')}.`,
  });
}
