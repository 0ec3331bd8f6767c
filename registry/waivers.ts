import { sql } from 'kysely';
import { canonicalJson } from '../contracts/canonical.ts';
import type { WaiversRefused } from '../contracts/gate-hold.ts';
import type { Actor } from '../contracts/primitives.ts';
import type { GateName, Waiver } from '../contracts/verdict.ts';
import { runCommand } from './command.ts';
import { operations } from './database.ts';
import type { Sql } from './database.ts';
import { EvidenceMissing } from './errors.ts';
import { hashText } from './hash.ts';
import { newestRun, openRetrain } from './retrains.ts';

/** A waiver as it was written down. */
export interface WaiverRecord extends Waiver {
  readonly evidenceHash: string;
  /** By the deputy whom the spec names, in the place of a lead. */
  readonly asDeputy: boolean;
  readonly recordedAt: string;
}

export interface SealedWaivers {
  /** Hash of the gate evidence that lists the waivers: what shadow and decision build on from here. */
  readonly evidenceHash: string;
  readonly waivers: readonly Waiver[];
}

export const waiverOperations = operations((database) => ({
  /**
   * Accepts the fail of one gate; two people make it waived: quant leads, or one and the deputy once asked. The requester, and
   * under four-eyes the author of the spec, are refused.
   * Throws GateNotWaivable, RoleMissing, DeputyNotYet, FourEyes, EvidenceMissing, EvidenceChanged, AlreadyDecided,
   * RetrainFinished.
   */
  async waiveGate(input: {
    readonly model: string;
    readonly evidenceHash: string;
    readonly gate: GateName;
    readonly actor: Actor;
    readonly reason: string;
  }): Promise<{ readonly waivedBy: readonly string[] }> {
    const { model, evidenceHash, gate, actor, reason } = input;
    // Whether somebody else is the deputy, and when, the database knows.
    const asDeputy = !actor.roles.includes('quant-lead');
    const answer = await runCommand<{ waivedBy: readonly string[] }>(
      database,
      {
        model,
        actor: actor.subject,
        command: 'waive-gate',
        key: `waive:${evidenceHash}:${gate}:${actor.subject}`,
        businessAt: null,
        request: { evidenceHash, gate },
      },
      async (transaction) => {
        const gates = await transaction
          .selectFrom('evidence as e')
          .innerJoin('retrains as r', 'r.run', 'e.run')
          .select('e.hash')
          .where('e.hash', '=', evidenceHash)
          .where('e.kind', '=', 'gate')
          .where('r.model', '=', model)
          .executeTakeFirst();
        if (gates === undefined) {
          throw new EvidenceMissing(`${evidenceHash} is no gate evidence of ${model}`, {
            remedy: 'Take the hash from `contender show`.',
          });
        }
        await transaction
          .insertInto('waivers')
          .values({ evidenceHash, gate, subject: actor.subject, reason, roles: [...actor.roles], asDeputy })
          .execute();
        const all = await waiversUnder(transaction, evidenceHash);
        const waivedBy = all.filter((waiver) => waiver.gate === gate).map(({ subject }) => subject);
        const facts = { evidenceHash, gate, reason, waivedBy };
        return { result: { waivedBy }, facts: asDeputy ? { ...facts, asDeputy } : facts };
      },
    );
    return { waivedBy: answer.waivedBy };
  },

  /**
   * Says no to waiving what failed: the answer of the hold, with which the retrain ends. The first refusal stands, and is the
   * answer to every other one. Whoever may waive may refuse, and nobody else.
   * Throws RoleMissing, DeputyNotYet, FourEyes, EvidenceMissing, EvidenceChanged, AlreadyDecided, RetrainFinished.
   */
  async refuseWaivers(input: {
    readonly model: string;
    readonly evidenceHash: string;
    readonly actor: Actor;
    readonly reason: string;
  }): Promise<WaiversRefused> {
    const { model, evidenceHash, actor, reason } = input;
    const { subject } = actor;
    const asDeputy = !actor.roles.includes('quant-lead');
    const answer = await runCommand<WaiversRefused>(
      database,
      {
        model,
        actor: subject,
        command: 'refuse-waivers',
        key: `refuse-waivers:${evidenceHash}`,
        businessAt: null,
        request: { evidenceHash },
      },
      async (transaction) => {
        const hold = await transaction
          .selectFrom('gateHolds as h')
          .innerJoin('evidence as e', 'e.run', 'h.run')
          .innerJoin('retrains as r', 'r.run', 'h.run')
          .select(['h.run', 'h.round', 'h.cause', 'r.id'])
          .where('e.hash', '=', evidenceHash)
          .where('e.kind', '=', 'gate')
          .where('r.model', '=', model)
          .where('h.cause', '=', 'waivable-fail')
          .orderBy('h.round', 'desc')
          .executeTakeFirst();
        if (hold === undefined) {
          throw new EvidenceMissing(`${evidenceHash} is no gate evidence of ${model} that may be waived`, {
            remedy: 'Take the hash from `contender show`.',
          });
        }
        const { id: retrainId, run, round, cause } = hold;
        await transaction
          .insertInto('gateHoldAnswers')
          .values({
            ...{ run, round, cause, answer: 'refused', subject, reason },
            ...{ evidenceHash, roles: [...actor.roles], asDeputy },
          })
          .execute();
        const result = { subject, reason, asDeputy };
        return { result, facts: { retrainId, evidenceHash, reason, ...(asDeputy ? { asDeputy } : {}) } };
      },
    );
    return { subject: answer.subject, reason: answer.reason, asDeputy: answer.asDeputy };
  },

  /**
   * Closes the waivers under a gate evidence: writes the gate evidence that repeats its verdicts and lists them all. No
   * waiver can be added to the first one any more. Throws EvidenceMissing, EvidenceBroken, RetrainFinished.
   */
  async sealWaivers(input: {
    readonly retrainId: string;
    readonly evidenceHash: string;
  }): Promise<SealedWaivers> {
    const { retrainId, evidenceHash } = input;
    return database.transaction(async (transaction) => {
      const { run } = await openRetrain(transaction, retrainId);
      const base = await transaction
        .selectFrom('evidence')
        .select(['versionId', 'verdict', 'body'])
        .where('hash', '=', evidenceHash)
        .where('run', '=', run)
        .where('kind', '=', 'gate')
        .executeTakeFirst();
      if (base === undefined) {
        throw new EvidenceMissing(`${evidenceHash} is no gate evidence of ${retrainId}`, {
          remedy: 'Take the hash from `contender show`.',
        });
      }
      const waivers = await waiversUnder(transaction, evidenceHash);
      const sealed = { ...(JSON.parse(base.body) as object), waives: evidenceHash, waivers };
      const body = canonicalJson(sealed);
      const hash = hashText(body);
      const { versionId, verdict } = base;
      await transaction
        .insertInto('evidence')
        .values({ hash, run, versionId, kind: 'gate', parent: null, verdict, body })
        .onConflict((conflict) => conflict.column('hash').doNothing())
        .execute();
      return { evidenceHash: hash, waivers };
    });
  },

  /** Every waiver of the retrain's newest run, those that stayed alone included, oldest first. */
  async waiversOf({ retrainId }: { readonly retrainId: string }): Promise<readonly WaiverRecord[]> {
    return database.run(async (connection) => {
      const { run } = await newestRun(connection, retrainId);
      return connection
        .selectFrom('waivers as w')
        .innerJoin('evidence as e', 'e.hash', 'w.evidenceHash')
        .select(['w.evidenceHash', 'w.gate', 'w.subject', 'w.reason', 'w.asDeputy', 'w.recordedAt'])
        .where('e.run', '=', run)
        .orderBy('w.recordedAt')
        .execute();
    });
  },
}));

/** In the order in which sealed evidence lists them; the database compares it with its own. */
async function waiversUnder(connection: Sql, evidenceHash: string): Promise<readonly Waiver[]> {
  return connection
    .selectFrom('waivers')
    .select(['gate', 'subject', 'reason'])
    .where('evidenceHash', '=', evidenceHash)
    .orderBy(sql`gate collate "C"`)
    .orderBy(sql`subject collate "C"`)
    .execute();
}
