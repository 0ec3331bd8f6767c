import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import type { Migration, MigrationProvider } from 'kysely/migration';
import { Database } from './database.ts';
import { MigrationFailed, SchemaAhead, SchemaBehind } from './errors.ts';
import { translateError } from './translate-error.ts';

/** migrations/ of this release. */
export const MIGRATIONS_FOLDER = join(import.meta.dirname, '..', 'migrations');

const FILE_NAME = /^\d{4}_[a-z0-9_]+\.sql$/u;
const MIGRATION_TABLE = 'schema_migrations';
/** A migration may rewrite a table; an ordinary statement may not take that long. */
const STATEMENT_TIMEOUT_MS = 600_000;

export interface MigrateInput {
  readonly url: string;
  /** Absent: migrations/ of this release. */
  readonly folder?: string;
}

export interface MigrationReport {
  /** Names applied now, in order. */
  readonly applied: readonly string[];
  /** The newest migration in force. */
  readonly version: string;
}

/**
 * Brings the database to this release. Safe to call at every start and by many processes at once: one applies, the
 * others wait and find nothing to do. All pending files are one transaction.
 * Throws SchemaAhead when a newer release has been here, MigrationFailed, RegistryUnreachable.
 */
export async function migrate(input: MigrateInput): Promise<MigrationReport> {
  const folder = input.folder ?? MIGRATIONS_FOLDER;
  const provider = new SqlFileProvider(folder);
  const database = new Database({
    url: input.url,
    applicationName: 'contender migrate',
    maxConnections: 2,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
  });
  try {
    const known = await provider.names();
    refuseNewer(known, await appliedNames(database));
    const migrator = new Migrator({
      db: database.sql,
      provider,
      migrationTableName: MIGRATION_TABLE,
      migrationLockTableName: `${MIGRATION_TABLE}_lock`,
    });
    const { error, results } = await migrator.migrateToLatest();
    if (error !== undefined) throw await migrationError(error, results, known, database);
    const applied = (results ?? []).filter(({ status }) => status === 'Success');
    return { applied: applied.map(({ migrationName }) => migrationName), version: known.at(-1) ?? '' };
  } finally {
    await database.close();
  }
}

/** Throws SchemaBehind or SchemaAhead when the database is not exactly at this release. */
export async function requireSchema(input: MigrateInput): Promise<void> {
  const known = await new SqlFileProvider(input.folder ?? MIGRATIONS_FOLDER).names();
  const database = new Database({ url: input.url, applicationName: 'contender schema', maxConnections: 1 });
  try {
    const applied = await appliedNames(database);
    refuseNewer(known, applied);
    const missing = known.filter((name) => !applied.includes(name));
    if (missing.length > 0) {
      throw new SchemaBehind(`the database lacks ${missing.join(', ')}`, {
        remedy: 'Run: npm run contender -- migrate',
        details: { missing },
      });
    }
  } finally {
    await database.close();
  }
}

/** Plain numbered SQL files; there is no way down, a mistake is mended by the next number. */
class SqlFileProvider implements MigrationProvider {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async names(): Promise<readonly string[]> {
    const files = (await readdir(this.#folder)).filter((name) => FILE_NAME.test(name)).sort();
    return files.map((name) => name.slice(0, -'.sql'.length));
  }

  async getMigrations(): Promise<Record<string, Migration>> {
    const migrations: Record<string, Migration> = {};
    for (const name of await this.names()) {
      const text = await readFile(join(this.#folder, `${name}.sql`), 'utf8');
      migrations[name] = {
        up: async (connection) => {
          await sql.raw(text).execute(connection);
        },
      };
    }
    return migrations;
  }
}

async function appliedNames(database: Database): Promise<readonly string[]> {
  return database.run(async (connection) => {
    const { rows: found } = await sql<{ present: boolean }>`
      select to_regclass(${MIGRATION_TABLE}) is not null as present`.execute(connection);
    if (found[0]?.present !== true) return [];
    const { rows } = await sql<{ name: string }>`
      select name from ${sql.table(MIGRATION_TABLE)} order by name`.execute(connection);
    return rows.map(({ name }) => name);
  });
}

function refuseNewer(known: readonly string[], applied: readonly string[]): void {
  const foreign = applied.filter((name) => !known.includes(name));
  if (foreign.length === 0) return;
  throw new SchemaAhead(`the database was migrated by a newer release: ${foreign.join(', ')}`, {
    remedy: 'Use that release, or restore a backup made before it.',
    details: { unknown: foreign },
  });
}

async function migrationError(
  error: unknown,
  results: readonly { readonly status: string; readonly migrationName: string }[] | undefined,
  known: readonly string[],
  database: Database,
): Promise<unknown> {
  const translated = translateError(error);
  if (translated !== error) return translated;
  // Between the check and the lock a newer release may have come by.
  refuseNewer(known, await appliedNames(database));
  const failed = results?.find(({ status }) => status === 'Error')?.migrationName ?? 'before the first file';
  const message = error instanceof Error ? error.message : String(error);
  return new MigrationFailed(`migration ${failed} failed: ${message}`, {
    cause: error,
    remedy: 'Nothing was changed. Report the message with the version of Postgres.',
    details: { migration: failed },
  });
}
