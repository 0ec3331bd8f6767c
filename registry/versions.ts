import { sql } from 'kysely';
import { canonicalJson } from '../contracts/canonical.ts';
import type { Actor } from '../contracts/primitives.ts';
import type { SnapshotManifest, SnapshotRef } from '../contracts/snapshot.ts';
import type { VersionManifest } from '../contracts/version.ts';
import { runCommand } from './command.ts';
import { operations } from './database.ts';
import type { Sql } from './database.ts';
import { IdentityMismatch, RoleMissing, VersionDeleted, VersionUnknown } from './errors.ts';
import { hashText, hashValue } from './hash.ts';
import { openRetrain } from './retrains.ts';

export interface VersionRecord {
  readonly id: string;
  readonly model: string;
  readonly number: number;
  readonly manifest: VersionManifest;
  readonly snapshotId: string;
  readonly recipeHash: string;
  readonly state: 'registered' | 'deleted';
  /** ISO instants, wall time. */
  readonly registeredAt: string;
  readonly retainUntil: string;
  /** Its admission was on probation, and no promotion has confirmed it since. */
  readonly probation: boolean;
}

export interface RegisteredVersion {
  readonly versionId: string;
  readonly number: number;
  /** True when an earlier retrain had made the very same version. */
  readonly linked: boolean;
}

/** Kept this long at least: a year's worth of quarterly questions is answered without restoring a backup. */
export const DEFAULT_RETENTION_DAYS = 365;

/** A version `v` as JSON in the shape of VersionRecord, for every query that returns one. */
export const versionJson = sql<VersionRecord>`jsonb_build_object(
  'id', v.id, 'model', v.model, 'number', v.number, 'manifest', v.manifest, 'snapshotId', v.snapshot_id,
  'recipeHash', v.recipe_hash, 'state', v.state, 'registeredAt', contender_instant(v.registered_at),
  'retainUntil', contender_instant(v.retain_until),
  'probation', coalesce((select r.cause = 'probation' from reigns r
    where r.version_id = v.id and r.cause <> 'rollback' order by r.epoch desc limit 1), false))`;

/** A version of that id, undefined when there is none; `otherwise` says what to do when it was deleted. Throws VersionDeleted. */
export async function presentVersion(
  transaction: Sql,
  versionId: string,
  otherwise: string,
): Promise<{ readonly number: number } | undefined> {
  const existing = await transaction
    .selectFrom('versions')
    .select(['model', 'number', 'state'])
    .where('id', '=', versionId)
    .executeTakeFirst();
  if (existing?.state !== 'deleted') return existing;
  throw new VersionDeleted(`version ${String(existing.number)} of ${existing.model} was deleted`, {
    remedy: `${otherwise}; a deleted version does not come back.`,
  });
}

