import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Database } from '../../../registry/database.ts';
import type { SwapNotice } from '../../../registry/swap-listener.ts';
import { openRegistry } from '../../../registry/registry.ts';
import { testDatabase } from '../../postgres.ts';
import type { TestDatabase } from '../../postgres.ts';
import { LossyNetwork } from './lossy-network.ts';

let database: TestDatabase;
let network: LossyNetwork;
let options: { url: string; applicationName: string; statementTimeoutMs: number; answerMarginMs: number };

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(async () => {
  await database.drop();
});
beforeEach(async () => {
  const url = new URL(database.url);
  network = new LossyNetwork(url.hostname, Number(url.port));
  url.host = `127.0.0.1:${String(await network.listen())}`;
  options = { url: url.href, applicationName: 'silent', statementTimeoutMs: 1000, answerMarginMs: 200 };
  return () => network.close();
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe('a line that died without a word', () => {
  test('fails the statement that waits on it, which is asked again on another', async () => {
    const pool = new Database({ ...options, maxConnections: 1 });
    await pool.ping();
    network.fallSilent();
    const { rows } = await pool.run((connection) => sql<{ n: number }>`select 7 as n`.execute(connection));
    expect(rows).toEqual([{ n: 7 }]);
    await pool.close();
  });

  // Without the network, which is busy with this process.
  test('is not taken for one by a process that was too busy to read the answer', async () => {
    const pool = new Database({ ...options, url: database.url, maxConnections: 1 });
    const backend = sql<{ pid: number }>`select pg_backend_pid() as pid`;
    const before = await pool.run((connection) => backend.execute(connection));
    const asked = pool.run((connection) => backend.execute(connection));
    await new Promise((resolve) => setImmediate(resolve));
    const until = performance.now() + options.statementTimeoutMs + options.answerMarginMs + 50;
    while (performance.now() < until);
    expect((await asked).rows).toEqual(before.rows);
    await pool.close();
  });

  test('frees every connection of a pool that was waiting on such lines', async () => {
    const pool = new Database({ ...options, maxConnections: 3 });
    const ask = () =>
      Promise.all([1, 2, 3].map(() => pool.run((each) => sql`select pg_sleep(0.01)`.execute(each))));
    await ask();
    network.fallSilent();
    await ask();
    await pool.close();
  });

  test('is found out by a listener, which opens another and says that something may have been missed', async () => {
    const registry = openRegistry(options);
    const heard: (SwapNotice | null)[] = [];
    const listener = registry.listenSwaps({ onSwap: (notice) => heard.push(notice) });
    await until(() => heard.length === 1);
    network.fallSilent();
    await until(() => heard.length === 2);
    expect(heard).toEqual([null, null]);
    await listener.close();
    await registry.close();
  });

  test('holds up neither the end of a pool nor that of a listener', async () => {
    const registry = openRegistry(options);
    const heard: unknown[] = [];
    const listener = registry.listenSwaps({ onSwap: (notice) => heard.push(notice) });
    await until(() => heard.length === 1);
    await registry.ping();
    network.fallSilent();
    await Promise.all([listener.close(), registry.close()]);
  });
});
