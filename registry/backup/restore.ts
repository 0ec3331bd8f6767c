import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import { FolderArtifactStore } from '../artifacts/folder-store.ts';
import { copyIn } from '../copy-stream.ts';
import { openClient } from '../database.ts';
import { BackupBroken, RestoreTargetOccupied } from '../errors.ts';
import { MIGRATIONS_FOLDER, migrate } from '../migrator.ts';
import { openRegistry } from '../registry.ts';
import { translateError } from '../translate-error.ts';
import { TABLES_SQL } from './backup.ts';
import { ARTIFACTS_FOLDER, BackupManifest, MANIFEST_FILE, TABLES_FOLDER } from './backup-manifest.ts';

export interface RestoreInput {
  readonly url: string;
  readonly artifacts: ArtifactStore;
  readonly folder: string;
}

export interface RestoreReport {
  readonly takenAt: string;
  readonly rows: number;
  readonly artifacts: number;
  readonly auditRows: number;
}

/**
 * Puts a backup into an empty registry: tables in one transaction, with every foreign key and check of the schema, then
 * the artifacts, then the whole audit walked against the heads that the backup holds. A database that fails that is left
 * empty. Afterwards nothing is promoted until the restore is reconciled.
 *
 * @throws BackupBroken, RestoreTargetOccupied, SchemaAhead, RegistryUnreachable, ArtifactStoreUnavailable
 */
