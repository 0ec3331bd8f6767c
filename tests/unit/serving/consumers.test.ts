import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConsumerWish, ReignView, ServableVersion } from '../../../serving/ports.ts';
import type { ServingServer } from '../../../serving/server.ts';
import type { MemoryRegistry } from './memory-registry.ts';
import { eventually } from './memory-registry.ts';
import { get, post, ready, ServerFleet, serving, vector, type Answer } from './server-fleet.ts';

describe('a consumer with a version of its own', () => {
  let fleet: ServerFleet;
  let registry: MemoryRegistry;
  let versions: readonly ServableVersion[];

  beforeEach(() => {
    fleet = new ServerFleet();
    registry = fleet.registry;
    versions = [registry.version('a', 1), registry.version('b', 2), registry.version('c', 3)];
    for (const version of versions) registry.others.set(`tw-alpha@${String(version.number)}`, version);
  });
  afterEach(() => fleet.stop());

  const version = (number: number): ServableVersion => {
    const found = versions.find((each) => each.number === number);
    if (found === undefined) throw new Error(`no version ${String(number)}`);
    return found;
  };
  /** Version 3 reigns, version 2 did before; consumers as given. */
  const commit = (
    epoch: number,
    wishes: Readonly<Record<string, ConsumerWish>>,
    more: Partial<ReignView> = {},
  ) =>
    registry.commit('tw-alpha', epoch, version(3), {
      previous: [version(2)],
      consumers: new Map(Object.entries(wishes)),
      ...more,
    });
  const ask = (
    server: ServingServer,
    consumer: string,
    more: Record<string, unknown> = {},
  ): Promise<Answer> =>
    post(server, '/api/v1/predict', { model: 'tw-alpha', features: [vector], consumer, ...more });

  it('is answered by the version that it has pinned, everybody else by the champion', async () => {
    commit(5, { 'risk-report': { purpose: 'pin', version: 1 } }, { pinned: [version(1)] });
    const server = await fleet.start();
    await ready(server);
    const pinned = await ask(server, 'risk-report');
    expect(pinned.body).toMatchObject({ version: 1, epoch: 5, answeredAs: 'pin' });
    expect(pinned.body['versionHash']).toBe(version(1).versionId);
    expect(pinned.headers.get('x-model-version')).toBe('tw-alpha@1');
    expect((await ask(server, 'nobody')).body).toMatchObject({ version: 3, answeredAs: 'champion' });
    const plain = await post(server, '/api/v1/predict', { model: 'tw-alpha', features: [vector] });
    expect(plain.body).toMatchObject({ version: 3, answeredAs: 'champion' });
    expect(pinned.body['predictions']).not.toEqual(plain.body['predictions']);
    const named = await ask(server, 'risk-report', { version: 2 });
    expect(named.body).toMatchObject({ version: 2, answeredAs: 'version' });
  });

  it('keeps its version through a swap, and sees the epoch move', async () => {
    const wishes = { desk: { purpose: 'pin', version: 1 } } as const;
    commit(5, wishes, { pinned: [version(1)] });
    const server = await fleet.start();
    await ready(server);
    registry.commit('tw-alpha', 6, version(2), {
      previous: [version(3)],
      consumers: new Map(Object.entries(wishes)),
      pinned: [version(1)],
    });
    await serving(server, 6);
    expect((await ask(server, 'desk')).body).toMatchObject({ version: 1, epoch: 6, answeredAs: 'pin' });
  });

  it('finds its version warm: the model lists it, and no request loads it', async () => {
    commit(5, { desk: { purpose: 'pin', version: 1 } }, { pinned: [version(1)] });
    const server = await fleet.start();
    await ready(server);
    await eventually('the pinned version is loaded', async () => {
      const { body } = await get(server, '/api/v1/models/tw-alpha');
      const [state] = body['pinned'] as readonly { version: number; state: string }[];
      return state?.version === 1 && state.state === 'loaded';
    });
    await ask(server, 'desk');
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).not.toMatch(/contender_serving_lazy_loads_total\{[^}]*\} [1-9]/u);
  });

  it('is not answered by another version when its own cannot be loaded', async () => {
    commit(5, { desk: { purpose: 'pin', version: 1 } }, { pinned: [version(1)] });
    registry.artifacts.set(version(1).onnx.sha256, new Uint8Array([1, 2, 3]));
    const server = await fleet.start();
    await ready(server);
    const { status, body } = await ask(server, 'desk');
    expect([status, body.code]).toEqual([409, 'ARTIFACT_CORRUPT']);
  });

  describe('to fall back on', () => {
    const wishes = { desk: { purpose: 'fallback', version: 2 } } as const;

    it('is answered by the champion as long as that can answer', async () => {
      commit(5, wishes);
      const server = await fleet.start();
      await ready(server);
      expect((await ask(server, 'desk')).body).toMatchObject({ version: 3, answeredAs: 'champion' });
    });

    it('is answered by it when the champion cannot be loaded, while others are refused', async () => {
      commit(5, wishes);
      registry.artifacts.set(version(3).onnx.sha256, new Uint8Array([1, 2, 3]));
      const server = await fleet.start();
      await eventually('the fallback answers', async () => (await ask(server, 'desk')).status === 200);
      const { body } = await ask(server, 'desk', { epoch: 5 });
      expect(body).toMatchObject({ version: 2, epoch: 5, answeredAs: 'fallback', stale: true });
      const other = await ask(server, 'nobody');
      expect([other.status, other.body.code]).toEqual([503, 'MODEL_NOT_READY']);
      const outdated = await ask(server, 'desk', { epoch: 4 });
      expect([outdated.status, outdated.body.code]).toEqual([409, 'STALE_EPOCH']);
    });

    it('is refused with everybody else when the registry is away and the spec says refuse', async () => {
      commit(5, wishes, { serving: { onStale: 'refuse', maxStaleSeconds: 5, swapWindow: 'any' } });
      const server = await fleet.start();
      await ready(server);
      registry.cutOff = true;
      fleet.clock.skippedMs += 60_000;
      const { status, body } = await ask(server, 'desk');
      expect([status, body.code]).toEqual([503, 'SERVER_STALE']);
    });
  });

  it('has a name of lower-case letters, digits and hyphens', async () => {
    commit(5, {});
    const server = await fleet.start();
    await ready(server);
    const { status, body } = await ask(server, 'Risk Report');
    expect([status, body.detail]).toEqual([400, 'consumer: lower-case letters, digits, hyphens']);
  });
});
