import { sql } from 'kysely';
import type { Actor } from '../contracts/primitives.ts';
import type { ArtifactStore } from './artifacts/artifact-store.ts';
import { runCommand } from './command.ts';
import { operations } from './database.ts';
import { RoleMissing, VersionDeleted } from './errors.ts';
import { collectGarbage, planGarbage } from './garbage.ts';
import type { GarbagePlan } from './garbage.ts';
import { findVersion, versionOperations } from './versions.ts';

/** `pin`: the consumer is answered by it. `fallback`: by the champion, and by it when the champion cannot answer. */
export type PinPurpose = 'pin' | 'fallback';

export interface PinRecord {
  readonly model: string;
  readonly consumer: string;
  readonly version: number;
  readonly versionId: string;
  readonly purpose: PinPurpose;
  readonly pinnedBy: string;
  readonly reason: string;
  readonly pinnedAt: string;
}

const ROLES = ['quant-lead', 'operator', 'admin'] as const;

export const retentionOperations = operations((database) => ({
  /** Pins of a model in force, by consumer. */
  async pins({ model }: { readonly model: string }): Promise<readonly PinRecord[]> {
    const { rows } = await database.run((connection) =>
      sql<PinRecord>`select p.model, p.consumer, v.number as version, p.version_id, p.purpose, p.pinned_by, p.reason, p.pinned_at
        from pins p join versions v on v.id = p.version_id
        where p.model = ${model} and p.released_at is null order by p.consumer`.execute(connection),
    );
    return rows;
  },

  /**
   * Lets a consumer hold on to a version, to be answered by it or to fall back on it: it is kept until the pin is released
   * (`version` null) or moved. Servers follow within a second. Throws RoleMissing, VersionUnknown, VersionDeleted.
   */
  async pinVersion(input: {
    readonly model: string;
    readonly consumer: string;
    /** Number or id; null releases the pin. */
    readonly version: number | string | null;
    readonly purpose: PinPurpose;
    readonly actor: Actor;
    readonly reason: string;
    readonly idempotencyKey: string;
  }): Promise<{ readonly version: number | null; readonly repeated: boolean }> {
    const { model, consumer, version, purpose, actor, reason } = input;
    requireRole(actor);
    const command = version === null ? 'release-pin' : 'pin-version';
    const request = { model, consumer, version, purpose };
    return runCommand(
      database,
      { model, actor: actor.subject, command, key: input.idempotencyKey, businessAt: null, request },
      async (transaction) => {
        const target = version === null ? null : await findVersion(transaction, model, version);
        if (target?.state === 'deleted') {
          throw new VersionDeleted(`version ${String(target.number)} of ${model} was deleted`, {
            remedy: 'Choose a version that is kept.',
          });
        }
        const { rows } = await sql<{
          versionId: string;
        }>`update pins set released_at = clock_timestamp(), released_by = ${actor.subject}
          where model = ${model} and consumer = ${consumer} and released_at is null returning version_id`.execute(
          transaction,
        );
        if (target !== null) {
          await sql`insert into pins (model, consumer, version_id, purpose, pinned_by, reason)
            values (${model}, ${consumer}, ${target.id}, ${purpose}, ${actor.subject}, ${reason})`.execute(
            transaction,
          );
        }
        const nothing = target === null && rows.length === 0;
        const facts = {
          consumer,
          purpose,
          versionId: target?.id ?? null,
          released: rows[0]?.versionId ?? null,
          reason,
        };
        return { result: { version: target?.number ?? null }, facts: nothing ? null : facts };
      },
    );
  },

  /** What garbage collection would take now; changes nothing. */
  async planGarbage(input: { readonly artifacts: ArtifactStore; readonly now: Date }): Promise<GarbagePlan> {
    return planGarbage(database, input);
  },

  /** Takes what nothing holds (I8). Throws RoleMissing, RegistryBusy while a backup is being made. */
  async collectGarbage(input: {
    readonly artifacts: ArtifactStore;
    readonly now: Date;
    readonly actor: Actor;
    readonly reason: string;
  }): Promise<GarbagePlan> {
    const { actor, reason } = input;
    if (!actor.roles.includes('admin') && !actor.roles.includes('operator')) {
      throw new RoleMissing(`${actor.subject} is neither operator nor admin`, {
        remedy: 'Use a token with one of these roles.',
      });
    }
    const versions = versionOperations(database);
    return collectGarbage(database, {
      ...input,
      deleteVersion: ({ model, number, id }) =>
        versions.deleteVersion({ model, version: number, actor, reason, idempotencyKey: `gc:${id}` }),
    });
  },
}));

function requireRole(actor: Actor): void {
  if (ROLES.some((role) => actor.roles.includes(role))) return;
  throw new RoleMissing(`${actor.subject} may not pin versions`, {
    remedy: `Use a token with one of the roles ${ROLES.join(', ')}.`,
  });
}
