import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RegistryBusy, RegistryUnreachable } from '../../../registry/errors.ts';
import { Database } from '../../../registry/database.ts';
import { openRegistry } from '../../../registry/registry.ts';
import type { Registry } from '../../../registry/registry.ts';
import type { SwapNotice } from '../../../registry/swap-listener.ts';
import { testDatabase } from '../../postgres.ts';
import type { TestDatabase } from '../../postgres.ts';
import { RegistryWorld } from './world.ts';

let database: TestDatabase;
let registry: Registry;
let world: RegistryWorld;
let root: pg.Client;

beforeAll(async () => {
  database = await testDatabase();
  registry = openRegistry({ url: database.url, applicationName: 'connections' });
  world = new RegistryWorld(registry);
  root = new pg.Client({ connectionString: database.url, application_name: 'root' });
  await root.connect();
});
afterAll(async () => {
  await registry.close();
  await root.end();
  await database.drop();
});

const kill = (applicationName: string) =>
  root.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = $1',
    [applicationName],
  );

async function until(condition: () => boolean | Promise<boolean>, deadlineMs = 15_000): Promise<void> {
  const end = Date.now() + deadlineMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('the condition was not met in time');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('lost connections', () => {
  test('idle connections that are lost are replaced, and nobody notices', async () => {
    await Promise.all(Array.from({ length: 5 }, () => registry.ping()));
    await kill('connections');
    await until(async () => {
      try {
        await registry.ping();
        return true;
      } catch (error) {
        expect(error).toBeInstanceOf(RegistryUnreachable);
        return false;
      }
    });
  });

  test('an operation whose connection is lost runs again; lost each time it is unreachable', async () => {
    const victim = new Database({ url: database.url, applicationName: 'victim' });
    const killOne = () => until(async () => ((await kill('victim')).rowCount ?? 0) > 0);
    let runs = 0;
    const once = victim.run(async (connection) => {
      runs += 1;
      return sql`select pg_sleep(${runs === 1 ? 30 : 0})`.execute(connection);
    });
    await killOne();
    await once;
    expect(runs).toBe(2);

    let over = false;
    const never = victim
      .run((connection) => sql`select pg_sleep(30)`.execute(connection))
      .finally(() => {
        over = true;
      });
    const outcome = expect(never).rejects.toBeInstanceOf(RegistryUnreachable);
    await until(async () => {
      await kill('victim');
      return over;
    });
    await outcome;
    await victim.ping();
    await victim.close();
  });

  test('a swap whose connection is lost in the middle happens once, and is acknowledged', async () => {
    const model = await world.model();
    for (let round = 1; round <= 5; round += 1) {
      const candidate = await world.candidate(model, round);
      const hash = await world.approved(candidate);
      const swap = world.promote(candidate, hash);
      await kill('connections');
      await swap;
      expect((await registry.champion({ model })).epoch).toBe(round);
      await world.finish(candidate);
    }
    expect(await registry.verifyAudit({ model, anchor: null })).toMatchObject({ ok: true, rows: 1 + 5 * 5 });
  });

  test('a server that is not there is unreachable at once', async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => probe.once('listening', resolve));
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    const nobody = openRegistry({
      url: `postgres://u:p@127.0.0.1:${String(port)}/x`,
      applicationName: 'nobody',
    });
    await expect(nobody.ping()).rejects.toMatchObject({ code: 'REGISTRY_UNREACHABLE', kind: 'unreachable' });
    await nobody.close();
  });

  test('a server that accepts and says nothing is unreachable within the bound', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as AddressInfo;
    const waiting = openRegistry({
      url: `postgres://u:p@127.0.0.1:${String(port)}/x`,
      applicationName: 'waiting',
      connectTimeoutMs: 200,
    });
    await expect(waiting.ping()).rejects.toBeInstanceOf(RegistryUnreachable);
    await waiting.close();
    silent.close();
  });

  test('a statement beyond its bound is busy, and the connection lives on', async () => {
    const impatient = new Database({
      url: database.url,
      applicationName: 'impatient',
      statementTimeoutMs: 50,
    });
    await expect(
      impatient.run((connection) => sql`select pg_sleep(5)`.execute(connection)),
    ).rejects.toBeInstanceOf(RegistryBusy);
    await impatient.ping();
    await impatient.close();
  });

  test('no more connections are held than allowed', async () => {
    await Promise.all(Array.from({ length: 40 }, () => registry.listModels()));
    const { rows } = await root.query<{ n: number }>(
      `select count(*)::int as n from pg_stat_activity where datname = current_database() and application_name = 'connections'`,
    );
    expect(rows[0]?.n).toBeLessThanOrEqual(5);
  });
});

describe('hearing of swaps', () => {
  test('a swap is heard at once, with model, epoch and hash', async () => {
    const heard: (SwapNotice | null)[] = [];
    const listener = registry.listenSwaps({ onSwap: (notice) => heard.push(notice), reconnectMs: 5 });
    await until(() => heard.length === 1);
    expect(heard).toEqual([null]);
    const model = await world.model();
    const { versionId } = await world.champion(model, 1);
    await until(() => heard.length === 2);
    expect(heard[1]).toEqual({ model, epoch: 1, versionId });
    await listener.close();
  });

  test('a swap that is taken back is never heard', async () => {
    const heard: (SwapNotice | null)[] = [];
    const listener = registry.listenSwaps({ onSwap: (notice) => heard.push(notice) });
    await until(() => heard.length === 1);
    await root.query('begin');
    await root.query(`select pg_notify('contender_swap', 'never')`);
    await root.query('rollback');
    await root.query(`select pg_notify('contender_swap', 'not a notice of ours')`);
    await until(() => heard.length === 2);
    expect(heard).toEqual([null, null]);
    await listener.close();
  });

  test('a lost connection is opened again, and says that notices may have been missed', async () => {
    const heard: (SwapNotice | null)[] = [];
    const listener = registry.listenSwaps({ onSwap: (notice) => heard.push(notice), reconnectMs: 5 });
    await until(() => heard.length === 1);
    for (const round of [2, 3]) {
      await kill('connections listen');
      await until(() => heard.length === round);
    }
    expect(heard).toEqual([null, null, null]);
    const model = await world.model();
    await world.champion(model, 1);
    await until(() => heard.some((notice) => notice?.model === model));
    await listener.close();
  });

  test('closing while nothing answers ends the attempts', async () => {
    const away = openRegistry({ url: 'postgres://u:p@127.0.0.1:9/x', applicationName: 'away' });
    let heard = 0;
    const listener = away.listenSwaps({
      onSwap: () => {
        heard += 1;
      },
      reconnectMs: 1,
    });
    await listener.close();
    await away.close();
    expect(heard).toBe(0);
  });
});
