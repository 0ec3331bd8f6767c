import { sql } from 'kysely';
import type { Actor } from '../contracts/primitives.ts';
import { runCommand } from './command.ts';
import { operations } from './database.ts';
import type { Sql } from './database.ts';
import { EvidenceChanged, ObjectionUnknown, RoleMissing } from './errors.ts';
import { objectionAnnouncement } from './objection-notification.ts';
import { insertNotification } from './outbox.ts';
import { newestRun } from './retrains.ts';

/**
 * `open`: it stands; before the swap it holds the swap. `upheld`: the retrain ended without a swap, or the reign was taken back.
 * `over`: the reign gave way to a later promotion without anybody having resolved it.
 */
export type ObjectionState = 'open' | 'withdrawn' | 'overruled' | 'upheld' | 'over';

export interface ObjectionRecord {
  readonly id: number;
  readonly retrainId: string;
  readonly model: string;
  /** Number of the version it speaks against. */
  readonly version: number;
  /** The decision evidence it speaks against. */
  readonly evidenceHash: string;
  readonly subject: string;
  readonly reason: string;
  readonly recordedAt: string;
  /** The reign it speaks against; null: raised before the swap. */
  readonly epoch: number | null;
  readonly state: ObjectionState;
  readonly answers: readonly {
    readonly subject: string;
    readonly answer: 'withdraw' | 'overrule';
    readonly reason: string;
    readonly recordedAt: string;
  }[];
}

const objectionJson = sql`
  o.id, t.id as retrain_id, o.model, contender_version_number(d.version_id) as version, o.evidence_hash, o.subject, o.reason,
  o.recorded_at, o.epoch,
  case
    when exists (select from objection_answers a where a.objection = o.id and a.answer = 'withdraw') then 'withdrawn'
    when not contender_objection_stands(o.id) then 'overruled'
    when o.epoch is null and t.status not in ('open', 'promoted') then 'upheld'
    when o.epoch is not null and c.epoch <> o.epoch then
      case when exists (select from reigns r where r.model = o.model and r.epoch = o.epoch + 1 and r.cause = 'rollback')
        then 'upheld' else 'over' end
    else 'open' end as state,
  coalesce((select jsonb_agg(jsonb_build_object('subject', a.subject, 'answer', a.answer, 'reason', a.reason,
      'recordedAt', contender_instant(a.recorded_at)) order by a.recorded_at)
    from objection_answers a where a.objection = o.id), '[]') as answers`;

const objectionTables = sql`objections o
  join decisions d on d.hash = o.evidence_hash
  join retrains t on t.run = o.run
  join champions c on c.model = o.model`;

