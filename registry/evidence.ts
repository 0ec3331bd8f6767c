import { canonicalJson } from '../contracts/canonical.ts';
import type { NotificationEvent } from '../contracts/notification.ts';
import type { ApprovalDeputy } from '../contracts/deputy.ts';
import type { ModelSpec } from '../contracts/spec.ts';
import type { GateVerdict, Verdict } from '../contracts/verdict.ts';
import { operations } from './database.ts';
import { EvidenceMissing } from './errors.ts';
import { hashText } from './hash.ts';
import { insertNotification } from './outbox.ts';
import { newestRun, openRetrain } from './retrains.ts';

type Facts = Readonly<Record<string, unknown>>;

/** What the three kinds of evidence say. `facts` is any canonical JSON; equal inputs give the same hash. */
export type EvidenceInput =
  | {
      readonly kind: 'gate';
      readonly retrainId: string;
      readonly versionId: string;
      readonly verdict: Verdict;
      /** Every gate, enforced or not. */
      readonly verdicts: readonly GateVerdict[];
      readonly facts: Facts;
    }
  | {
      readonly kind: 'shadow';
      readonly retrainId: string;
      readonly versionId: string;
      /** Hash of the gate evidence. */
      readonly parentHash: string;
      readonly verdict: Verdict;
      readonly facts: Facts;
    };

export interface DecisionInput {
  readonly retrainId: string;
  readonly versionId: string;
  /** Hash of the shadow evidence; of the gate evidence for an admission on probation. */
  readonly parentHash: string;
  readonly admission: 'promotion' | 'probation';
  readonly expectedEpoch: number;
  /** Wall time, ISO instant. */
  readonly expiresAt: string;
  /** The spec's difference to the champion's, and whatever else the lead has to see. */
  readonly facts: Facts;
  /** Wall time from which the deputy of the spec may sign, ISO instant; null: the spec names none. */
  readonly deputyFrom: string | null;
  /** Asks the quant leads, in the same transaction; null: nobody is told. */
  readonly notification: ((opened: OpenedDecision) => NotificationEvent) | null;
}

export interface OpenedDecision {
  readonly evidenceHash: string;
  /** Signatures needed; two at least for an admission on probation. */
  readonly needed: number;
  readonly fourEyes: boolean;
  readonly requester: string;
  readonly specAuthor: string;
  /** Who may not sign: requester and spec author, when four-eyes is on. */
  readonly barred: readonly string[];
  /** Who may decide in the place of a lead, from an instant on; null: the spec names nobody. */
  readonly deputy: ApprovalDeputy | null;
}

export interface EvidenceRecord {
  readonly hash: string;
  readonly kind: 'gate' | 'shadow' | 'decision';
  readonly parent: string | null;
  readonly verdict: Verdict | null;
  readonly versionId: string;
  readonly body: Facts;
  readonly recordedAt: string;
}

/** Specs that an earlier release stored name nobody. */
function deputyOf(
  { deputy = null }: Partial<ModelSpec['approval']>,
  from: string | null,
): ApprovalDeputy | null {
  return deputy === null || from === null ? null : { subject: deputy, from };
}

/** An admission by approval alone takes two leads, whatever the spec says. */
const PROBATION_APPROVERS = 2;