export const versionOperations = operations((database) => ({
  /** Records a snapshot and names it in the retrain. Repeating it changes nothing. Throws IdentityMismatch. */
  async recordSnapshot(input: {
    readonly retrainId: string;
    readonly manifest: SnapshotManifest;
    readonly ref: SnapshotRef;
  }): Promise<{ readonly snapshotId: string }> {
    const { manifest, ref } = input;
    const { snapshotId, identity } = manifest;
    requireHash('snapshot', snapshotId, hashValue(identity));
    requireHash('snapshot reference', ref.snapshotId, snapshotId);
    await database.transaction(async (transaction) => {
      const retrain = await openRetrain(transaction, input.retrainId);
      await transaction
        .insertInto('snapshots')
        .values({
          id: snapshotId,
          market: identity.market,
          asOf: identity.asOf,
          manifest: JSON.stringify(manifest),
          ref: JSON.stringify(ref),
        })
        // One that was collected has its bytes again.
        .onConflict((conflict) =>
          conflict
            .column('id')
            .doUpdateSet({ collectedAt: null })
            .where('snapshots.collectedAt', 'is not', null),
        )
        .execute();
      await transaction.updateTable('retrains').set({ snapshotId }).where('run', '=', retrain.run).execute();
    });
    return { snapshotId };
  },

  /** A snapshot by its id; null when it is unknown. */
  async getSnapshot({ snapshotId }: { readonly snapshotId: string }): Promise<{
    readonly manifest: SnapshotManifest;
    readonly ref: SnapshotRef;
    /** Versions trained on it. */
    readonly versions: readonly { readonly model: string; readonly number: number; readonly id: string }[];
  } | null> {
    return database.run(async (connection) => {
      const row = await connection
        .selectFrom('snapshots')
        .select(['manifest', 'ref'])
        .where('id', '=', snapshotId)
        .executeTakeFirst();
      if (row === undefined) return null;
      const versions = await connection
        .selectFrom('versions')
        .select(['model', 'number', 'id'])
        .where('snapshotId', '=', snapshotId)
        .orderBy('model')
        .orderBy('number')
        .execute();
      return { ...row, versions };
    });
  },

  /**
   * Registers what a retrain made. The same identity is the same version: a later retrain is linked to it. Numbers are
   * dense within the model. Throws IdentityMismatch, RetrainFinished, VersionDeleted.
   */
  async registerVersion(input: {
    readonly retrainId: string;
    readonly manifest: VersionManifest;
    readonly retainDays?: number;
  }): Promise<RegisteredVersion> {
    const { retrainId, manifest } = input;
    const { versionId, identity } = manifest;
    const identityText = canonicalJson(identity);
    requireHash('version', versionId, hashText(identityText));
    requireHash('ONNX artifact', manifest.artifacts.onnx.sha256, identity.onnxSha256);
    if (identity.schema !== 1) {
      throw new IdentityMismatch('a retrain makes versions with a seed and an environment', {
        remedy: 'Register what was made elsewhere with: contender register',
      });
    }
    requireHash('native artifact', manifest.artifacts.nativeModel?.sha256 ?? '', identity.nativeModelSha256);
    requireHash('feature code artifact', manifest.artifacts.featureCode.sha256, identity.featureCodeHash);
    const retrain = await database.run((connection) => openRetrain(connection, retrainId));
    const { model, run } = retrain;
    if (identity.model !== model) {
      throw new IdentityMismatch(`the manifest is of ${identity.model}, the retrain of ${model}`, {
        remedy: 'Package the version within its own retrain.',
      });
    }
    const registered = await runCommand<RegisteredVersion>(
      database,
      {
        model,
        actor: retrain.requester,
        command: 'register-version',
        key: `register:${String(run)}:${versionId}`,
        businessAt: retrain.asOf,
        request: { run, versionId },
      },
      async (transaction) => {
        await openRetrain(transaction, retrainId);
        const existing = await presentVersion(transaction, versionId, 'Change the recipe or the as-of');
        const number = existing?.number ?? (await nextNumber(transaction, model));
        if (existing === undefined) {
          const days = input.retainDays ?? DEFAULT_RETENTION_DAYS;
          await transaction
            .insertInto('versions')
            .values({
              id: versionId,
              model,
              number,
              identity: identityText,
              manifest: JSON.stringify(manifest),
              snapshotId: identity.snapshotId,
              recipeHash: hashValue(identity.recipe),
              retainUntil: sql<string>`clock_timestamp() + make_interval(days => ${days})`,
            })
            .execute();
        }
        await transaction.insertInto('versionLinks').values({ versionId, run }).execute();
        await transaction.updateTable('retrains').set({ versionId }).where('run', '=', run).execute();
        const linked = existing !== undefined;
        return {
          result: { versionId, number, linked },
          facts: { versionId, number, linked, retrainId, run },
        };
      },
    );
    return { versionId: registered.versionId, number: registered.number, linked: registered.linked };
  },

  /** By number or by id. Throws VersionUnknown. */
  async getVersion(input: {
    readonly model: string;
    readonly version: number | string;
  }): Promise<VersionRecord> {
    return database.run((connection) => findVersion(connection, input.model, input.version));
  },

  /** Newest first. */
  async listVersions(input: {
    readonly model: string;
    readonly limit: number;
  }): Promise<readonly VersionRecord[]> {
    const { rows } = await database.run((connection) =>
      sql<{ version: VersionRecord }>`
        select ${versionJson} as version from versions v where v.model = ${input.model}
        order by v.number desc limit ${input.limit}`.execute(connection),
    );
    return rows.map(({ version }) => version);
  },

  /** Retrains that made this very version, oldest first. */
  async versionLinks({
    versionId,
  }: {
    readonly versionId: string;
  }): Promise<readonly { readonly retrainId: string; readonly run: number; readonly linkedAt: string }[]> {
    return database.run((connection) =>
      connection
        .selectFrom('versionLinks as l')
        .innerJoin('retrains as r', 'r.run', 'l.run')
        .select(['r.id as retrainId', 'l.run', 'l.linkedAt'])
        .where('l.versionId', '=', versionId)
        .orderBy('l.run')
        .execute(),
    );
  },

  /**
   * Marks a version deleted, so that its artifacts may be collected. Throws VersionInUse for the champion, the previous
   * one, whatever an open retrain names, and what is in retention (I8).
   */
  async deleteVersion(input: {
    readonly model: string;
    readonly version: number | string;
    readonly actor: Actor;
    readonly reason: string;
    readonly idempotencyKey: string;
  }): Promise<{ readonly number: number; readonly repeated: boolean }> {
    const { model, actor, reason } = input;
    if (!actor.roles.includes('admin') && !actor.roles.includes('operator')) {
      throw new RoleMissing(`${actor.subject} is neither operator nor admin`, {
        remedy: 'Use a token with one of these roles.',
      });
    }
    return runCommand(
      database,
      {
        model,
        actor: actor.subject,
        command: 'delete-version',
        key: input.idempotencyKey,
        businessAt: null,
        request: { model, version: input.version },
      },
      async (transaction) => {
        const version = await findVersion(transaction, model, input.version);
        const { id, number } = version;
        if (version.state === 'deleted')
          return { result: { number }, facts: { versionId: id, number, reason, unchanged: true } };
        await transaction
          .updateTable('versions')
          .set({ state: 'deleted', deletedAt: sql<string>`clock_timestamp()` })
          .where('id', '=', id)
          .execute();
        return { result: { number }, facts: { versionId: id, number, reason } };
      },
    );
  },
}));