export const objectionOperations = operations((database) => ({
  /**
   * A quant lead speaks against a promotion. Before the swap the swap is held; after it, while the reign lasts, the objection
   * stands in the record and pages. Somebody whose objection stands already is answered with that one.
   * Throws RoleMissing, EvidenceChanged, RetrainFinished, ObjectionTooLate, FourEyes.
   */
  async raiseObjection(input: {
    readonly retrainId: string;
    readonly evidenceHash: string;
    readonly actor: Actor;
    readonly reason: string;
    readonly idempotencyKey: string;
  }): Promise<ObjectionRecord> {
    const { retrainId, evidenceHash, actor, reason, idempotencyKey } = input;
    requireLead(actor);
    const { model, run } = await database.run((connection) => newestRun(connection, retrainId));
    const { id } = await runCommand<{ id: number }>(
      database,
      {
        ...{ model, actor: actor.subject, command: 'object', key: idempotencyKey, businessAt: null },
        request: { retrainId, evidenceHash, subject: actor.subject },
      },
      async (transaction) => {
        await requireDecisionOf(transaction, run, retrainId, evidenceHash);
        const standing = await standingOf(transaction, evidenceHash, actor.subject);
        if (standing !== null) return { result: { id: standing }, facts: null };
        const { id: made } = await transaction
          .insertInto('objections')
          .values({ evidenceHash, run, model, subject: actor.subject, roles: [...actor.roles], reason })
          .returning('id')
          .executeTakeFirstOrThrow();
        const record = await objectionBy(transaction, made);
        await insertNotification(transaction, objectionAnnouncement(record, 'raised', actor.subject, reason));
        return {
          result: { id: record.id },
          facts: { retrainId, evidenceHash, objection: record.id, epoch: record.epoch, reason },
        };
      },
    );
    return database.run((connection) => objectionBy(connection, id));
  },

  /**
   * Whoever objected withdraws; two other leads overrule, of whom neither asked for the retrain nor wrote its spec.
   * Throws RoleMissing, ObjectionUnknown, AlreadyDecided, FourEyes.
   */
  async answerObjection(input: {
    readonly retrainId: string;
    readonly objection: number;
    readonly answer: 'withdraw' | 'overrule';
    readonly actor: Actor;
    readonly reason: string;
  }): Promise<ObjectionRecord> {
    const { retrainId, objection, answer, actor, reason } = input;
    requireLead(actor);
    const { model } = await database.run((connection) => newestRun(connection, retrainId));
    await runCommand(
      database,
      {
        model,
        actor: actor.subject,
        command: `${answer}-objection`,
        // One person answers an objection once, whichever way.
        key: `objection:${String(objection)}:${actor.subject}`,
        businessAt: null,
        request: { objection, answer, subject: actor.subject },
      },
      async (transaction) => {
        const before = await objectionBy(transaction, objection);
        if (before.retrainId !== retrainId) throw unknown(objection);
        await transaction
          .insertInto('objectionAnswers')
          .values({ objection, subject: actor.subject, answer, reason, roles: [...actor.roles] })
          .execute();
        const after = await objectionBy(transaction, objection);
        if (after.state === 'withdrawn' || after.state === 'overruled') {
          await insertNotification(
            transaction,
            objectionAnnouncement(after, after.state, actor.subject, reason),
          );
        }
        return { result: {}, facts: { retrainId, objection, answer, reason, state: after.state } };
      },
    );
    return database.run((connection) => objectionBy(connection, objection));
  },

  /** Those to one decision evidence that hold its swap, oldest first. */
  async standingObjections({ evidenceHash }: { readonly evidenceHash: string }) {
    const { rows } = await database.run((connection) =>
      sql<Pick<ObjectionRecord, 'id' | 'subject' | 'reason'>>`
        select id, subject, reason from objections
        where evidence_hash = ${evidenceHash} and epoch is null and contender_objection_stands(id)
        order by id`.execute(connection),
    );
    return rows;
  },

  /** Every objection to what the retrain's newest run asked for, oldest first. */
  async objectionsOf({ retrainId }: { readonly retrainId: string }): Promise<readonly ObjectionRecord[]> {
    const { rows } = await database.run(async (connection) => {
      const { run } = await newestRun(connection, retrainId);
      return sql<ObjectionRecord>`select ${objectionJson} from ${objectionTables} where o.run = ${run} order by o.id`.execute(
        connection,
      );
    });
    return rows;
  },
}));

async function objectionBy(connection: Sql, id: number): Promise<ObjectionRecord> {
  const { rows } =
    await sql<ObjectionRecord>`select ${objectionJson} from ${objectionTables} where o.id = ${id}`.execute(
      connection,
    );
  const [found] = rows;
  if (found === undefined) throw unknown(id);
  return found;
}

async function standingOf(connection: Sql, evidenceHash: string, subject: string): Promise<number | null> {
  const { rows } = await sql<{ id: number }>`
    select id from objections where evidence_hash = ${evidenceHash}
      and contender_same_person(subject, ${subject}) and contender_objection_stands(id)
    order by id limit 1`.execute(connection);
  return rows[0]?.id ?? null;
}

async function requireDecisionOf(
  connection: Sql,
  run: number,
  retrainId: string,
  hash: string,
): Promise<void> {
  const found = await connection
    .selectFrom('decisions')
    .select('hash')
    .where('hash', '=', hash)
    .where('run', '=', run)
    .executeTakeFirst();
  if (found !== undefined) return;
  throw new EvidenceChanged(`${hash} is not the decision evidence of ${retrainId}`, {
    remedy: 'Read the decision evidence again and object to that one.',
    details: { retrainId, evidenceHash: hash },
  });
}

function requireLead({ subject, roles }: Actor): void {
  if (roles.includes('quant-lead')) return;
  throw new RoleMissing(`${subject} is not a quant lead`, {
    remedy: 'Use a token with the role quant-lead.',
  });
}

const unknown = (id: number): ObjectionUnknown =>
  new ObjectionUnknown(`there is no objection ${String(id)} to this retrain`, {
    remedy: 'List them: contender objection list RETRAIN',
  });
