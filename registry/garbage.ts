import { sql } from 'kysely';
import type { Actor } from '../contracts/primitives.ts';
import type { ArtifactStore } from './artifacts/artifact-store.ts';
import { ARTIFACTS_LOCK } from './backup/backup-manifest.ts';
import { openClient } from './database.ts';
import type { Database } from './database.ts';
import { RegistryBusy } from './errors.ts';
import { translateError } from './translate-error.ts';

export interface CollectableVersion {
  readonly model: string;
  readonly number: number;
  readonly id: string;
}

export interface GarbagePlan {
  readonly versions: readonly CollectableVersion[];
  /** Snapshots that nothing names once these versions are gone. */
  readonly snapshots: readonly string[];
  /** Artifacts that no row which stays names. */
  readonly artifacts: { readonly count: number; readonly bytes: number };
}

/** An artifact may be stored a good while before the row that names it: a snapshot is written for hours. */
const GRACE_MS = 48 * 3_600_000;

/** Versions that nothing holds, by the rule of the database itself (I8). */
export async function collectableVersions(database: Database): Promise<readonly CollectableVersion[]> {
  const { rows } = await database.run((connection) =>
    sql<CollectableVersion>`select model, number, id from versions
      where state <> 'deleted' and contender_deletion_blocker(id) is null order by model, number`.execute(
      connection,
    ),
  );
  return rows;
}

/** Snapshots that only the versions in `without`, or none, were trained on, and that nothing else holds. */
export async function collectableSnapshots(
  database: Database,
  without: readonly CollectableVersion[],
): Promise<readonly string[]> {
  const gone = without.map(({ id }) => id);
  const { rows } = await database.run((connection) =>
    sql<{ id: string }>`select s.id from snapshots s where collected_at is null
      and coalesce(contender_snapshot_blocker(s.id), 'a version was trained on it') = 'a version was trained on it'
      and s.recorded_at <= clock_timestamp() - interval '365 days'
      and not exists (select from retrains r where r.snapshot_id = s.id
        and (r.status = 'open' or r.finished_at > clock_timestamp() - interval '365 days'))
      and not exists (select from versions v where v.snapshot_id = s.id and v.state <> 'deleted'
        and v.id <> all (${gone}::text[]))
      order by s.id`.execute(connection),
  );
  return rows.map(({ id }) => id);
}

/**
 * Every hash that a row which stays mentions anywhere: manifests, the ledger, shadow days with their calendars,
 * predictions, evidence, reports, plots, measurements, and the audit. Whatever looks like a hash counts, so that a new
 * kind of reference is kept without anybody remembering to name it here.
 */
export async function mentionedHashes(
  database: Database,
  gone: { readonly versions: readonly string[]; readonly snapshots: readonly string[] },
): Promise<ReadonlySet<string>> {
  const { rows } = await database.run((connection) =>
    sql<{ hash: string }>`
      with said as (
        select manifest::text as text from versions where state <> 'deleted' and id <> all (${[...gone.versions]}::text[])
        union all select ref::text || manifest::text from snapshots
          where (collected_at is null or contender_snapshot_blocker(id) is not null)
            and id <> all (${[...gone.snapshots]}::text[])
        union all select coalesce(predictions::text, '') || coalesce(returns::text, '') || summary::text from trials
        union all select coalesce(predictions::text, '') || numbers::text from shadow_days
        union all select coalesce(predictions::text, '') || numbers::text from challenger_days
        union all select p.artifact::text from predictions p join versions v on v.id = p.version_id
          where v.state <> 'deleted' and v.id <> all (${[...gone.versions]}::text[])
        union all select coalesce(universe::text, '') || coalesce(files::text, '') from score_runs
        union all select numbers::text from live_results
        union all select r.artifact::text from version_references r join versions v on v.id = r.version_id
          where v.state <> 'deleted' and v.id <> all (${[...gone.versions]}::text[])
        union all select state::text from watch_records
        union all select body from evidence
        union all select body from gate_reports
        union all select page::text from gate_pages
        union all select bundle::text from workflow_builds where needed_at > clock_timestamp() - interval '60 days'
        union all select body from audit where recorded_at > clock_timestamp() - interval '365 days')
      select distinct m[1] as hash from said, regexp_matches(text, '[0-9a-f]{64}', 'g') m`.execute(
      connection,
    ),
  );
  return new Set(rows.map(({ hash }) => hash));
}