export const evidenceOperations = operations((database) => ({
  /** Adds a link to the chain; the same content is the same link. Throws EvidenceBroken, RetrainFinished. */
  async saveEvidence(input: EvidenceInput): Promise<{ readonly evidenceHash: string }> {
    return database.transaction(async (transaction) => {
      const { run } = await openRetrain(transaction, input.retrainId);
      const parent = input.kind === 'gate' ? null : input.parentHash;
      const { kind, retrainId, versionId, verdict, facts } = input;
      const verdicts = input.kind === 'gate' ? { verdicts: input.verdicts } : {};
      const body = canonicalJson({
        schema: 1,
        kind,
        retrainId,
        run,
        versionId,
        parent,
        verdict,
        facts,
        ...verdicts,
      });
      const hash = hashText(body);
      await transaction
        .insertInto('evidence')
        .values({ hash, run, versionId, kind, parent, verdict, body })
        .onConflict((conflict) => conflict.column('hash').doNothing())
        .execute();
      return { evidenceHash: hash };
    });
  },

  /**
   * Writes the decision evidence that quant leads sign. Who is barred and how many are needed come from the retrain and
   * the spec it pinned. A second, different decision evidence voids the signatures under the first.
   */
  async openDecision(input: DecisionInput): Promise<OpenedDecision> {
    return database.transaction(async (transaction) => {
      const retrain = await openRetrain(transaction, input.retrainId);
      const { run, requester, model, specNumber } = retrain;
      const { spec, author } = await transaction
        .selectFrom('specs')
        .select(['spec', 'author'])
        .where('model', '=', model)
        .where('number', '=', specNumber)
        .executeTakeFirstOrThrow();
      const { fourEyes, approvers } = spec.approval;
      const deputy = deputyOf(spec.approval, input.deputyFrom);
      const needed = input.admission === 'probation' ? Math.max(PROBATION_APPROVERS, approvers) : approvers;
      const terms = {
        admission: input.admission,
        expectedEpoch: input.expectedEpoch,
        expiresAt: input.expiresAt,
        approvers: needed,
        fourEyes,
        requester,
        specAuthor: author,
        specNumber,
        // A decision without a deputy hashes as it did before there were any.
        ...(deputy === null ? {} : { deputy: deputy.subject, deputyFrom: deputy.from }),
      };
      const { retrainId, versionId, parentHash: parent, facts } = input;
      const body = canonicalJson({
        schema: 1,
        kind: 'decision',
        retrainId,
        run,
        versionId,
        parent,
        facts,
        ...terms,
      });
      const hash = hashText(body);
      await transaction
        .insertInto('evidence')
        .values({ hash, run, versionId, kind: 'decision', parent, verdict: null, body })
        .onConflict((conflict) => conflict.column('hash').doNothing())
        .execute();
      const { admission, expectedEpoch, expiresAt } = input;
      await transaction
        .insertInto('decisions')
        .values({
          hash,
          run,
          versionId,
          admission,
          expectedEpoch,
          expiresAt,
          requester,
          specAuthor: author,
          fourEyes,
          approvers: needed,
          deputy: deputy?.subject ?? null,
          deputyFrom: deputy?.from ?? null,
        })
        .onConflict((conflict) => conflict.column('hash').doNothing())
        .execute();
      const opened: OpenedDecision = {
        evidenceHash: hash,
        needed,
        fourEyes,
        requester,
        specAuthor: author,
        barred: fourEyes ? [...new Set([requester, author])] : [],
        deputy,
      };
      if (input.notification !== null) await insertNotification(transaction, input.notification(opened));
      return opened;
    });
  },

  /** The whole chain of a retrain's newest run, in the order in which it was written. */
  async evidenceOf({ retrainId }: { readonly retrainId: string }): Promise<readonly EvidenceRecord[]> {
    const rows = await database.run(async (connection) => {
      const { run } = await newestRun(connection, retrainId);
      return connection
        .selectFrom('evidence')
        .select(['hash', 'kind', 'parent', 'verdict', 'versionId', 'body', 'recordedAt'])
        .where('run', '=', run)
        .orderBy('recordedAt')
        .execute();
    });
    return rows.map((row) => ({ ...row, body: JSON.parse(row.body) as Facts }));
  },

  /** A gate report by its hash. Throws EvidenceMissing. */
  async getGateReport({ hash }: { readonly hash: string }): Promise<Facts> {
    const row = await database.run((connection) =>
      connection.selectFrom('gateReports').select('body').where('hash', '=', hash).executeTakeFirst(),
    );
    if (row === undefined) {
      throw new EvidenceMissing(`there is no gate report ${hash}`, {
        remedy: 'List them with `contender show`.',
      });
    }
    return JSON.parse(row.body) as Facts;
  },
}));
