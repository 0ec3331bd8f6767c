import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Config } from '../../../config/config.ts';
import { readRuntimeState } from '../../../config/runtime-state.ts';
import { isRunning } from '../../../supervisor/process-table.ts';
import { Supervisor } from '../../../supervisor/supervisor.ts';
import type { SupervisorEvent } from '../../../supervisor/supervisor.ts';
import { askChild, ELSEWHERE, fixturePlan, temporaryConfig, waitUntil } from './fixture-system.ts';

interface Announcement {
  readonly pids: Readonly<Record<string, number>>;
  readonly urls: Readonly<Record<string, string>>;
  readonly ports: Readonly<Record<string, number>>;
}

let config: Config;
let remove: () => void;
let supervisorProcess: ChildProcess | undefined;

beforeEach(() => {
  ({ config, remove } = temporaryConfig(ELSEWHERE));
});
afterEach(() => {
  supervisorProcess?.kill('SIGTERM');
  remove();
});

async function startSupervisor(where: 'embedded' | 'elsewhere'): Promise<Announcement> {
  const program = join(import.meta.dirname, 'fixture-supervisor.ts');
  const child = spawn(process.execPath, [program, config.dataDir, where], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  supervisorProcess = child;
  const [line] = await new Promise<string[]>((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      if (text.includes('\n')) resolve(text.split('\n'));
    });
    child.once('exit', (code) => {
      reject(new Error(`the supervisor ended with code ${String(code)}`));
    });
  });
  return JSON.parse(line ?? '') as Announcement;
}

/** Exit code of the supervisor's process once it ends. */
function exitCode(): Promise<number | null> {
  return new Promise((resolve, reject) => {
    if (supervisorProcess === undefined) reject(new Error('no supervisor was started'));
    supervisorProcess?.once('exit', (code) => {
      resolve(code);
    });
  });
}

/** The shell that watches over a supervisor: its only other child beside the supervised ones. */
function watchdogOf(pid: number): number {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
  const line = lines.find((text) => {
    const [, parent] = text.trim().split(/\s+/u);
    return parent === String(pid) && text.includes('/bin/sh -c');
  });
  return Number(line?.trim().split(/\s+/u)[0] ?? 0);
}

describe('Ctrl-C', () => {
  it('ends a supervisor that gets it twice, as through npm, and leaves nothing', async () => {
    const { pids, urls } = await startSupervisor('elsewhere');
    const { grandchild } = await askChild(urls['alpha']);
    const ended = exitCode();
    supervisorProcess?.kill('SIGINT');
    supervisorProcess?.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(isRunning(pids['alpha'] ?? 0)).toBe(false);
    await waitUntil('the grandchild is gone', () => !isRunning(grandchild));
  });

  it('is what a closed terminal means as well', async () => {
    const { pids } = await startSupervisor('elsewhere');
    const ended = exitCode();
    supervisorProcess?.kill('SIGHUP');
    expect(await ended).toBe(0);
    expect(isRunning(pids['alpha'] ?? 0)).toBe(false);
  });
});

describe('kill -9 of the supervisor', () => {
  it('lets the watchdog end everything within seconds', async () => {
    const { pids, urls } = await startSupervisor('embedded');
    const { grandchild } = await askChild(urls['alpha']);
    expect(Object.keys(pids)).toEqual(['postgres', 'temporal', 'alpha']);
    supervisorProcess?.kill('SIGKILL');
    const all = [...Object.values(pids), grandchild];
    await waitUntil('everything is gone', () => all.every((pid) => !isRunning(pid)), 8000);
  });

  it('leaves a folder that the next start goes on with, when the watchdog dies too', async () => {
    const { pids, ports } = await startSupervisor('embedded');
    process.kill(watchdogOf(supervisorProcess?.pid ?? 0), 'SIGKILL');
    supervisorProcess?.kill('SIGKILL');
    await waitUntil('the supervisor is gone', () => !isRunning(supervisorProcess?.pid ?? 0));
    expect(Object.values(pids).every((pid) => isRunning(pid))).toBe(true);

    const events: SupervisorEvent[] = [];
    const embedded = {
      ...config,
      databaseUrl: 'embedded',
      temporalAddress: 'embedded',
      temporalUiUrl: 'embedded',
    } as const;
    const next = new Supervisor({
      config: embedded,
      plan: fixturePlan(['alpha']),
      durable: false,
      onEvent: (event) => events.push(event),
    });
    const running = await next.start();
    try {
      const ended = events.filter(({ kind }) => kind === 'leftover-ended').map(({ name }) => name);
      expect([...ended].sort()).toEqual(['alpha', 'postgres', 'temporal']);
      expect(Object.values(pids).some((pid) => isRunning(pid))).toBe(false);
      // The left-over ones did not push their successors to other ports.
      expect(running.ports).toEqual(ports);
    } finally {
      await next.stop();
    }
    expect(readRuntimeState(config.dataDir)?.state).toBe('stopped');
  });
});
