import { sql } from 'kysely';
import type { ApprovalDeputy } from '../contracts/deputy.ts';
import type { ModelScope } from '../contracts/identity.ts';
import type { NotificationEvent } from '../contracts/notification.ts';
import { runCommand } from './command.ts';
import { operations } from './database.ts';
import { newestRun, openRetrain } from './retrains.ts';
import { insertNotification } from './outbox.ts';
import { inScope } from './scope.ts';

/** `error`: a gate could not be judged, an operator decides. `waivable-fail`: quant leads may accept what failed. */
export type HoldCause = 'error' | 'waivable-fail';

export interface HoldObjection {
  /** A gate, or the unit whose gates could not be judged. */
  readonly gate: string;
  readonly code: string;
  readonly reason: string;
}

export interface HoldAnswer {
  readonly answer: 'retry' | 'stop' | 'waived' | 'expired' | 'refused';
  readonly subject: string;
  readonly reason: string;
}

export interface HoldRecord {
  readonly round: number;
  readonly cause: HoldCause;
  readonly objections: readonly HoldObjection[];
  /** Wall time. */
  readonly expiresAt: string;
  /** Who may waive in the place of a lead, and from when; null: nobody is named. */
  readonly deputy: ApprovalDeputy | null;
  readonly recordedAt: string;
  /** Null while it waits. */
  readonly answer: (HoldAnswer & { readonly recordedAt: string }) | null;
}

/** Failed gates that an open retrain lets people waive now. */
export interface OpenWaivers {
  readonly retrainId: string;
  readonly model: string;
  readonly round: number;
  /** The gate evidence that a waiver names. */
  readonly evidenceHash: string;
  readonly gates: readonly (HoldObjection & { readonly waivedBy: readonly string[] })[];
  /** People who may not waive: the requester and, under four-eyes, the author of the spec. */
  readonly barred: readonly string[];
  readonly deputy: ApprovalDeputy | null;
  readonly openedAt: string;
  readonly expiresAt: string;
}

