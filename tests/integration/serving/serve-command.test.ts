import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FolderArtifactStore } from '../../../registry/artifacts/folder-store.ts';
import { openRegistry, type Registry } from '../../../registry/registry.ts';
import { eventually } from '../../unit/serving/memory-registry.ts';
import { testDatabase } from '../../postgres.ts';
import { seedModel } from './seeded-registry.ts';

const MODEL = 'tw-alpha';
const ROOT = join(import.meta.dirname, '..', '..', '..');

interface ServeProcess {
  readonly child: ChildProcess;
  readonly url: string;
}

describe('contender serve', () => {
  let database: Awaited<ReturnType<typeof testDatabase>>;
  let folder: string;
  let registry: Registry;
  let commands = 0;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    database = await testDatabase();
    folder = await mkdtemp(join(tmpdir(), 'contender-serve-'));
    registry = openRegistry({ url: database.url, applicationName: 'serve test' });
    const artifacts = new FolderArtifactStore(join(folder, 'artifacts'));
    const serving = { onStale: 'serve', maxStaleSeconds: 2 } as const;
    await seedModel(database.url, artifacts, { model: MODEL, fixtures: ['a', 'b', 'c'], serving });
  });
  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });
  afterAll(async () => {
    await registry.close();
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  const run = (...args: readonly string[]): ChildProcess => {
    const child = spawn(process.execPath, [join(ROOT, 'cli', 'main.ts'), '--json', 'serve', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        CONTENDER_DATA_DIR: folder,
        CONTENDER_ARTIFACTS_DIR: join(folder, 'artifacts'),
        CONTENDER_DATABASE_URL: database.url,
        CONTENDER_TEMPORAL_ADDRESS: '127.0.0.1:1',
        CONTENDER_LOG_LEVEL: 'error',
      },
    });
    children.push(child);
    return child;
  };
  const output = async (child: ChildProcess): Promise<string> => {
    const chunks: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(child, 'exit');
    return Buffer.concat(chunks).toString('utf8');
  };
  const start = async (name: string): Promise<ServeProcess> => {
    const child = run('--name', name, '--port', '0');
    const chunks: string[] = [];
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk.toString('utf8')));
    await eventually(`${name} says where it is`, () => chunks.join('').includes('}'), 55_000);
    const { url } = JSON.parse(chunks.join('')) as { readonly url: string };
    await eventually(`${name} ready`, async () => (await fetch(`${url}/health`)).status === 200, 55_000);
    return { child, url };
  };
  const predict = async ({ url }: ServeProcess): Promise<Record<string, unknown>> => {
    const response = await fetch(`${url}/api/v1/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODEL, features: [[0.4, -1.2, 0.1, 0.3, -0.2, 7]] }),
    });
    return { status: response.status, ...((await response.json()) as Record<string, unknown>) };
  };
  const rollback = async (): Promise<number> => {
    commands += 1;
    const view = await registry.champion({ model: MODEL });
    const outcome = await registry.rollback({
      model: MODEL,
      toVersion: view.previous[0]?.number ?? null,
      reason: 'a test asks for it',
      actor: { subject: 'olga', roles: ['operator'] },
      idempotencyKey: `rollback-${String(commands)}`,
      correlationId: `test-${String(commands)}`,
    });
    return outcome.epoch;
  };

  it('answers, says its metrics, and on SIGTERM ends in order with code 0, its lease given back', async () => {
    const server = await start('server-a');
    expect(await predict(server)).toMatchObject({ status: 200, model: MODEL, version: 3, epoch: 3 });
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toMatch(/contender_serving_epoch\{[^}]*model="tw-alpha"[^}]*\} 3/u);
    expect(metrics).toMatch(/process_resident_memory_bytes\{service="server-a"\}/u);
    server.child.kill('SIGTERM');
    const [code] = (await once(server.child, 'exit')) as [number | null];
    expect(code).toBe(0);
    expect((await registry.serversOf({ model: MODEL })).map(({ leased }) => leased)).toEqual([false]);
  });

  it('comes back after a kill -9 under its name and acknowledges what happened meanwhile', async () => {
    const before = await start('server-a');
    before.child.kill('SIGKILL');
    await once(before.child, 'exit');
    const epoch = await rollback();
    const after = await start('server-a');
    expect(await predict(after)).toMatchObject({ status: 200, epoch });
    await eventually('acknowledged', async () => {
      const { acknowledged } = await registry.swapStatus({ model: MODEL, epoch });
      return acknowledged.some(({ server }) => server === 'server-a');
    });
  });

  it('goes on without its database, says that it is stale, and follows again when the database is back', async () => {
    const server = await start('server-a');
    const before = await predict(server);
    const name = new URL(database.url).pathname.slice(1);
    const maintenance = new pg.Client({ connectionString: new URL('/postgres', database.url).href });
    await maintenance.connect();
    try {
      await maintenance.query(`alter database ${name} with allow_connections false`);
      await maintenance.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [
        name,
      ]);
      await eventually('stale', async () => (await predict(server))['stale'] === true, 15_000);
      expect(await predict(server)).toMatchObject({
        status: 200,
        epoch: before['epoch'],
        version: before['version'],
      });
      expect((await fetch(`${server.url}/health`)).status).toBe(200);
    } finally {
      await maintenance.query(`alter database ${name} with allow_connections true`);
      await maintenance.end();
    }
    const epoch = await rollback();
    await eventually('the swap', async () => (await predict(server))['epoch'] === epoch, 15_000);
    expect(await predict(server)).toMatchObject({ status: 200, stale: false });
  });

  it('hears of swaps again after its listening connection was cut', async () => {
    const server = await start('server-a');
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and query ilike 'listen%' and pid <> pg_backend_pid()`,
    );
    await client.end();
    const epoch = await rollback();
    await eventually('the swap', async () => (await predict(server))['epoch'] === epoch, 5000);
  });

  it('says which port is taken, with code 3', async () => {
    const server = await start('server-a');
    const second = run('--name', 'server-b', '--port', new URL(server.url).port);
    const text = await output(second);
    expect(second.exitCode).toBe(3);
    expect(text).toMatch(/PORT_TAKEN/u);
  });
});
