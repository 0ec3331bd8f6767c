import { copyFile, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MigrationFailed, SchemaAhead, SchemaBehind } from '../../../registry/errors.ts';
import { MIGRATIONS_FOLDER, migrate, requireSchema } from '../../../registry/migrator.ts';
import { openRegistry } from '../../../registry/registry.ts';
import { testDatabase } from '../../postgres.ts';
import type { TestDatabase } from '../../postgres.ts';

let database: TestDatabase;
let folder: string;
beforeEach(async () => {
  database = await testDatabase({ schema: 'empty' });
  folder = await mkdtemp(join(tmpdir(), 'migrations-'));
  for (const name of await readdir(MIGRATIONS_FOLDER)) {
    await copyFile(join(MIGRATIONS_FOLDER, name), join(folder, name));
  }
});
afterEach(async () => {
  await rm(folder, { recursive: true });
  await database.drop();
});

const shipped = async (): Promise<string[]> =>
  (await readdir(MIGRATIONS_FOLDER)).map((name) => name.replace('.sql', '')).sort();

async function query<Row extends pg.QueryResultRow>(text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

/** Every table, column, constraint, index, trigger and function, as one text. */
async function schemaText(): Promise<string> {
  const rows = await query<{ line: string }>(`
    select 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable as line
      from information_schema.columns where table_schema = 'public'
    union all select 'constraint ' || conrelid::regclass || ' ' || pg_get_constraintdef(oid) from pg_constraint
      where connamespace = 'public'::regnamespace
    union all select indexdef from pg_indexes where schemaname = 'public'
    union all select pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
    union all select pg_get_functiondef(oid) from pg_proc where pronamespace = 'public'::regnamespace
    order by 1`);
  return rows.map(({ line }) => line).join('\n');
}

test('an empty database gets every file, in order', async () => {
  const report = await migrate({ url: database.url });
  expect(report.applied).toEqual(await shipped());
  expect(report.version).toBe(report.applied.at(-1));
  await requireSchema({ url: database.url });
});

test('the second time there is nothing to do and nothing changes', async () => {
  await migrate({ url: database.url });
  const before = await schemaText();
  expect((await migrate({ url: database.url })).applied).toEqual([]);
  expect(await schemaText()).toBe(before);
});

test('twenty at once: one applies, nobody fails, the schema is the same', async () => {
  const reports = await Promise.all(Array.from({ length: 20 }, () => migrate({ url: database.url })));
  expect(reports.filter(({ applied }) => applied.length > 0)).toHaveLength(1);
  const raced = await schemaText();
  const alone = await testDatabase({ schema: 'empty' });
  const url = database.url;
  await migrate({ url: alone.url });
  const [first, second] = [raced, await inDatabase(alone.url, schemaText, url)];
  await alone.drop();
  expect(first).toBe(second);
});

/** Runs a reader on another database than the one of the test. */
async function inDatabase<T>(url: string, read: () => Promise<T>, back: string): Promise<T> {
  const { drop } = database;
  database = { url, drop };
  try {
    return await read();
  } finally {
    database = { url: back, drop };
  }
}

test('a database that a newer release has migrated is refused and left alone', async () => {
  await migrate({ url: database.url });
  await writeFile(join(folder, '9999_from_the_future.sql'), 'create table future (id int);');
  await migrate({ url: database.url, folder });
  const before = await schemaText();
  const refusal = { code: 'SCHEMA_AHEAD', kind: 'refused', details: { unknown: ['9999_from_the_future'] } };
  await expect(migrate({ url: database.url })).rejects.toMatchObject(refusal);
  await expect(migrate({ url: database.url })).rejects.toBeInstanceOf(SchemaAhead);
  await expect(requireSchema({ url: database.url })).rejects.toBeInstanceOf(SchemaAhead);
  expect(await schemaText()).toBe(before);
});

test('a file that breaks is taken back as a whole, with those before it', async () => {
  await writeFile(join(folder, '9998_good.sql'), 'create table good (id int);');
  await writeFile(join(folder, '9999_broken.sql'), 'create table half (id int); select nonsense;');
  await expect(migrate({ url: database.url, folder })).rejects.toMatchObject({
    code: 'MIGRATION_FAILED',
    details: { migration: '9999_broken' },
  });
  await expect(migrate({ url: database.url, folder })).rejects.toBeInstanceOf(MigrationFailed);
  expect(
    await query(`select 1 as one where to_regclass('half') is not null or to_regclass('good') is not null`),
  ).toEqual([]);
  expect((await migrate({ url: database.url })).applied).toEqual(await shipped());
});

test('a database that lacks migrations is named, with the command that helps', async () => {
  await expect(requireSchema({ url: database.url })).rejects.toBeInstanceOf(SchemaBehind);
  await expect(requireSchema({ url: database.url })).rejects.toMatchObject({
    details: { missing: await shipped() },
  });
});

test('each file has a number of its own and says what it is for', async () => {
  const names = await shipped();
  expect(new Set(names.map((name) => name.slice(0, 4))).size).toBe(names.length);
  for (const name of names) {
    expect(await readFile(join(folder, `${name}.sql`), 'utf8')).toMatch(/^-- \w/u);
  }
});

test('trials of before the ledger was chained join the chain in the order in which they were written', async () => {
  for (const name of await shipped()) if (name >= '0007') await rm(join(folder, `${name}.sql`));
  await migrate({ url: database.url, folder });
  await query(`
    insert into models (model) values ('tw-old');
    insert into specs (model, number, spec, hash, author) values ('tw-old', 1, '{}', contender_hash('spec'), 'ana');
    insert into retrains (id, correlation_id, model, as_of, trigger, requester, spec_number, clock, emergency,
      allow_probation, trigger_reason, epoch)
    values ('retrain:tw-old', 'c', 'tw-old', now(), 'manual', 'ana', 1, '{}', false, false, '', 0);
    insert into trials (model, trial_id, abandoned, recipe_hash, recipe, as_of, run, predictions, summary)
    select 'tw-old', contender_hash('trial ' || n), n = 2, contender_hash('recipe ' || n), '{}', now(), run,
      case when n <> 2 then '{"sha256": "p"}'::jsonb end, '{"annualisedSharpe": 1.25e-7}'
    from retrains, generate_series(1, 3) n`);
  await migrate({ url: database.url });
  const registry = openRegistry({ url: database.url, applicationName: 'migrations' });
  try {
    expect(await registry.ledger({ model: 'tw-old' })).toMatchObject({
      trials: 3,
      counted: 3,
      head: { seq: 3 },
    });
    expect(await registry.listTrials({ model: 'tw-old', limit: 9 })).toMatchObject([
      ...[{ state: 'scored' }, { state: 'abandoned', code: 'UNKNOWN' }, { state: 'scored' }],
    ]);
    expect(await registry.verifyAudit({ model: null, anchor: null })).toMatchObject({
      ...{ ok: true, ledgerRows: 3 },
    });
  } finally {
    await registry.close();
  }
});
