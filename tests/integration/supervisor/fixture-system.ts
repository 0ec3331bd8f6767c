import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { inheritedEnvironment, loadConfig, PROJECT_ROOT } from '../../../config/config.ts';
import type { Config } from '../../../config/config.ts';
import type { ChildSpec } from '../../../supervisor/child.ts';
import { answersOk } from '../../../supervisor/http-probe.ts';
import type { ProcessPlan } from '../../../supervisor/supervisor.ts';

const FIXTURE = join(import.meta.dirname, 'fixture-child.ts');

/** No test takes the port of another test or of a system that runs beside it. */
export const FREE_PORTS = {
  CONTENDER_POSTGRES_PORT: '0',
  CONTENDER_TEMPORAL_PORT: '0',
  CONTENDER_TEMPORAL_UI_PORT: '0',
};

/** A data folder of its own; the space in its name is deliberate. */
export function temporaryConfig(settings: Readonly<Record<string, string>> = {}): {
  readonly config: Config;
  readonly remove: () => void;
} {
  const dataDir = mkdtempSync(join(tmpdir(), 'contender supervisor '));
  const environment = { CONTENDER_DATA_DIR: dataDir, ...FREE_PORTS, ...settings };
  return {
    config: loadConfig({ environment, root: PROJECT_ROOT }),
    remove: () => {
      rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Parts that are elsewhere, for tests of the processes alone. */
export const ELSEWHERE = {
  CONTENDER_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
  CONTENDER_TEMPORAL_ADDRESS: '127.0.0.1:1',
  CONTENDER_TEMPORAL_UI_URL: 'http://127.0.0.1:1',
};

export function fixtureSpec(name: string, port: number, mode = ''): ChildSpec {
  return {
    name,
    command: process.execPath,
    args: [FIXTURE, String(port), mode],
    cwd: PROJECT_ROOT,
    environment: inheritedEnvironment(),
    marker: FIXTURE,
    stop: { signal: 'SIGTERM', target: 'group', graceMs: 5000 },
    readyTimeoutMs: 20_000,
    isReady: () => answersOk(`http://127.0.0.1:${String(port)}/metrics`),
  };
}

/** One fixture child a name, each with a grandchild. */
export function fixturePlan(names: readonly string[], mode = 'grandchild'): ProcessPlan {
  const urls = (ports: Readonly<Record<string, number>>): Record<string, string> =>
    Object.fromEntries(names.map((name) => [name, `http://127.0.0.1:${String(ports[name])}`]));
  return {
    wishes: names.map((name) => ({ name, candidates: [] })),
    children: ({ ports }) => names.map((name) => fixtureSpec(name, ports[name] ?? 0, mode)),
    apiUrl: () => '',
    serverUrls: urls,
    metricsUrls: urls,
  };
}

/** Polls until the condition holds; fails with the description after the deadline. */
export async function waitUntil(
  what: string,
  condition: () => boolean | Promise<boolean>,
  milliseconds = 20_000,
): Promise<void> {
  const deadline = performance.now() + milliseconds;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${String(milliseconds)} ms: ${what}`);
    await delay(25);
  }
}

/** What a fixture child says about itself. */
export async function askChild(url: string | undefined): Promise<{ pid: number; grandchild: number }> {
  const response = await fetch(url ?? '');
  return (await response.json()) as { pid: number; grandchild: number };
}
