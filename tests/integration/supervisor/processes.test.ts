import { createServer } from 'node:net';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Config } from '../../../config/config.ts';
import { readRuntimeState } from '../../../config/runtime-state.ts';
import {
  AlreadyRunning,
  ChildNotReady,
  DataFolderUnusable,
  StartInterrupted,
} from '../../../supervisor/errors.ts';
import { isRunning } from '../../../supervisor/process-table.ts';
import { Supervisor } from '../../../supervisor/supervisor.ts';
import type { SupervisorEvent } from '../../../supervisor/supervisor.ts';
import {
  askChild,
  ELSEWHERE,
  fixturePlan,
  fixtureSpec,
  temporaryConfig,
  waitUntil,
} from './fixture-system.ts';

let config: Config;
let remove: () => void;
const started: Supervisor[] = [];

beforeEach(() => {
  ({ config, remove } = temporaryConfig(ELSEWHERE));
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((supervisor) => supervisor.stop()));
  remove();
});

function supervise(options: Partial<ConstructorParameters<typeof Supervisor>[0]> = {}): Supervisor {
  const supervisor = new Supervisor({ config, plan: fixturePlan(['alpha', 'beta']), ...options });
  started.push(supervisor);
  return supervisor;
}

describe('a supervised system', () => {
  it('is ready when every process answers, and writes down where', async () => {
    const supervisor = supervise();
    const running = await supervisor.start();
    const { pid } = await askChild(running.metricsUrls['alpha']);
    expect(supervisor.pids()['alpha']).toBe(pid);
    expect(readRuntimeState(config.dataDir)).toMatchObject({
      state: 'running',
      supervisorPid: process.pid,
      serverUrls: running.serverUrls,
      processes: [{ name: 'alpha', pid }, { name: 'beta' }],
    });
  });

  it('leaves neither a process nor a grandchild nor the lock behind when it is stopped', async () => {
    const supervisor = supervise();
    const running = await supervisor.start();
    const { pid, grandchild } = await askChild(running.metricsUrls['alpha']);
    expect(isRunning(grandchild)).toBe(true);
    await Promise.all([supervisor.stop(), supervisor.stop()]);
    expect(isRunning(pid)).toBe(false);
    await waitUntil('the grandchild is gone', () => !isRunning(grandchild));
    expect(readRuntimeState(config.dataDir)).toMatchObject({ state: 'stopped', processes: [] });
    expect(existsSync(join(config.dataDir, 'up.lock'))).toBe(false);
  });

  it('starts a killed process again on its port, without what it left behind', async () => {
    const events: SupervisorEvent[] = [];
    const supervisor = supervise({ onEvent: (event) => events.push(event) });
    const running = await supervisor.start();
    const before = await askChild(running.metricsUrls['alpha']);
    process.kill(before.pid, 'SIGKILL');
    await waitUntil(
      'alpha is back',
      () => supervisor.restarts()['alpha'] === 1 && (supervisor.pids()['alpha'] ?? 0) > 0,
    );
    await waitUntil(
      'alpha is ready',
      () => events.filter(({ name, kind }) => name === 'alpha' && kind === 'ready').length === 2,
    );
    const after = await askChild(running.metricsUrls['alpha']);
    expect(after.pid).not.toBe(before.pid);
    await waitUntil('the old grandchild is gone', () => !isRunning(before.grandchild));
    expect(supervisor.restarts()).toMatchObject({ alpha: 1, beta: 0 });
    expect(readRuntimeState(config.dataDir)?.processes.find(({ name }) => name === 'alpha')?.pid).toBe(
      after.pid,
    );
  });

  it('keeps restarting a process that dies again and again, ever more slowly', async () => {
    const events: SupervisorEvent[] = [];
    const supervisor = supervise({ onEvent: (event) => events.push(event), plan: fixturePlan(['alpha']) });
    await supervisor.start();
    for (let death = 1; death <= 3; death += 1) {
      await waitUntil('alpha is ready', () => events.filter(({ kind }) => kind === 'ready').length === death);
      process.kill(supervisor.pids()['alpha'] ?? 0, 'SIGKILL');
    }
    await waitUntil('alpha is ready again', () => events.filter(({ kind }) => kind === 'ready').length === 4);
    const waits = events.filter(({ kind }) => kind === 'restarting').map(({ detail }) => detail);
    expect(waits).toEqual(['in 200 ms', 'in 400 ms', 'in 800 ms']);
  });

  it('tells why a process does not start, and ends the others', async () => {
    const plan = fixturePlan(['alpha']);
    let alpha = 0;
    const supervisor = supervise({
      plan: {
        ...plan,
        wishes: [...plan.wishes, { name: 'broken', candidates: [] }],
        children: (surroundings) => [
          ...plan.children(surroundings),
          fixtureSpec('broken', surroundings.ports['broken'] ?? 0, 'fail'),
        ],
      },
      onEvent: ({ name, kind, pid }) => {
        if (name === 'alpha' && kind === 'ready') alpha = pid;
      },
    });
    const failure = await supervisor.start().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ChildNotReady);
    expect(String(failure)).toContain('it ended with code 9; it said: there is nothing to work with');
    expect(alpha).toBeGreaterThan(0);
    expect(isRunning(alpha)).toBe(false);
    expect(existsSync(join(config.dataDir, 'up.lock'))).toBe(false);
    expect(readFileSync(join(config.dataDir, 'logs', 'broken.log'), 'utf8')).toContain(
      'nothing to work with',
    );
  });

  it('can be stopped while it starts, and leaves nothing then', async () => {
    const pids: number[] = [];
    const spawned: { resolve: () => void } = { resolve: () => undefined };
    const firstSpawn = new Promise<void>((resolve) => {
      spawned.resolve = resolve;
    });
    const supervisor = supervise({
      onEvent: ({ kind, pid }) => {
        if (kind !== 'starting') return;
        pids.push(pid);
        spawned.resolve();
      },
    });
    const start = supervisor.start();
    const outcome = start.catch((error: unknown) => error);
    await firstSpawn;
    await supervisor.stop();
    expect(await outcome).toBeInstanceOf(StartInterrupted);
    expect(pids.filter((pid) => isRunning(pid))).toEqual([]);
  });

  it('refuses a second supervisor of the folder and names the first', async () => {
    await supervise().start();
    const refusal = await supervise()
      .start()
      .catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(AlreadyRunning);
    expect(String(refusal)).toContain(`process ${String(process.pid)}`);
    expect(readRuntimeState(config.dataDir)?.state).toBe('running');
  });

  it('refuses a data folder that is a file, and leaves the file alone', async () => {
    const dataDir = join(config.dataDir, 'occupied');
    writeFileSync(dataDir, 'precious');
    const start = supervise({ config: { ...config, dataDir } }).start();
    await expect(start).rejects.toThrow(DataFolderUnusable);
    expect(readFileSync(dataDir, 'utf8')).toBe('precious');
  });

  it('takes over the lock of a supervisor that is gone, also when its id belongs to another program', async () => {
    const lock = join(config.dataDir, 'up.lock');
    writeFileSync(lock, `${String(process.ppid)}\nanother program\n`);
    await supervise().start();
    expect(readFileSync(lock, 'utf8')).toMatch(new RegExp(`^${String(process.pid)}\\n`, 'u'));
  });

  it('takes another port when the usual one is taken, the same one until the usual is free', async () => {
    const blocker = createServer();
    const taken = await new Promise<number>((resolve) => {
      blocker.listen(0, '127.0.0.1', () => {
        const address = blocker.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    const plan = { ...fixturePlan(['alpha']), wishes: [{ name: 'alpha', candidates: [taken] }] };
    const first = supervise({ plan });
    const { ports } = await first.start();
    expect(ports['alpha']).not.toBe(taken);
    await first.stop();
    const second = supervise({ plan });
    expect((await second.start()).ports['alpha']).toBe(ports['alpha']);
    await second.stop();
    await new Promise((resolve) => blocker.close(resolve));
    expect((await supervise({ plan }).start()).ports['alpha']).toBe(taken);
  });

  it('prepares the database before the first process starts', async () => {
    const order: string[] = [];
    await supervise({
      prepare: ({ endpoints }) => {
        order.push(`prepare ${endpoints.databaseUrl}`);
        return Promise.resolve();
      },
      onEvent: ({ kind, name }) => {
        if (kind === 'starting') order.push(name);
      },
    }).start();
    expect(order).toEqual([`prepare ${ELSEWHERE.CONTENDER_DATABASE_URL}`, 'alpha', 'beta']);
  });

  it('starts no process when the preparation fails', async () => {
    const names: string[] = [];
    const failure = await supervise({
      prepare: () => Promise.reject(new Error('a newer release has been here')),
      onEvent: ({ kind, name }) => {
        if (kind === 'starting') names.push(name);
      },
    })
      .start()
      .catch((error: unknown) => error);
    expect(String(failure)).toContain('a newer release has been here');
    expect(names).toEqual([]);
  });
});
