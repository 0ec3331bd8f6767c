import type { Decision } from '../contracts/retrain.ts';
import { runCommand } from './command.ts';
import { operations } from './database.ts';
import type { Sql } from './database.ts';
import { AlreadyDecided, EvidenceChanged } from './errors.ts';
import { newestRun } from './retrains.ts';

export interface ApprovalRecord {
  readonly evidenceHash: string;
  readonly needed: number;
  readonly approvedBy: readonly string[];
  readonly rejectedBy: string | null;
  /** Wall time, ISO instant. */
  readonly expiresAt: string;
  readonly admission: 'promotion' | 'probation';
}

export const approvalOperations = operations((database) => ({
  /**
   * Records a signature under, or against, the decision evidence: a quant lead's, or that of the deputy whom the spec names
   * once their time has come. The same signature twice counts once. Throws RoleMissing, DeputyNotYet, FourEyes, EvidenceChanged, ApprovalExpired, AlreadyDecided, RetrainFinished.
   */
  async recordApproval(input: {
    readonly retrainId: string;
    readonly decision: Decision;
  }): Promise<ApprovalRecord> {
    const { retrainId } = input;
    const { decision, actor, evidenceHash, reason } = input.decision;
    // Whether somebody else is the deputy, and when, the database knows.
    const asDeputy = !actor.roles.includes('quant-lead');
    const retrain = await database.run((connection) => newestRun(connection, retrainId));
    await runCommand(
      database,
      {
        model: retrain.model,
        actor: actor.subject,
        command: decision,
        key: `decide:${evidenceHash}:${actor.subject}:${decision}`,
        businessAt: null,
        request: { evidenceHash, subject: actor.subject, decision },
      },
      async (transaction) => {
        await refuseSecondThoughts(transaction, input.decision);
        const opened = await transaction
          .selectFrom('decisions')
          .select(['requester', 'specAuthor', 'fourEyes'])
          .where('hash', '=', evidenceHash)
          .where('run', '=', retrain.run)
          .executeTakeFirst();
        if (opened === undefined) {
          throw new EvidenceChanged(`${evidenceHash} is not the decision evidence of ${retrainId}`, {
            remedy: 'Read the decision evidence again and sign that one.',
            details: { retrainId, evidenceHash },
          });
        }
        await transaction
          .insertInto('approvals')
          .values({
            evidenceHash,
            subject: actor.subject,
            decision,
            reason,
            roles: [...actor.roles],
            asDeputy,
            ...opened,
          })
          .execute();
        const facts = { retrainId, evidenceHash, decision, reason };
        return { result: { evidenceHash }, facts: asDeputy ? { ...facts, asDeputy } : facts };
      },
    );
    return database.run((connection) => signatures(connection, evidenceHash));
  },

  /** Signatures under a decision evidence. Throws EvidenceChanged when there is no such evidence. */
  async approvalState({ evidenceHash }: { readonly evidenceHash: string }): Promise<ApprovalRecord> {
    return database.run((connection) => signatures(connection, evidenceHash));
  },
}));

async function refuseSecondThoughts(
  connection: Sql,
  { actor, evidenceHash, decision }: Decision,
): Promise<void> {
  const earlier = await connection
    .selectFrom('approvals')
    .select('decision')
    .where('evidenceHash', '=', evidenceHash)
    .where('subject', '=', actor.subject)
    .executeTakeFirst();
  if (earlier === undefined || earlier.decision === decision) return;
  throw new AlreadyDecided(`${actor.subject} has decided: ${earlier.decision}`, {
    remedy: 'A signature stands; start another retrain to decide anew.',
    details: { decision: earlier.decision },
  });
}

async function signatures(connection: Sql, evidenceHash: string): Promise<ApprovalRecord> {
  const decision = await connection
    .selectFrom('decisions')
    .select(['approvers', 'expiresAt', 'admission'])
    .where('hash', '=', evidenceHash)
    .executeTakeFirst();
  if (decision === undefined) {
    throw new EvidenceChanged(`${evidenceHash} is no decision evidence`, {
      remedy: 'Read the decision evidence again.',
      details: { evidenceHash },
    });
  }
  const rows = await connection
    .selectFrom('approvals')
    .select(['subject', 'decision'])
    .where('evidenceHash', '=', evidenceHash)
    .orderBy('decidedAt')
    .execute();
  return {
    evidenceHash,
    needed: decision.approvers,
    approvedBy: rows.filter((row) => row.decision === 'approve').map(({ subject }) => subject),
    rejectedBy: rows.find((row) => row.decision === 'reject')?.subject ?? null,
    expiresAt: decision.expiresAt,
    admission: decision.admission,
  };
}
