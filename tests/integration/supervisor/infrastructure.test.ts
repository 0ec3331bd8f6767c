import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Config } from '../../../config/config.ts';
import { isRunning } from '../../../supervisor/process-table.ts';
import { examine } from '../../../supervisor/doctor.ts';
import { DatabaseFolderUnusable } from '../../../supervisor/errors.ts';
import { clearLeftover, embeddedPostgres } from '../../../supervisor/postgres.ts';
import { Supervisor } from '../../../supervisor/supervisor.ts';
import type { RunningSystem } from '../../../supervisor/supervisor.ts';
import { fixturePlan, temporaryConfig, waitUntil } from './fixture-system.ts';

let config: Config;
let remove: () => void;
let supervisor: Supervisor;
let running: RunningSystem;

beforeAll(async () => {
  ({ config, remove } = temporaryConfig());
  supervisor = new Supervisor({ config, plan: fixturePlan([]) });
  running = await supervisor.start();
});
afterAll(async () => {
  await supervisor.stop();
  remove();
});

async function query(text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: running.databaseUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

async function temporal(path: string): Promise<Record<string, unknown>> {
  const response = await fetch(`http://127.0.0.1:${String(running.ports['temporal-http'])}${path}`);
  expect(response.status, path).toBe(200);
  return (await response.json()) as Record<string, unknown>;
}

async function killAndWait(name: string): Promise<void> {
  const before = supervisor.restarts()[name] ?? 0;
  process.kill(supervisor.pids()[name] ?? 0, 'SIGKILL');
  await waitUntil(`${name} is started again`, () => (supervisor.restarts()[name] ?? 0) > before);
}

describe('embedded Postgres', () => {
  it('is a real one with our database, UTF-8 and a password', async () => {
    const [row] = await query(
      "select current_database() as name, current_setting('server_encoding') as encoding, current_setting('fsync') as fsync",
    );
    expect(row).toEqual({ name: 'contender', encoding: 'UTF8', fsync: 'on' });
    const wrong = new URL(running.databaseUrl);
    wrong.password = 'guess';
    const client = new Client({ connectionString: wrong.toString() });
    await expect(client.connect()).rejects.toThrow(/password authentication failed/u);
  });

  it('keeps its password where only the owner can read it', () => {
    for (const name of ['postgres-password', 'runtime.json']) {
      expect(statSync(join(config.dataDir, name)).mode & 0o077, name).toBe(0);
    }
  });

  it('listens on the loopback interface alone', async () => {
    const [row] = await query("select current_setting('listen_addresses') as addresses");
    expect(row).toEqual({ addresses: '127.0.0.1' });
  });

  it('comes back after kill -9 with every acknowledged row', async () => {
    await query('create table kept (n int)');
    await query('insert into kept select generate_series(1, 1000)');
    await killAndWait('postgres');
    let rows: readonly Record<string, unknown>[] = [];
    await waitUntil('Postgres answers', async () => {
      rows = await query('select count(*)::int as count from kept').catch(() => []);
      return rows.length > 0;
    });
    expect(rows).toEqual([{ count: 1000 }]);
  });

  it('refuses a cluster whose password file is lost, and leaves it alone', async () => {
    const { root } = config;
    const { config: other, remove: removeOther } = temporaryConfig();
    try {
      const options = { root, dataDir: other.dataDir, port: 1, durable: false };
      const { spec } = await embeddedPostgres(options);
      rmSync(join(other.dataDir, 'postgres-password'));
      await expect(embeddedPostgres(options)).rejects.toThrow(DatabaseFolderUnusable);
      expect(existsSync(join(spec.marker, 'PG_VERSION'))).toBe(true);
      expect(readdirSync(other.dataDir)).not.toContain('postgres.unfinished');
    } finally {
      removeOther();
    }
  });

  it('does not stop at a lock file whose process id now belongs to another program', async () => {
    const { config: other, remove: removeOther } = temporaryConfig();
    try {
      const file = join(other.dataDir, 'postmaster.pid');
      writeFileSync(file, `${String(process.pid)}\n/some/other/folder\n`);
      await clearLeftover(other.dataDir);
      expect(existsSync(file)).toBe(false);
      expect(isRunning(process.pid)).toBe(true);
    } finally {
      removeOther();
    }
  });
});

describe('the Temporal development server', () => {
  it('has the namespaces, the search attributes and the UI', async () => {
    for (const namespace of ['default', 'replay']) {
      const { customAttributes } = await temporal(`/api/v1/namespaces/${namespace}/search-attributes`);
      expect(customAttributes).toEqual({
        ModelName: 'INDEXED_VALUE_TYPE_KEYWORD',
        ModelVersion: 'INDEXED_VALUE_TYPE_INT',
        Trigger: 'INDEXED_VALUE_TYPE_KEYWORD',
        Step: 'INDEXED_VALUE_TYPE_KEYWORD',
        Verdict: 'INDEXED_VALUE_TYPE_KEYWORD',
      });
    }
    const ui = await fetch(running.temporalUiUrl);
    expect(ui.status).toBe(200);
    await ui.body?.cancel();
  });

  it('comes back after kill -9 on the same ports with what it knew', async () => {
    const before = await temporal('/api/v1/namespaces/replay');
    await killAndWait('temporal');
    await waitUntil('Temporal answers', async () => {
      const url = `http://127.0.0.1:${String(running.ports['temporal-http'])}/api/v1/namespaces/replay`;
      const response = await fetch(url).catch(() => undefined);
      await response?.body?.cancel();
      return response?.status === 200;
    });
    const after = await temporal('/api/v1/namespaces/replay');
    expect(after['namespaceInfo']).toEqual(before['namespaceInfo']);
  });
});

describe('the doctor', () => {
  it('finds a running system in order', async () => {
    await waitUntil('both are back', async () => (await query('select 1').catch(() => [])).length === 1);
    const checks = await examine(config);
    const found = Object.fromEntries(checks.map(({ name, detail }) => [name, detail]));
    expect(found['postgres']).toMatch(/^Postgres 18/u);
    expect(found['temporal']).toContain('accepts connections');
    expect(found['ports']).toContain(`postgres ${String(running.ports['postgres'])}`);
  });

  it('names what is missing with its remedy', async () => {
    const broken = { ...config, pythonPath: '/nowhere/python', databaseUrl: 'postgres://u:p@127.0.0.1:1/x' };
    const checks = await examine(broken);
    const ill = checks.filter(({ ok }) => !ok);
    expect(ill.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['python', 'temporal program', 'postgres']),
    );
    expect(ill.every(({ remedy }) => remedy !== '')).toBe(true);
    expect(JSON.stringify(checks)).not.toContain('u:p@');
  });
});
