import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { MIGRATIONS_FOLDER, migrate } from '../registry/migrator.ts';

/** Set by the global setup of the `system` project: a server on which databases may be made and dropped. */
const SERVER_VARIABLE = 'CONTENDER_TEST_POSTGRES_URL';
/** Same key in every process: one of them makes the template, the others wait for it. */
const TEMPLATE_LOCK = 7_041_776;
const LEAK_DEADLINE_MS = 3000;

export interface TestDatabase {
  readonly url: string;
  /** Drops the database; throws when a test left connections open. */
  drop(): Promise<void>;
}

export interface TestDatabaseOptions {
  /** `empty`: no schema at all, for tests of the migrations. */
  readonly schema?: 'migrated' | 'empty';
}

/** A database of its own for one test file, copied from a migrated template: about a tenth of a second. */
export async function testDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const server = testServerUrl();
  const name = `test_${String(process.pid)}_${randomBytes(6).toString('hex')}`;
  await withMaintenance(server, async (client) => {
    const template = options.schema === 'empty' ? 'template0' : await ensureTemplate(client, server);
    await client.query(`create database ${name} template ${template}`);
  });
  return {
    url: databaseUrl(server, name),
    drop: () => withMaintenance(server, (client) => dropDatabase(client, name)),
  };
}

/** The test server, for tests that look at it from outside (kill a connection, count sessions). */
export function testServerUrl(): string {
  const url = process.env[SERVER_VARIABLE];
  if (url === undefined || url === '') {
    throw new Error(
      `${SERVER_VARIABLE} is not set: run this file in the project \`system\` (tests/integration and the like)`,
    );
  }
  return url;
}

function databaseUrl(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.toString();
}

async function withMaintenance<T>(server: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: databaseUrl(server, 'postgres'),
    application_name: 'contender tests',
  });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/** Made once per content of migrations/, under another name until it is whole. */
async function ensureTemplate(client: pg.Client, server: string): Promise<string> {
  const template = `template_${migrationsHash()}`;
  const exists = async (): Promise<boolean> => {
    const found = await client.query('select from pg_database where datname = $1', [template]);
    return (found.rowCount ?? 0) > 0;
  };
  if (await exists()) return template;
  await client.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK]);
  try {
    if (await exists()) return template;
    const building = `${template}_building`;
    await client.query(`drop database if exists ${building} with (force)`);
    await client.query(`create database ${building} template template0`);
    await migrate({ url: databaseUrl(server, building) });
    await client.query(`alter database ${building} rename to ${template}`);
    return template;
  } finally {
    await client.query('select pg_advisory_unlock($1)', [TEMPLATE_LOCK]);
  }
}

function migrationsHash(): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(MIGRATIONS_FOLDER).sort()) {
    hash.update(name).update(readFileSync(join(MIGRATIONS_FOLDER, name)));
  }
  return hash.digest('hex').slice(0, 16);
}

/** A closed connection takes a moment to leave pg_stat_activity; one that stays is a leak. */
async function dropDatabase(client: pg.Client, name: string): Promise<void> {
  const deadline = Date.now() + LEAK_DEADLINE_MS;
  let left: readonly { application_name: string; query: string }[];
  do {
    const { rows } = await client.query<{ application_name: string; query: string }>(
      'select application_name, query from pg_stat_activity where datname = $1 and backend_type = $2',
      [name, 'client backend'],
    );
    left = rows;
    if (left.length === 0) break;
    await client.query('select pg_sleep(0.02)');
  } while (Date.now() < deadline);
  await client.query(`drop database ${name} with (force)`);
  if (left.length === 0) return;
  const names = left.map(
    ({ application_name, query }) => `${application_name} (last: ${query.slice(0, 80)})`,
  );
  throw new Error(`a test left ${String(left.length)} connections open: ${names.join('; ')}`);
}