export async function restore(input: RestoreInput): Promise<RestoreReport> {
  const manifest = await readManifest(input.folder);
  await verifyTables(input.folder, manifest);
  const client = openClient({ url: input.url, applicationName: 'contender restore', statementTimeoutMs: 0 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('set idle_in_transaction_session_timeout = 0');
    await prepareSchema(client, input.url, manifest);
    const artifacts = await restoreArtifacts(input);
    await client.query('begin');
    await loadTables(client, input.folder, manifest);
    await client.query('insert into restores (taken_at, anchor_digest) values ($1, $2)', [
      manifest.takenAt,
      manifest.anchor.digest,
    ]);
    await client.query('commit');
    const auditRows = await verifyRestored(input.url, manifest);
    await migrate({ url: input.url });
    const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
    return { takenAt: manifest.takenAt, rows, artifacts, auditRows };
  } catch (error) {
    throw translateError(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function readManifest(folder: string): Promise<BackupManifest> {
  try {
    return BackupManifest.parse(JSON.parse(await readFile(join(folder, MANIFEST_FILE), 'utf8')));
  } catch (cause) {
    throw new BackupBroken(`${folder} holds no whole backup: its ${MANIFEST_FILE} cannot be read`, {
      cause,
      remedy: 'Name a folder that `contender backup` has finished.',
    });
  }
}

/** Before anything is touched: every file is there, byte for byte. */
async function verifyTables(folder: string, { tables }: BackupManifest): Promise<void> {
  for (const { name, sha256 } of tables) {
    const hash = createHash('sha256');
    try {
      for await (const chunk of createReadStream(join(folder, TABLES_FOLDER, `${name}.copy`))) {
        hash.update(chunk as Buffer);
      }
    } catch (cause) {
      throw broken(name, 'is missing', cause);
    }
    if (hash.digest('hex') !== sha256) throw broken(name, 'was changed after it was written', undefined);
  }
}

const broken = (table: string, what: string, cause: unknown): BackupBroken =>
  new BackupBroken(`the file of table ${table} ${what}`, {
    cause,
    remedy: 'Use another copy of the backup.',
    details: { table },
  });

/** The schema of the release that made the backup, and no models in it. */
async function prepareSchema(client: pg.Client, url: string, manifest: BackupManifest): Promise<void> {
  const found = await client.query<{ present: boolean }>(
    `select to_regclass('schema_migrations') is not null as present`,
  );
  if (found.rows[0]?.present !== true) {
    const folder = await mkdtemp(join(tmpdir(), 'contender-restore-'));
    try {
      for (const name of manifest.migrations) {
        await copyFile(join(MIGRATIONS_FOLDER, `${name}.sql`), join(folder, `${name}.sql`)).catch(
          (cause: unknown) => {
            throw new BackupBroken(`the backup is of a newer release: it knows migration ${name}`, {
              cause,
              remedy: 'Restore it with the release that made it.',
            });
          },
        );
      }
      await migrate({ url, folder });
    } finally {
      await rm(folder, { recursive: true });
    }
  }
  const applied = await client.query<{ name: string }>('select name from schema_migrations order by name');
  if (applied.rows.map(({ name }) => name).join() !== manifest.migrations.join()) {
    throw new RestoreTargetOccupied('the database is at other migrations than the backup', {
      remedy: 'Restore into a database without tables: it is brought to the backup, then to this release.',
      details: { backup: manifest.migrations.at(-1), database: applied.rows.at(-1)?.name },
    });
  }
  const models = await client.query('select from models limit 1');
  if ((models.rowCount ?? 0) > 0) {
    throw new RestoreTargetOccupied('the database holds models already', {
      remedy: 'Restore into an empty database; nothing is ever overwritten.',
    });
  }
}

async function loadTables(client: pg.Client, folder: string, manifest: BackupManifest): Promise<void> {
  const present = await client.query<{ name: string; columns: string[] }>(TABLES_SQL);
  // Rows come back as they were: the triggers that would number, chain or refuse them rest, keys and checks do not.
  for (const { name } of present.rows)
    await client.query(`alter table ${pg.escapeIdentifier(name)} disable trigger user`);
  for (const name of await parentsFirst(client)) {
    const table = manifest.tables.find((each) => each.name === name);
    if (table === undefined) throw broken(name, 'is missing', undefined);
    const columns = table.columns.map((column) => pg.escapeIdentifier(column)).join(', ');
    await client.query(`delete from ${pg.escapeIdentifier(name)}`);
    await copyIn(
      client,
      `copy ${pg.escapeIdentifier(name)} (${columns}) from stdin`,
      createReadStream(join(folder, TABLES_FOLDER, `${name}.copy`), { highWaterMark: 262_144 }),
    );
    const { rows } = await client.query<{ n: string }>(
      `select count(*) as n from ${pg.escapeIdentifier(name)}`,
    );
    if (Number(rows[0]?.n) !== table.rows)
      throw broken(name, 'has another number of rows than the manifest', undefined);
  }
  for (const { table, column, next } of manifest.sequences) {
    await client.query('select setval(pg_get_serial_sequence($1, $2), $3, false)', [table, column, next]);
  }
  // Deferred keys are checked while the triggers still rest: a table with pending checks cannot be altered.
  await client.query('set constraints all immediate');
  for (const { name } of present.rows)
    await client.query(`alter table ${pg.escapeIdentifier(name)} enable trigger user`);
}

/** Tables in an order in which each comes after those that its foreign keys name. */
async function parentsFirst(client: pg.Client): Promise<readonly string[]> {
  const { rows: tables } = await client.query<{ name: string }>(TABLES_SQL);
  const { rows: keys } = await client.query<{ child: string; parent: string }>(`
    select distinct c.relname as child, p.relname as parent
    from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_class p on p.oid = k.confrelid
    where k.contype = 'f' and k.connamespace = current_schema()::regnamespace and k.conrelid <> k.confrelid`);
  const order: string[] = [];
  const visit = (name: string): void => {
    if (order.includes(name)) return;
    for (const { child, parent } of keys) if (child === name) visit(parent);
    order.push(name);
  };
  for (const { name } of tables) visit(name);
  return order;
}

/** Every artifact is hashed on its way; one that is damaged in the backup stops the restore. */
async function restoreArtifacts({ artifacts, folder }: RestoreInput): Promise<number> {
  let count = 0;
  const from = new FolderArtifactStore(join(folder, ARTIFACTS_FOLDER));
  for await (const { sha256, bytes } of from.list()) {
    const mediaType = 'application/octet-stream';
    await artifacts.putFile(await from.localFile({ sha256, bytes, mediaType }), mediaType);
    count += 1;
  }
  return count;
}

async function verifyRestored(url: string, { anchor }: BackupManifest): Promise<number> {
  const registry = openRegistry({ url, applicationName: 'contender restore' });
  try {
    const { ok, rows, firstBad } = await registry.verifyAudit({ model: null, anchor });
    if (ok) return rows;
    throw new BackupBroken(
      `the audit in the backup does not verify: row ${String(firstBad?.seq)} of ${String(firstBad?.model)}: ${String(firstBad?.reason)}`,
      { remedy: 'Drop this database and restore another backup.', details: { ...firstBad } },
    );
  } finally {
    await registry.close();
  }
}
