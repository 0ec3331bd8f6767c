import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRegistry } from '../../../registry/registry.ts';
import type { DatabaseRole, Registry } from '../../../registry/registry.ts';
import { testDatabase } from '../../postgres.ts';
import type { TestDatabase } from '../../postgres.ts';
import { GOOD_GATES, LEE, RegistryWorld, artifact } from './world.ts';

let database: TestDatabase;
const open = new Map<DatabaseRole, Registry>();
const as = (role: DatabaseRole): Registry => {
  const registry =
    open.get(role) ?? openRegistry({ url: database.url, applicationName: role, role, maxConnections: 2 });
  open.set(role, registry);
  return registry;
};

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(async () => {
  await Promise.all([...open.values()].map((registry) => registry.close()));
  await database.drop();
});

async function plain(role: DatabaseRole, statement: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: database.url, options: `-c role=contender_${role}` });
  await client.connect();
  try {
    return await client.query(statement);
  } finally {
    await client.end();
  }
}
const DENIED = { code: '42501' };

describe('what each role may do', () => {
  test('a worker runs a whole retrain, serves it and tells about it', async () => {
    const registry = as('worker');
    const world = new RegistryWorld(registry);
    const model = await world.model();
    const { retrainId, versionId } = await world.champion(model, 1);
    await world.champion(model, 2);
    await world.rollback(model);
    await registry.registerServer({ name: 'a', address: 'http://127.0.0.1:1', models: [], leaseSeconds: 30 });
    await registry.acknowledgeEpoch({ server: 'a', model, epoch: 3, versionId });
    await registry.saveGateReport({ retrainId, versionId, report: { gates: GOOD_GATES.length } });
    await registry.recordLiveResult({
      model,
      versionId,
      session: '2019-07-01',
      epoch: 3,
      rankIc: null,
      netReturn: 0.001,
      turnover: 0.1,
      role: 'champion',
      status: 'no-ic',
      numbers: {},
    });
    await registry.savePredictionRun({
      model,
      versionId,
      session: '2019-07-01',
      kind: 'live',
      artifact: artifact('live'),
      rows: 10,
    });
    await registry.recordAlert({ model, severity: 'WARNING', kind: 'TEST', text: 'test', dedupeKey: model });
    await registry.recordRefusedAttempt({ actor: 'x', command: 'y', code: 'Z', model, reason: 'no' });
    const claims = await registry.outbox.claim({ channel: 'route', batch: 1, leaseSeconds: 5 });
    for (const claim of claims) await registry.outbox.fanOut(claim, ['log']);
    expect(await registry.verifyAudit({ model, anchor: null })).toMatchObject({ ok: true });
    expect(await registry.champion({ model })).toMatchObject({ epoch: 3, champion: { id: versionId } });
  });

  test('the api applies specs, signs and rolls back; it makes neither versions nor evidence', async () => {
    const worker = new RegistryWorld(as('worker'));
    const api = as('api');
    const model = await new RegistryWorld(api).model();
    await worker.champion(model, 1);
    const candidate = await worker.candidate(model, 2);
    const { evidenceHash } = await worker.decision(candidate, await worker.shadowed(candidate));
    await new RegistryWorld(api).approve(candidate, evidenceHash, LEE);
    await worker.promote(candidate, evidenceHash);
    expect(await new RegistryWorld(api).rollback(model)).toMatchObject({ toVersion: 1 });
    await worker.finish(candidate);
    for (const table of [
      'versions',
      'evidence',
      'decisions',
      'trials',
      'budget_tests',
      'retrains',
      'snapshots',
      'gate_reports',
    ]) {
      await expect(plain('api', `insert into ${table} default values`)).rejects.toMatchObject(DENIED);
    }
  });

  test('a reader reads everything and writes nothing', async () => {
    const reader = as('reader');
    expect((await reader.listModels()).length).toBeGreaterThan(0);
    expect(await reader.verifyAudit({ model: null, anchor: null })).toMatchObject({ ok: true });
    const { rows } = (await plain(
      'worker',
      `select tablename from pg_tables where schemaname = 'public'`,
    )) as pg.QueryResult<{
      tablename: string;
    }>;
    expect(rows.length).toBeGreaterThan(20);
    for (const { tablename } of rows) {
      await expect(plain('reader', `insert into ${tablename} default values`)).rejects.toMatchObject(DENIED);
      await expect(plain('reader', `delete from ${tablename}`)).rejects.toMatchObject(DENIED);
      await expect(plain('reader', `truncate ${tablename}`)).rejects.toMatchObject(DENIED);
    }
  });

  test.each(['worker', 'api', 'reader'] as const)(
    '%s has no UPDATE, DELETE or TRUNCATE on what is append-only',
    async (role) => {
      for (const table of [
        'audit',
        'reigns',
        'trials',
        'structural_changes',
        'budget_tests',
        'specs',
        'evidence',
        'decisions',
        'approvals',
        'commands',
      ]) {
        await expect(plain(role, `delete from ${table}`)).rejects.toMatchObject(DENIED);
        await expect(plain(role, `update ${table} set model = model`)).rejects.toMatchObject({
          code: expect.stringMatching(/42501|42703/u) as string,
        });
        await expect(plain(role, `truncate ${table} cascade`)).rejects.toMatchObject(DENIED);
      }
    },
  );

  test.each(['worker', 'api', 'reader'] as const)(
    '%s can neither drop a table nor switch a trigger off',
    async (role) => {
      await expect(plain(role, 'drop table audit')).rejects.toMatchObject(DENIED);
      await expect(plain(role, 'alter table audit disable trigger all')).rejects.toMatchObject(DENIED);
      await expect(plain(role, 'set session_replication_role = replica')).rejects.toMatchObject(DENIED);
      await expect(plain(role, 'create table mine (id int)')).rejects.toMatchObject(DENIED);
    },
  );
});
