import { sql } from 'kysely';
import type { Actor } from '../../contracts/primitives.ts';
import { appendAudit, lockModel } from '../command.ts';
import { operations } from '../database.ts';
import { RoleMissing } from '../errors.ts';

export interface RestoredDatabase {
  readonly id: number;
  /** When the backup was taken; what ran later is not in it. */
  readonly takenAt: string;
  readonly restoredAt: string;
}

/** A retrain as Temporal shows it. */
export interface TemporalRetrain {
  readonly workflowId: string;
  readonly running: boolean;
}

export interface Divergence {
  /** Temporal runs it, or ran it, and the registry has never heard of it. */
  readonly unknown: readonly TemporalRetrain[];
  /** Open in the registry, while nothing in Temporal would ever end it. */
  readonly orphaned: readonly string[];
}

/** What a restored registry and Temporal do not agree on. */
export function divergence(
  registry: readonly { readonly retrainId: string; readonly status: string }[],
  temporal: readonly TemporalRetrain[],
): Divergence {
  const known = new Set(registry.map(({ retrainId }) => retrainId));
  const running = new Set(temporal.filter((each) => each.running).map(({ workflowId }) => workflowId));
  const open = registry.filter(({ status, retrainId }) => status === 'open' && !running.has(retrainId));
  return {
    unknown: temporal.filter(({ workflowId }) => !known.has(workflowId)),
    orphaned: open.map(({ retrainId }) => retrainId),
  };
}

export const restoreOperations = operations((database) => ({
  /** The restore that keeps promotions waiting; null when there is none. */
  async unreconciledRestore(): Promise<{ readonly restored: RestoredDatabase | null }> {
    const { rows } = await database.run((connection) =>
      sql<RestoredDatabase>`select id, taken_at, restored_at from restores where reconciled_at is null
        order by id desc limit 1`.execute(connection),
    );
    return { restored: rows[0] ?? null };
  },

  /**
   * Says that a restored registry was compared with what ran since, with one audit row in every chain; promotions are
   * possible again. Repeating it changes nothing. Throws RoleMissing.
   */
  async reconcileRestore(input: {
    readonly actor: Actor;
    readonly reason: string;
    /** Retrains that were ended because nothing ran them any more. */
    readonly ended: readonly string[];
  }): Promise<{ readonly reconciled: number }> {
    const { actor, reason, ended } = input;
    if (!actor.roles.includes('admin')) {
      throw new RoleMissing(`${actor.subject} is no admin`, { remedy: 'Use a token with the role admin.' });
    }
    return database.transaction(async (transaction) => {
      const { rows: models } = await sql<{ model: string }>`select model from models order by model`.execute(
        transaction,
      );
      for (const { model } of models) await lockModel(transaction, model);
      const { rows } = await sql<{ id: number; takenAt: string }>`
        update restores set reconciled_at = clock_timestamp(), reconciled_by = ${actor.subject}, reason = ${reason}
        where reconciled_at is null returning id, taken_at`.execute(transaction);
      for (const { id, takenAt } of rows) {
        for (const { model } of models) {
          const command = { model, actor: actor.subject, command: 'reconcile-restore', businessAt: null };
          const facts = {
            restore: id,
            takenAt,
            reason,
            ended: ended.filter((each) => each.startsWith(`retrain:${model}:`)),
          };
          await appendAudit(transaction, { ...command, key: `reconcile:${String(id)}:${model}` }, facts);
        }
      }
      return { reconciled: rows.length };
    });
  },
}));
