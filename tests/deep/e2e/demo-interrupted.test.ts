import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../../config/config.ts';
import { readRuntimeState } from '../../../config/runtime-state.ts';

const MINUTES = 60_000;

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'contender-demo-'));
});
afterEach(async () => {
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
});

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

it(
  'a demo that is interrupted in the middle of an act ends as interrupted and leaves no process behind',
  async () => {
    const demo = spawn(process.execPath, ['cli/main.ts', 'demo', '--once', '--yes'], {
      cwd: PROJECT_ROOT,
      env: { ...process.env, CONTENDER_DATA_DIR: dataDir },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(demo, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    let text = '';
    const inAct = new Promise<void>((resolve) => {
      for (const stream of [demo.stdout, demo.stderr]) {
        stream.setEncoding('utf8').on('data', (piece: string) => {
          text += piece;
          // The first step of the first retrain: the act is under way.
          if (/ s {2}(?:extract|validate|train)/u.test(text)) resolve();
        });
      }
    });
    await Promise.race([inAct, ended]);
    const state = readRuntimeState(dataDir);
    const pids = (state?.processes ?? []).map(({ pid }) => pid).filter((pid) => pid > 0);
    expect(pids.length).toBeGreaterThan(3);
    demo.kill('SIGINT');

    const [code, signal] = await ended;
    expect({ code, signal }, text).toEqual({ code: 130, signal: null });
    expect(text).toContain('Stopped.');
    expect(text).toContain('[INTERRUPTED]');
    expect(text).not.toContain('UNEXPECTED');
    expect(pids.filter(alive)).toEqual([]);
  },
  5 * MINUTES,
);
