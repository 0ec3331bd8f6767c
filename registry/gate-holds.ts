import type { NotificationEvent } from '../contracts/notification.ts';
import { runCommand } from './command.ts';
import { operations } from './database.ts';
import { newestRun, openRetrain } from './retrains.ts';
import { insertNotification } from './outbox.ts';

/** `error`: a gate could not be judged, an operator decides. `waivable-fail`: quant leads may accept what failed. */
export type HoldCause = 'error' | 'waivable-fail';

export interface HoldObjection {
  /** A gate, or the unit whose gates could not be judged. */
  readonly gate: string;
  readonly code: string;
  readonly reason: string;
}

export interface HoldAnswer {
  readonly answer: 'retry' | 'stop' | 'waived' | 'expired';
  readonly subject: string;
  readonly reason: string;
}

export interface HoldRecord {
  readonly round: number;
  readonly cause: HoldCause;
  readonly objections: readonly HoldObjection[];
  /** Wall time. */
  readonly expiresAt: string;
  readonly recordedAt: string;
  /** Null while it waits. */
  readonly answer: (HoldAnswer & { readonly recordedAt: string }) | null;
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
    readonly notification: NotificationEvent;
  }): Promise<{ readonly requester: string; readonly barred: readonly string[] }> {
    const { retrainId, round, cause, objections, expiresAt, notification } = input;
    return database.transaction(async (transaction) => {
      const retrain = await openRetrain(transaction, retrainId);
      const { run, model, requester } = retrain;
      const inserted = await transaction
        .insertInto('gateHolds')
        .values({ run, round, cause, objections: JSON.stringify(objections), expiresAt })
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
    readonly answer: HoldAnswer;
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

  /** Every time the retrain's newest run waited at its gates, oldest first. */
  async gateHolds({ retrainId }: { readonly retrainId: string }): Promise<readonly HoldRecord[]> {
    return database.run(async (connection) => {
      const { run } = await newestRun(connection, retrainId);
      const holds = await connection
        .selectFrom('gateHolds')
        .select(['round', 'cause', 'objections', 'expiresAt', 'recordedAt'])
        .where('run', '=', run)
        .orderBy('recordedAt')
        .execute();
      const answers = await connection
        .selectFrom('gateHoldAnswers')
        .select(['round', 'cause', 'answer', 'subject', 'reason', 'recordedAt'])
        .where('run', '=', run)
        .execute();
      return holds.map((hold) => {
        const found = answers.find(({ round, cause }) => round === hold.round && cause === hold.cause);
        if (found === undefined) return { ...hold, answer: null };
        const { answer, subject, reason, recordedAt } = found;
        return { ...hold, answer: { answer, subject, reason, recordedAt } };
      });
    });
  },
}));
