import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FolderArtifactStore } from '../../../registry/artifacts/folder-store.ts';
import { openRegistry, type Registry } from '../../../registry/registry.ts';
import { servingRegistry } from '../../../serving/registry-port.ts';
import { startServingServer, type ServingServer } from '../../../serving/server.ts';
import { testDatabase } from '../../postgres.ts';
import { eventually, QUIET_LOG } from '../../unit/serving/memory-registry.ts';
import { seedModel } from './seeded-registry.ts';

const MODEL = 'tw-alpha';
const OPERATOR = { subject: 'olga', roles: ['operator' as const] };

let database: Awaited<ReturnType<typeof testDatabase>>;
let folder: string;
let registry: Registry;
let server: ServingServer;

beforeAll(async () => {
  database = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), 'contender-consumers-'));
  const artifacts = new FolderArtifactStore(folder);
  registry = openRegistry({ url: database.url, applicationName: 'consumers test' });
  await seedModel(database.url, artifacts, { model: MODEL, fixtures: ['a', 'b', 'c', 'a', 'b', 'c'] });
  server = await startServingServer({
    host: '127.0.0.1',
    ...{ breakGlass: null, name: 'server-a', port: 0, models: [MODEL], universe: null, explainer: null },
    registry: servingRegistry(registry, artifacts),
    log: QUIET_LOG,
    limits: { drainGraceMs: 0, pollMs: 100 },
  });
  await eventually('ready', async () => (await fetch(`${server.url}/health`)).status === 200);
});
afterAll(async () => {
  await server.stop();
  await registry.close();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

const pin = (version: number | null, purpose: 'pin' | 'fallback' = 'pin') =>
  registry.pinVersion({
    ...{ model: MODEL, consumer: 'risk-report', version, purpose, actor: OPERATOR },
    ...{ reason: 'end of the quarter', idempotencyKey: randomUUID() },
  });
async function ask(): Promise<Record<string, unknown>> {
  const response = await fetch(`${server.url}/api/v1/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model: MODEL,
      consumer: 'risk-report',
      features: [[0.4, -1.2, 0.1, 0.3, -0.2, 7]],
    }),
  });
  expect(response.status).toBe(200);
  return (await response.json()) as Record<string, unknown>;
}
const answered = (what: string, wanted: Record<string, unknown>): Promise<void> =>
  eventually(what, async () => {
    const answer = await ask();
    return Object.entries(wanted).every(([field, value]) => answer[field] === value);
  });

it('a pin given in the registry is what the servers answer its consumer with, until it is moved or released', async () => {
  expect(await ask()).toMatchObject({ version: 6, answeredAs: 'champion' });
  await pin(1);
  await answered('the pinned version', { version: 1, answeredAs: 'pin', epoch: 6 });
  await registry.rollback({
    ...{ model: MODEL, toVersion: 5, reason: 'it misbehaves', actor: OPERATOR },
    ...{ idempotencyKey: randomUUID(), correlationId: 'test' },
  });
  await answered('the pin after a rollback', { version: 1, answeredAs: 'pin', epoch: 7 });
  await pin(2);
  await answered('the pin that was moved', { version: 2, answeredAs: 'pin' });
  await pin(2, 'fallback');
  await answered('the champion, with something to fall back on', { version: 5, answeredAs: 'champion' });
  expect(await registry.pins({ model: MODEL })).toMatchObject([{ version: 2, purpose: 'fallback' }]);
  await pin(null);
  await answered('the champion', { version: 5, answeredAs: 'champion' });
  await eventually('nothing is kept for consumers any more', async () => {
    const response = await fetch(`${server.url}/api/v1/models/${MODEL}`);
    const { pinned } = (await response.json()) as { pinned: readonly unknown[] };
    return pinned.length === 0;
  });
});