export const gateHoldOperations = operations((database) => ({
  /**
   * Writes down that a retrain waits at its gates, raises the alert and tells people, in one transaction. Repeated, it
   * changes nothing. Throws RetrainFinished.
   */
  async openGateHold(input: {
    readonly retrainId: string;
    readonly round: number;
    readonly cause: HoldCause;
    readonly objections: readonly HoldObjection[];
    readonly expiresAt: string;
    /** Whom the spec names, where leads may waive; null: nobody. */
    readonly deputy: ApprovalDeputy | null;
    readonly notification: NotificationEvent;
  }): Promise<{ readonly requester: string; readonly barred: readonly string[] }> {
    const { retrainId, round, cause, objections, expiresAt, deputy, notification } = input;
    return database.transaction(async (transaction) => {
      const retrain = await openRetrain(transaction, retrainId);
      const { run, model, requester } = retrain;
      const inserted = await transaction
        .insertInto('gateHolds')
        .values({
          ...{ run, round, cause, objections: JSON.stringify(objections), expiresAt },
          ...{ deputy: deputy?.subject ?? null, deputyFrom: deputy?.from ?? null },
        })
        .onConflict((conflict) => conflict.doNothing())
        .returning('round')
        .execute();
      const { spec, author } = await transaction
        .selectFrom('specs')
        .select(['spec', 'author'])
        .where('model', '=', model)
        .where('number', '=', retrain.specNumber)
        .executeTakeFirstOrThrow();
      if (inserted.length > 0) {
        await insertNotification(transaction, notification);
      }
      return { requester, barred: [...new Set(spec.approval.fourEyes ? [requester, author] : [requester])] };
    });
  },

  /** Writes down how the waiting ended; the first answer stands. Throws RetrainFinished, IdempotencyKeyReused. */
  async answerGateHold(input: {
    readonly retrainId: string;
    readonly round: number;
    readonly cause: HoldCause;
    /** A refusal has evidence and rules of its own: `refuseWaivers`. */
    readonly answer: HoldAnswer & { readonly answer: Exclude<HoldAnswer['answer'], 'refused'> };
  }): Promise<void> {
    const { retrainId, round, cause, answer } = input;
    const { run, model } = await database.run((connection) => openRetrain(connection, retrainId));
    await runCommand(
      database,
      {
        model,
        actor: answer.subject,
        command: 'answer-gate-hold',
        key: `gate-hold:${String(run)}:${String(round)}:${cause}`,
        businessAt: null,
        request: { run, round, cause, answer: answer.answer },
      },
      async (transaction) => {
        await transaction
          .insertInto('gateHoldAnswers')
          .values({ run, round, cause, ...answer })
          .execute();
        return { result: {}, facts: { retrainId, round, cause, ...answer } };
      },
    );
  },

  /** Whom the gates at which a retrain waits now name as deputy; null: nobody, or it does not wait there. */
  async deputyAtGates({ retrainId }: { readonly retrainId: string }): Promise<string | null> {
    const { rows } = await database.run((connection) =>
      sql<{ deputy: string | null }>`
        select h.deputy from gate_holds h join retrains r on r.run = h.run
        where r.id = ${retrainId} and r.status = 'open' and h.cause = 'waivable-fail' and not exists (
          select from gate_hold_answers a where (a.run, a.round, a.cause) = (h.run, h.round, h.cause))
        order by h.run desc, h.round desc limit 1`.execute(connection),
    );
    return rows[0]?.deputy ?? null;
  },

  /** What people may waive now, the soonest to end first. `retrainId` null: of every retrain in scope. One statement. */
  async openWaivers(input: {
    readonly scope: ModelScope;
    readonly retrainId: string | null;
  }): Promise<readonly OpenWaivers[]> {
    const { rows } = await database.run((connection) =>
      sql<OpenWaivers>`
        select r.id as retrain_id, r.model, h.round, e.hash as evidence_hash,
          (select jsonb_agg(o.objection || jsonb_build_object('waivedBy', coalesce(
              (select jsonb_agg(w.subject order by w.recorded_at) from waivers w
                where w.evidence_hash = e.hash and w.gate = o.objection ->> 'gate'), '[]')) order by o.place)
            from jsonb_array_elements(h.objections) with ordinality as o (objection, place)) as gates,
          to_jsonb(array(select distinct unnest(case
            when coalesce((s.spec -> 'approval' ->> 'fourEyes')::boolean, true) then array[r.requester, s.author]
            else array[r.requester] end) order by 1)) as barred,
          case when h.deputy is null then null
            else jsonb_build_object('subject', h.deputy, 'from', contender_instant(h.deputy_from)) end as deputy,
          h.recorded_at as opened_at, h.expires_at
        from gate_holds h
        join retrains r on r.run = h.run and r.status = 'open'
        join specs s on s.model = r.model and s.number = r.spec_number
        join lateral (select hash from evidence where run = h.run and kind = 'gate'
          order by recorded_at desc limit 1) e on true
        where h.cause = 'waivable-fail' and ${inScope('r.model', input.scope)}
          and (${input.retrainId}::text is null or r.id = ${input.retrainId})
          and not exists (select from gate_hold_answers a
            where (a.run, a.round, a.cause) = (h.run, h.round, h.cause))
        order by h.expires_at, r.id`.execute(connection),
    );
    return rows;
  },

  /** Every time the retrain's newest run waited at its gates, oldest first. */
  async gateHolds({ retrainId }: { readonly retrainId: string }): Promise<readonly HoldRecord[]> {
    return database.run(async (connection) => {
      const { run } = await newestRun(connection, retrainId);
      const holds = await connection
        .selectFrom('gateHolds')
        .select(['round', 'cause', 'objections', 'expiresAt', 'deputy', 'deputyFrom', 'recordedAt'])
        .where('run', '=', run)
        .orderBy('recordedAt')
        .execute();
      const answers = await connection
        .selectFrom('gateHoldAnswers')
        .select(['round', 'cause', 'answer', 'subject', 'reason', 'recordedAt'])
        .where('run', '=', run)
        .execute();
      return holds.map(({ deputy: subject, deputyFrom: from, ...row }) => {
        const hold = { ...row, deputy: subject === null || from === null ? null : { subject, from } };
        const found = answers.find(({ round, cause }) => round === hold.round && cause === hold.cause);
        if (found === undefined) return { ...hold, answer: null };
        return {
          ...hold,
          answer: {
            answer: found.answer,
            subject: found.subject,
            reason: found.reason,
            recordedAt: found.recordedAt,
          },
        };
      });
    });
  },
}));
