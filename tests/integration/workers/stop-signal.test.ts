import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';

const PROGRAM = join(import.meta.dirname, 'fixture-stopping.ts');
const LONG_MS = 60_000;

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

/** A process that takes so long to end, and is given so long for it. */
function stopping(takesMs: number, hasMs: number) {
  const child = spawn(process.execPath, [PROGRAM, String(takesMs), String(hasMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(child);
  const state = { said: '' };
  child.stdout.on('data', (chunk: Buffer) => (state.said += chunk.toString('utf8')));
  return {
    child,
    state,
    ended: once(child, 'close') as Promise<[number | null, string | null]>,
    says: async (word: string) => {
      while (!state.said.includes(word)) await once(child.stdout, 'data');
    },
  };
}

describe('a worker that is asked to end', () => {
  it('ends although it waits for somebody who never answers, with exit code 0, and says so', async () => {
    const { child, state, ended, says } = stopping(LONG_MS, 200);
    await says('ready');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(state.said).toContain('ended without an answer');
  });

  it('ends in order when the terminal and whoever started it pass on the same wish', async () => {
    const { child, state, ended, says } = stopping(500, LONG_MS);
    await says('ready');
    child.kill('SIGINT');
    await says('asked');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(state.said).toContain('ended in order');
  });

  it('ends at once when it is asked again', async () => {
    const { child, state, ended, says } = stopping(LONG_MS, LONG_MS);
    await says('ready');
    child.kill('SIGTERM');
    await delay(1200);
    child.kill('SIGTERM');
    expect(await ended).toEqual([1, null]);
    expect(state.said).not.toContain('ended');
  });
});
