import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FolderArtifactStore } from '../../../registry/artifacts/folder-store.ts';
import type { SideAction } from '../../../registry/model-controls.ts';
import { openRegistry, type Registry } from '../../../registry/registry.ts';
import { servingRegistry } from '../../../serving/registry-port.ts';
import { startServingServer, type ServingServer } from '../../../serving/server.ts';
import { eventually, QUIET_LOG } from '../../unit/serving/memory-registry.ts';
import { testDatabase } from '../../postgres.ts';
import { cutOffWhen } from './cut-off.ts';
import { seedModel } from './seeded-registry.ts';

const OPERATOR = { subject: 'olga', roles: ['operator' as const] };
/** As docs/shadow-and-guard.md has it: the notification, or the poll a second later; ten times that on a busy machine. */
const PATIENCE_MS = 30_000;

let database: Awaited<ReturnType<typeof testDatabase>>;
let folder: string;
let registry: Registry;
let artifacts: FolderArtifactStore;
const servers: ServingServer[] = [];

beforeAll(async () => {
  database = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), 'contender-sides-'));
  artifacts = new FolderArtifactStore(folder);
  registry = openRegistry({ url: database.url, applicationName: 'sides test' });
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  await registry.forgetServers({ expiredForSeconds: 0 });
});
afterAll(async () => {
  await registry.close();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

interface Served {
  readonly status: number;
  readonly side: { readonly action: string; readonly reason: string; readonly epoch: number };
  readonly epoch: number;
  readonly stale: boolean;
}

/** A model of two champions with a server of its own; what the server is cut off by. */
async function served(model: string, onStale: 'serve' | 'refuse') {
  await seedModel(database.url, artifacts, {
    ...{ model, fixtures: ['a', 'b'], serving: { onStale, maxStaleSeconds: 1 } },
  });
  const cut = { off: false };
  const server = await startServingServer({
    ...{
      breakGlass: null,
      host: '127.0.0.1',
      name: `server-${model}`,
      port: 0,
      models: [model],
      universe: null,
    },
    registry: cutOffWhen(servingRegistry(registry, artifacts), () => cut.off),
    ...{ explainer: null, log: QUIET_LOG, limits: { drainGraceMs: 50, pollMs: 200 } },
  });
  servers.push(server);
  const ready = async () => (await fetch(`${server.url}/health`)).status === 200;
  await eventually('a server that is ready', ready, PATIENCE_MS);
  const ask = async (): Promise<Served> => {
    const response = await fetch(`${server.url}/api/v1/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model, features: [[0.4, -1.2, 0.1, 0.3, -0.2, 7]] }),
    });
    return { status: response.status, ...((await response.json()) as Omit<Served, 'status'>) };
  };
  const says = async (action: SideAction): Promise<boolean> => {
    const { status, side } = await ask();
    return status === 200 && side.action === action;
  };
  return { cut, ask, says };
}

const setSide = (model: string, action: SideAction, reason: string) =>
  registry.setSide({ model, action, reason, actor: OPERATOR, idempotencyKey: `test:${randomUUID()}` });

describe('the side of a model in the answers of a server', () => {
  it('is what was commanded, with its reason and epoch, and serve again only when a person says so', async () => {
    const { ask, says } = await served('tw-sides', 'serve');
    expect((await ask()).side).toEqual({ action: 'serve', reason: '', epoch: 0 });
    for (const [action, reason] of [
      ['reduce-only', 'limit-down day'],
      ['halt', 'the data are wrong'],
      ['serve', 'the data are confirmed'],
    ] as const) {
      await setSide('tw-sides', action, reason);
      await eventually(`${action} in the answers`, () => says(action), PATIENCE_MS);
      expect(await ask()).toMatchObject({ status: 200, epoch: 2, side: { action, reason, epoch: 2 } });
    }
    await setSide('tw-sides', 'reduce-only', 'once more');
    // A rollback is no reason to go on: the side stands across epochs, and says in which one it was set.
    await registry.rollback({
      ...{ model: 'tw-sides', toVersion: null, reason: 'a test asks for it', actor: OPERATOR },
      ...{ idempotencyKey: 'sides-rollback', correlationId: 'sides-rollback' },
    });
    await eventually('the rollback', async () => (await ask()).epoch === 3, PATIENCE_MS);
    expect((await ask()).side).toEqual({ action: 'reduce-only', reason: 'once more', epoch: 2 });
  });

  it('with the registry away and onStale serve stays what it was, in answers that say that they are stale', async () => {
    const { ask, cut, says } = await served('tw-cut', 'serve');
    await setSide('tw-cut', 'reduce-only', 'limit-down day');
    await eventually('reduce-only in the answers', () => says('reduce-only'), PATIENCE_MS);
    cut.off = true;
    await setSide('tw-cut', 'halt', 'nobody hears it');
    await eventually('stale answers', async () => (await ask()).stale, PATIENCE_MS);
    expect(await ask()).toMatchObject({
      ...{ status: 200, stale: true, side: { action: 'reduce-only', reason: 'limit-down day', epoch: 2 } },
    });
    cut.off = false;
    await eventually('halt in the answers', () => says('halt'), PATIENCE_MS);
    await eventually('fresh answers', async () => !(await ask()).stale, PATIENCE_MS);
  });

  it('with the registry away and onStale refuse is given by no answer, so that nobody acts on an old one', async () => {
    const { ask, cut, says } = await served('tw-refuse', 'refuse');
    await setSide('tw-refuse', 'reduce-only', 'limit-down day');
    await eventually('reduce-only in the answers', () => says('reduce-only'), PATIENCE_MS);
    cut.off = true;
    await eventually('a refusal', async () => (await ask()).status === 503, PATIENCE_MS);
    await setSide('tw-refuse', 'serve', 'the data are confirmed');
    cut.off = false;
    await eventually('serve in the answers', () => says('serve'), PATIENCE_MS);
  });
});
