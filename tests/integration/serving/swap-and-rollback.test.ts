import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FolderArtifactStore } from '../../../registry/artifacts/folder-store.ts';
import { openRegistry, type Registry } from '../../../registry/registry.ts';
import { createOnnxScorer } from '../../../serving/onnx-scorer.ts';
import type { ServingRegistry } from '../../../serving/ports.ts';
import { servingRegistry } from '../../../serving/registry-port.ts';
import { startServingServer, type ServingLimits, type ServingServer } from '../../../serving/server.ts';
import { FEATURES, modelBytes, type FixtureModel } from '../../unit/serving/fixtures.ts';
import { eventually, QUIET_LOG } from '../../unit/serving/memory-registry.ts';
import { testDatabase } from '../../postgres.ts';
import { cutOffWhen } from './cut-off.ts';
import { epochsThatFell, startLoad, type LoadAnswer } from './load.ts';
import { seedModel, type SeededModel } from './seeded-registry.ts';

const MODEL = 'tw-alpha';
const VECTOR = [0.4, -1.2, 0.1, 0.3, -0.2, 7];
const BODY = { model: MODEL, features: [VECTOR] };
const OPERATOR = { subject: 'olga', roles: ['operator' as const] };

describe('prediction servers over a real registry', () => {
  let database: Awaited<ReturnType<typeof testDatabase>>;
  let folder: string;
  let registry: Registry;
  let artifacts: FolderArtifactStore;
  let seeded: SeededModel;
  const servers: ServingServer[] = [];
  let commands = 0;

  beforeAll(async () => {
    database = await testDatabase();
    folder = await mkdtemp(join(tmpdir(), 'contender-serving-'));
    artifacts = new FolderArtifactStore(folder);
    registry = openRegistry({ url: database.url, applicationName: 'serving test' });
    seeded = await seedModel(database.url, artifacts, {
      model: MODEL,
      fixtures: ['a', 'b', 'c'],
      missing: ['gap_1'],
    });
  });
  afterAll(async () => {
    await registry.close();
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  const start = async (
    name: string,
    change: (port: ServingRegistry) => ServingRegistry = (port) => port,
    limits: Partial<ServingLimits> = {},
    models: readonly string[] = [MODEL],
  ): Promise<ServingServer> => {
    const server = await startServingServer({
      host: '127.0.0.1',
      breakGlass: null,
      name,
      port: 0,
      models,
      registry: change(servingRegistry(registry, artifacts)),
      universe: null,
      explainer: null,
      log: QUIET_LOG,
      limits: { drainGraceMs: 50, pollMs: 1000, ...limits },
    });
    servers.push(server);
    await eventually(`${name} ready`, async () => (await fetch(`${server.url}/health`)).status === 200);
    return server;
  };
  const rollback = (toVersion: number | null): ReturnType<Registry['rollback']> => {
    commands += 1;
    return registry.rollback({
      model: MODEL,
      toVersion,
      reason: 'a test asks for it',
      actor: OPERATOR,
      idempotencyKey: `rollback-${String(commands)}`,
      correlationId: `test-${String(commands)}`,
    });
  };
  const complete = (epoch: number, deadlineMs = 10_000): Promise<void> =>
    eventually(
      `epoch ${String(epoch)} acknowledged by all`,
      async () => (await registry.swapStatus({ model: MODEL, epoch })).status === 'complete',
      deadlineMs,
    );
  const predict = async (server: ServingServer): Promise<Record<string, unknown>> => {
    const response = await fetch(`${server.url}/api/v1/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(BODY),
    });
    return (await response.json()) as Record<string, unknown>;
  };

  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.stop()));
    await registry.forgetServers({ expiredForSeconds: 0 });
  });

  describe('with two servers', () => {
    beforeEach(async () => {
      await start('server-a');
      await start('server-b');
    });

    it('answer with the champion of the registry, its hash and its epoch, and acknowledge it', async () => {
      const view = await registry.champion({ model: MODEL });
      await complete(view.epoch);
      for (const server of servers) {
        expect(await predict(server)).toMatchObject({
          model: MODEL,
          version: view.champion?.number,
          versionHash: view.champion?.id,
          epoch: view.epoch,
          stale: false,
        });
      }
      const status = await registry.swapStatus({ model: MODEL, epoch: view.epoch });
      expect(status.acknowledged.map(({ server }) => server)).toEqual(['server-a', 'server-b']);
    });

    it('take a null only where the training rows had a gap', async () => {
      const ask = async (position: number): Promise<number> => {
        const vector = VECTOR.map((value, index) => (index === position ? null : value));
        const body = JSON.stringify({ model: MODEL, features: [vector] });
        const headers = { 'content-type': 'application/json' };
        return (await fetch(`${servers[0]?.url ?? ''}/api/v1/predict`, { method: 'POST', headers, body }))
          .status;
      };
      expect([await ask(FEATURES.indexOf('gap_1')), await ask(0)]).toEqual([200, 400]);
    });

    it('go through 30 swaps under load without a failed request, a falling epoch or a version without its epoch', async () => {
      const loads = servers.map((server) => startLoad(server.url, BODY, 8));
      const championOf = new Map<number, number>();
      const first = await registry.champion({ model: MODEL });
      championOf.set(first.epoch, first.champion?.number ?? 0);
      let epoch = first.epoch;
      for (let swap = 0; swap < 30; swap += 1) {
        const target = (swap % 3) + 1;
        if (target === championOf.get(epoch)) continue;
        const outcome = await rollback(target);
        epoch = outcome.epoch;
        championOf.set(epoch, outcome.toVersion);
        await complete(epoch);
      }
      const answers: LoadAnswer[][] = [];
      for (const load of loads) answers.push([...(await load.stop())]);
      const scores = await scoresByVersion(seeded);
      for (const served of answers) {
        expect(served.length).toBeGreaterThan(100);
        expect(served.filter((answer) => answer.status !== 200)).toEqual([]);
        expect(epochsThatFell(served)).toBe(0);
        expect(served.filter((answer) => championOf.get(answer.epoch) !== answer.version)).toEqual([]);
        expect(served.filter((answer) => scores.get(answer.version) !== answer.prediction)).toEqual([]);
        expect(new Set(served.map((answer) => answer.epoch)).size).toBeGreaterThan(10);
      }
    });

    it('roll back within a second, from the accepted command to the last acknowledgement, touching no artifact', async () => {
      const before = await registry.champion({ model: MODEL });
      await complete(before.epoch);
      const target = before.previous[0]?.number ?? 0;
      await eventually('every version warm', () =>
        servers.every((server) =>
          seeded.manifests.every(
            ({ versionId }) => server.follower.model(MODEL)?.versions.get(versionId) !== null,
          ),
        ),
      );
      await rename(folder, `${folder}-away`);
      const elapsedMs: number[] = [];
      for (let round = 0; round < 10; round += 1) {
        const started = performance.now();
        const { epoch } = await rollback(round % 2 === 0 ? target : (before.champion?.number ?? 0));
        await complete(epoch);
        elapsedMs.push(performance.now() - started);
      }
      await rename(`${folder}-away`, folder);
      expect(Math.max(...elapsedMs)).toBeLessThan(1000);
    });

    it('never answer for the old champion after they have acknowledged the new one', async () => {
      const load = startLoad(servers[0]?.url ?? '', BODY, 16);
      const acknowledged: { readonly atMs: number; readonly epoch: number }[] = [];
      for (let swap = 0; swap < 10; swap += 1) {
        const view = await registry.champion({ model: MODEL });
        const { epoch } = await rollback(view.previous[0]?.number ?? 0);
        await complete(epoch);
        acknowledged.push({ atMs: performance.now(), epoch });
      }
      const answers = await load.stop();
      const late = answers.filter((answer) =>
        acknowledged.some(({ atMs, epoch }) => answer.startedMs > atMs && answer.epoch < epoch),
      );
      expect(late).toEqual([]);
    });
  });

  it('catch a swap whose notification was lost by polling', async () => {
    const deaf = (port: ServingRegistry): ServingRegistry => ({
      ...port,
      listen: () => Promise.resolve({ close: () => Promise.resolve() }),
    });
    await start('server-a', deaf, { pollMs: 200 });
    const view = await registry.champion({ model: MODEL });
    const { epoch } = await rollback(view.previous[0]?.number ?? 0);
    await complete(epoch);
  });

  it('hear of a swap by notification long before they would poll', async () => {
    const server = await start('server-a', undefined, { pollMs: 600_000 });
    const view = await registry.champion({ model: MODEL });
    const { epoch } = await rollback(view.previous[0]?.number ?? 0);
    await complete(epoch, 5000);
    expect(server.follower.model(MODEL)?.reign?.epoch).toBe(epoch);
  });

  it('refuse a champion whose artifact has one flipped byte, keep the old one, and leave an alert row', async () => {
    const view = await registry.champion({ model: MODEL });
    const target = view.previous[0];
    if (target === undefined) throw new Error('there is a previous champion');
    const { sha256 } = target.manifest.artifacts.onnx;
    const path = join(folder, sha256.slice(0, 2), sha256);
    const intact = await readFile(path);
    const corrupt = Buffer.from(intact);
    corrupt[1234] = (corrupt[1234] ?? 0) ^ 1;
    await writeFile(path, corrupt);
    const server = await start('server-a');
    const { epoch } = await rollback(target.number);
    await eventually('the refusal on record', async () =>
      (await registry.alerts({ model: MODEL, limit: 10 })).some(
        (alert) => alert.kind === 'stored-artifact-corrupt' && alert.body.includes('server-a'),
      ),
    );
    expect(await predict(server)).toMatchObject({ version: view.champion?.number, epoch: view.epoch });
    expect(await registry.swapStatus({ model: MODEL, epoch })).toMatchObject({
      status: 'partial',
      missing: [{ server: 'server-a', epoch: view.epoch }],
    });
    // A rollback from the champion that cannot be loaded is still immediate.
    const back = await rollback(view.champion?.number ?? 0);
    await complete(back.epoch, 2000);
    expect(await predict(server)).toMatchObject({ version: view.champion?.number, epoch: back.epoch });
    await writeFile(path, intact);
  });

  it('hold the swap partial while one server is cut off and serving, and complete it when it is back', async () => {
    const cut = { off: false };
    await start('server-a');
    const isolated = await start('server-b', (port) => cutOffWhen(port, () => cut.off), { pollMs: 100 });
    const before = await registry.champion({ model: MODEL });
    await complete(before.epoch);
    cut.off = true;
    const { epoch } = await rollback(before.previous[0]?.number ?? 0);
    await eventually('the other server', async () => {
      const status = await registry.swapStatus({ model: MODEL, epoch });
      return status.acknowledged.length === 1 && status.missing[0]?.server === 'server-b';
    });
    const answer = await predict(isolated);
    expect(answer).toMatchObject({ epoch: before.epoch, version: before.champion?.number });
    expect(Date.parse(String(answer['freshUntil']))).toBeGreaterThan(0);
    cut.off = false;
    await complete(epoch);
    expect(await predict(isolated)).toMatchObject({ epoch });
  });

  it('with onStale refuse stop answering after the bound and resume when the registry is back', async () => {
    const model = 'us-alpha';
    await seedModel(database.url, artifacts, {
      model,
      fixtures: ['a', 'b'],
      serving: { onStale: 'refuse', maxStaleSeconds: 1 },
    });
    const cut = { off: false };
    const server = await start('server-r', (port) => cutOffWhen(port, () => cut.off), { pollMs: 100 }, [
      model,
    ]);
    const status = async (): Promise<number> =>
      (
        await fetch(`${server.url}/api/v1/predict`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ ...BODY, model }),
        })
      ).status;
    expect(await status()).toBe(200);
    cut.off = true;
    await eventually('refusal', async () => (await status()) === 503, 5000);
    cut.off = false;
    await eventually('answers again', async () => (await status()) === 200, 5000);
  });

  it('give their lease back when they stop, so that no swap waits for them', async () => {
    await start('server-a');
    const leaving = await start('server-b');
    await leaving.stop();
    const view = await registry.champion({ model: MODEL });
    const { epoch } = await rollback(view.previous[0]?.number ?? 0);
    await complete(epoch);
    const { acknowledged } = await registry.swapStatus({ model: MODEL, epoch });
    expect(acknowledged.map(({ server }) => server)).toEqual(['server-a']);
  });
});

/** The score of VECTOR by version number, from the runtime called directly. */
async function scoresByVersion(seeded: SeededModel): Promise<ReadonlyMap<number, number>> {
  const scorer = createOnnxScorer();
  const scores = new Map<number, number>();
  const fixtures: readonly FixtureModel[] = ['a', 'b', 'c'];
  for (const index of seeded.manifests.keys()) {
    const session = await scorer.load(modelBytes(fixtures[index] ?? 'a'), FEATURES);
    const [score] = await session.score(Float32Array.from(VECTOR), 1);
    scores.set(index + 1, score ?? Number.NaN);
  }
  await scorer.close();
  return scores;
}