/** The row of a version, by number or id. Throws VersionUnknown. */
export async function findVersion(
  connection: Sql,
  model: string,
  version: number | string,
): Promise<VersionRecord> {
  const condition = typeof version === 'number' ? sql`v.number = ${version}` : sql`v.id = ${version}`;
  const { rows } = await sql<{ version: VersionRecord }>`
    select ${versionJson} as version from versions v where v.model = ${model} and ${condition}`.execute(
    connection,
  );
  const [row] = rows;
  if (row !== undefined) return row.version;
  throw new VersionUnknown(`${model} has no version ${String(version)}`, {
    remedy: 'List the versions with `contender versions MODEL`.',
    details: { model, version },
  });
}

/** The model is locked by the command, so that numbers have neither gaps nor doubles. */
async function nextNumber(connection: Sql, model: string): Promise<number> {
  const row = await connection
    .selectFrom('versions')
    .select((eb) => eb.fn.coalesce(eb.fn.max('number'), eb.lit(0)).as('last'))
    .where('model', '=', model)
    .executeTakeFirstOrThrow();
  return row.last + 1;
}

function requireHash(what: string, claimed: string, actual: string): void {
  if (claimed === actual) return;
  throw new IdentityMismatch(`the ${what} is named ${claimed}, its content hashes to ${actual}`, {
    remedy: 'Make the manifest from the artifacts as they were stored.',
    details: { what, claimed, actual },
  });
}