export interface GarbageInput {
  readonly artifacts: ArtifactStore;
  /** Wall time, for the grace of young artifacts. */
  readonly now: Date;
}

/** What a collection would take now; changes nothing. */
export async function planGarbage(database: Database, input: GarbageInput): Promise<GarbagePlan> {
  const versions = await collectableVersions(database);
  const snapshots = await collectableSnapshots(database, versions);
  const mentioned = await mentionedHashes(database, { versions: versions.map(({ id }) => id), snapshots });
  let [count, bytes] = [0, 0];
  for await (const artifact of orphans(input, mentioned)) {
    count += 1;
    bytes += artifact.bytes;
  }
  return { versions, snapshots, artifacts: { count, bytes } };
}

/**
 * Takes what nothing holds: each version by a recorded command, then snapshots, then artifacts that no row mentions. The
 * database refuses whatever came into use meanwhile, and an artifact that is stored again is young again and stays. Throws
 * RegistryBusy while a backup is being made, RegistryUnreachable when the line is lost that keeps backups out.
 */
export async function collectGarbage(
  database: Database,
  input: GarbageInput & {
    readonly actor: Actor;
    readonly reason: string;
    readonly deleteVersion: (version: CollectableVersion) => Promise<unknown>;
  },
): Promise<GarbagePlan> {
  return withArtifactsLock(database, async (requireLock) => {
    const versions = await collectableVersions(database);
    for (const version of versions) await input.deleteVersion(version);
    const snapshots = await collectableSnapshots(database, []);
    for (const id of snapshots) {
      await database.run((connection) =>
        sql`update snapshots set collected_at = clock_timestamp() where id = ${id} and collected_at is null`.execute(
          connection,
        ),
      );
    }
    const mentioned = await mentionedHashes(database, { versions: [], snapshots: [] });
    let [count, bytes] = [0, 0];
    for await (const artifact of orphans(input, mentioned)) {
      await requireLock();
      if (!(await input.artifacts.remove(artifact.sha256, youngFrom(input)))) continue;
      count += 1;
      bytes += artifact.bytes;
    }
    return { versions, snapshots, artifacts: { count, bytes } };
  });
}

const youngFrom = ({ now }: GarbageInput): Date => new Date(now.getTime() - GRACE_MS);

async function* orphans(input: GarbageInput, mentioned: ReadonlySet<string>) {
  for await (const artifact of input.artifacts.list()) {
    const young = new Date(artifact.storedAt) >= youngFrom(input);
    if (!young && !mentioned.has(artifact.sha256)) yield artifact;
  }
}

/** `use` is given what throws once the lock may be lost: the server gives it back with the line that took it. */
async function withArtifactsLock<Result>(
  database: Database,
  use: (requireLock: () => Promise<void>) => Promise<Result>,
): Promise<Result> {
  const client = openClient(database.options);
  client.on('error', () => undefined);
  const ask = async (statement: string): Promise<boolean | undefined> => {
    try {
      return (await client.query<{ held: boolean }>(statement, [ARTIFACTS_LOCK])).rows[0]?.held;
    } catch (error) {
      throw translateError(error);
    }
  };
  try {
    await client.connect().catch((error: unknown) => {
      throw translateError(error);
    });
    if ((await ask('select pg_try_advisory_lock($1) as held')) !== true) {
      throw new RegistryBusy('a backup or another collection is under way', {
        remedy: 'Wait until it is done.',
      });
    }
    return await use(async () => {
      await ask('select $1::bigint is not null as held');
    });
  } finally {
    await client.end().catch(() => undefined);
  }
}
