import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import { FolderArtifactStore } from '../artifacts/folder-store.ts';
import { anchorOf } from '../audit.ts';
import { copyOut } from '../copy-stream.ts';
import { openClient } from '../database.ts';
import { BackupOccupied } from '../errors.ts';
import { translateError } from '../translate-error.ts';
import { ARTIFACTS_FOLDER, ARTIFACTS_LOCK, MANIFEST_FILE, TABLES_FOLDER } from './backup-manifest.ts';
import type { BackupManifest } from './backup-manifest.ts';

export interface BackupInput {
  readonly url: string;
  readonly artifacts: ArtifactStore;
  /** A folder that does not exist yet. */
  readonly folder: string;
}

/**
 * Copies the whole registry and every artifact into a folder: all tables as of one instant, while commands go on. The
 * artifacts come after the tables, so that each one the tables name is there; each is verified as it is copied.
 *
 * @throws BackupOccupied, RegistryUnreachable, StoredArtifactCorrupt, ArtifactStoreUnavailable
 */
export async function backup(input: BackupInput): Promise<BackupManifest> {
  const { folder } = input;
  if ((await stat(folder).catch(() => null)) !== null) {
    throw new BackupOccupied(`${folder} exists already`, { remedy: 'Name a folder that does not exist.' });
  }
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(join(unfinished, TABLES_FOLDER), { recursive: true });
  const client = openClient({ url: input.url, applicationName: 'contender backup', statementTimeoutMs: 0 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('set idle_in_transaction_session_timeout = 0');
    await client.query('select pg_advisory_lock_shared($1)', [ARTIFACTS_LOCK]);
    const registry = await copyTables(client, unfinished);
    const artifacts = await copyArtifacts(input.artifacts, join(unfinished, ARTIFACTS_FOLDER));
    // The lock goes with its line: garbage collection may have taken what was not copied yet.
    await client.query('select 1');
    const manifest: BackupManifest = { schema: 1, ...registry, artifacts };
    await writeFile(join(unfinished, MANIFEST_FILE), `${JSON.stringify(manifest, undefined, 2)}\n`, {
      flush: true,
    });
    await rename(unfinished, folder);
    return manifest;
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw translateError(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Tables of the registry with their columns, without those the database computes and without the list of migrations. */
export const TABLES_SQL = `
  select c.relname as name, array_agg(a.attname::text order by a.attnum) as columns
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
  where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' and c.relname not like 'schema\\_migrations%'
  group by c.relname order by c.relname`;

const SEQUENCES_SQL = `
  select t.relname as table, a.attname as column, s.relname as sequence
  from pg_class s join pg_depend d on d.objid = s.oid and d.deptype = 'i' and d.classid = 'pg_class'::regclass
  join pg_class t on t.oid = d.refobjid join pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid
  where s.relkind = 'S' and s.relnamespace = current_schema()::regnamespace order by 1, 2`;

async function copyTables(
  client: pg.Client,
  folder: string,
): Promise<Omit<BackupManifest, 'schema' | 'artifacts'>> {
  await client.query('begin isolation level repeatable read read only');
  const now = await client.query<{ now: string }>(`select contender_instant(clock_timestamp()) as now`);
  const migrations = await client.query<{ name: string }>('select name from schema_migrations order by name');
  const tables = await client.query<{ name: string; columns: string[] }>(TABLES_SQL);
  const copied: BackupManifest['tables'] = [];
  for (const table of tables.rows) copied.push({ ...table, ...(await copyTable(client, table, folder)) });
  const sequences: BackupManifest['sequences'] = [];
  const found = await client.query<{ table: string; column: string; sequence: string }>(SEQUENCES_SQL);
  for (const { table, column, sequence } of found.rows) {
    const { rows } = await client.query<{ next: string }>(
      `select case when is_called then last_value + 1 else last_value end as next from ${pg.escapeIdentifier(sequence)}`,
    );
    sequences.push({ table, column, next: Number(rows[0]?.next) });
  }
  const heads = await client.query<{ model: string; seq: string; hash: string }>(
    'select distinct on (model) model, seq, hash from audit order by model, seq desc',
  );
  await client.query('commit');
  const anchored = anchorOf(heads.rows.map(({ model, seq, hash }) => ({ model, seq: Number(seq), hash })));
  return {
    takenAt: now.rows[0]?.now ?? '',
    migrations: migrations.rows.map(({ name }) => name),
    tables: copied,
    sequences,
    anchor: { ...anchored, heads: [...anchored.heads] },
  };
}

async function copyTable(
  client: pg.Client,
  { name, columns }: { readonly name: string; readonly columns: readonly string[] },
  folder: string,
): Promise<{ rows: number; sha256: string }> {
  const file = await open(join(folder, TABLES_FOLDER, `${name}.copy`), 'wx');
  const hash = createHash('sha256');
  let rows = 0;
  let written = Promise.resolve();
  try {
    const list = columns.map((column) => pg.escapeIdentifier(column)).join(', ');
    await copyOut(client, `copy ${pg.escapeIdentifier(name)} (${list}) to stdout`, (chunk) => {
      hash.update(chunk);
      // Text format: line breaks inside of values are escaped, so each one ends a row.
      for (const byte of chunk) if (byte === 10) rows += 1;
      // The chunks of one reading arrive together; they are written one after the other.
      const bytes = Buffer.from(chunk);
      written = written.then(() => file.appendFile(bytes));
      return written;
    });
    await written;
    await file.sync();
  } finally {
    await file.close();
  }
  return { rows, sha256: hash.digest('hex') };
}

async function copyArtifacts(from: ArtifactStore, folder: string): Promise<BackupManifest['artifacts']> {
  const to = new FolderArtifactStore(folder);
  let [count, bytes] = [0, 0];
  for await (const artifact of from.list()) {
    const mediaType = 'application/octet-stream';
    const path = await from.localFile({ sha256: artifact.sha256, bytes: artifact.bytes, mediaType });
    await to.putFile(path, mediaType);
    count += 1;
    bytes += artifact.bytes;
  }
  return { count, bytes };
}
