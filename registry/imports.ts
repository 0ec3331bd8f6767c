import { sql } from 'kysely';
import { canonicalJson } from '../contracts/canonical.ts';
import type { Actor } from '../contracts/primitives.ts';
import type { SnapshotManifest, SnapshotRef } from '../contracts/snapshot.ts';
import type { ImportedIdentity, VersionManifest } from '../contracts/version.ts';
import { runCommand } from './command.ts';
import { operations } from './database.ts';
import { IdentityMismatch, RoleMissing } from './errors.ts';
import { hashText, hashValue } from './hash.ts';
import { DEFAULT_RETENTION_DAYS, presentVersion } from './versions.ts';
import type { RegisteredVersion } from './versions.ts';

export interface ImportVersionInput {
  readonly manifest: VersionManifest & { readonly identity: ImportedIdentity };
  /** A snapshot that was extracted outside of a retrain; null: the registry knows it. */
  readonly snapshot: { readonly manifest: SnapshotManifest; readonly ref: SnapshotRef } | null;
  readonly actor: Actor;
  readonly reason: string;
  readonly idempotencyKey: string;
}

/** Roles that may make versions: by a retrain, or by registering one. */
const REGISTRAR_ROLES = ['researcher', 'quant-lead', 'operator'] as const;

/** Asked before a model file is even looked at. Throws RoleMissing. */
export function requireRegistrar(actor: Actor): void {
  if (actor.roles.some((role) => (REGISTRAR_ROLES as readonly string[]).includes(role))) return;
  throw new RoleMissing(`${actor.subject} may not register a version`, {
    remedy: `Use a token with one of the roles ${REGISTRAR_ROLES.join(', ')}.`,
  });
}

export const importOperations = operations((database) => ({
  /**
   * Registers a version that no retrain made. It is kept, pinned, served and scored like any other, and never becomes champion.
   * The same identity is the same version. Throws IdentityMismatch, RoleMissing, ModelUnknown, SnapshotUnknown, VersionDeleted.
   */
  async importVersion(input: ImportVersionInput): Promise<RegisteredVersion> {
    const { manifest, snapshot, actor, reason, idempotencyKey } = input;
    const { versionId, identity, artifacts } = manifest;
    const { model } = identity;
    requireRegistrar(actor);
    const identityText = canonicalJson(identity);
    requireSame('version', versionId, hashText(identityText));
    requireSame('ONNX artifact', artifacts.onnx.sha256, identity.onnxSha256);
    requireSame('parity set', artifacts.parity.sha256, identity.paritySha256);
    requireSame('feature code artifact', artifacts.featureCode.sha256, identity.featureCodeHash);
    if (snapshot !== null) {
      requireSame('snapshot', snapshot.manifest.snapshotId, hashValue(snapshot.manifest.identity));
      requireSame('snapshot of the version', identity.snapshotId, snapshot.manifest.snapshotId);
    }
    const { repeated: _, ...registered } = await runCommand<RegisteredVersion>(
      database,
      {
        ...{
          model,
          command: 'register-version',
          actor: actor.subject,
          key: idempotencyKey,
          businessAt: null,
        },
        request: { model, versionId, actor: actor.subject, reason },
      },
      async (transaction) => {
        const existing = await presentVersion(transaction, versionId, 'Fit another model');
        if (existing === undefined && snapshot !== null) {
          const { market, asOf } = snapshot.manifest.identity;
          await transaction
            .insertInto('snapshots')
            .values({
              ...{ id: snapshot.manifest.snapshotId, market, asOf },
              manifest: JSON.stringify(snapshot.manifest),
              ref: JSON.stringify(snapshot.ref),
            })
            .onConflict((conflict) => conflict.doNothing())
            .execute();
        }
        const number = existing?.number ?? (await insertVersion());
        const linked = existing !== undefined;
        const { snapshotId, origin } = identity;
        return {
          result: { versionId, number, linked },
          facts: { versionId, number, linked, snapshotId, origin, reason },
        };

        async function insertVersion(): Promise<number> {
          const { rows } = await sql<{ number: number }>`
            select contender_import_version(${model}, ${versionId}, ${identityText}, ${JSON.stringify(manifest)}::jsonb,
              ${hashValue(identity.recipe)}, ${DEFAULT_RETENTION_DAYS}) as number`.execute(transaction);
          return rows[0]?.number ?? 0;
        }
      },
    );
    return registered;
  },
}));

function requireSame(what: string, claimed: string, actual: string): void {
  if (claimed === actual) return;
  throw new IdentityMismatch(`the ${what} is named ${claimed}, its content hashes to ${actual}`, {
    remedy: 'Make the manifest from the artifacts as they were stored.',
    details: { what, claimed, actual },
  });
}
