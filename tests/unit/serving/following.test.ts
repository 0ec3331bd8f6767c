import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServingServer, ServingServerOptions } from '../../../serving/server.ts';
import { modelBytes } from './fixtures.ts';
import { eventually, type MemoryRegistry, type SkippingClock } from './memory-registry.ts';
import { get, predict, ready, ServerFleet, serving } from './server-fleet.ts';

describe('a prediction server and its registry', () => {
  let fleet: ServerFleet;
  let registry: MemoryRegistry;
  let clock: SkippingClock;
  const start = (options: Partial<ServingServerOptions> = {}): Promise<ServingServer> => fleet.start(options);

  beforeEach(() => {
    fleet = new ServerFleet();
    registry = fleet.registry;
    clock = fleet.clock;
  });
  afterEach(() => fleet.stop());

  describe('following the registry', () => {
    it('is not ready before the champion is warm, and says what is missing', async () => {
      const version = registry.version('a', 1);
      const bytes = registry.artifacts.get(version.onnx.sha256) ?? new Uint8Array();
      registry.artifacts.delete(version.onnx.sha256);
      registry.commit('tw-alpha', 1, version);
      const server = await start();
      await eventually('a first try', () => registry.reads.length > 0);
      const before = await get(server, '/health');
      expect([before.status, before.body['status']]).toEqual([503, 'starting']);
      expect((await predict(server)).status).toBe(503);
      registry.artifacts.set(version.onnx.sha256, bytes);
      clock.skippedMs += 120_000;
      await ready(server);
    });

    it('is not ready while the registry cannot be reached, and becomes so by itself', async () => {
      registry.commit('tw-alpha', 1, registry.version('a', 1));
      registry.cutOff = true;
      const server = await start({ models: ['tw-alpha'] });
      await eventually('a failed call', async () =>
        /registry_failures_total\{step="read the reign"[^}]*\} [1-9]/u.test(
          await (await fetch(`${server.url}/metrics`)).text(),
        ),
      );
      expect((await get(server, '/health')).status).toBe(503);
      registry.cutOff = false;
      await ready(server);
    });

    it('switches on a notification and acknowledges once', async () => {
      const [first, second] = [registry.version('a', 1), registry.version('b', 2)];
      registry.commit('tw-alpha', 1, first, { challenger: second });
      const server = await start({ limits: { pollMs: 60_000, drainGraceMs: 0 } });
      await ready(server);
      await eventually(
        'challenger warm',
        () => server.follower.model('tw-alpha')?.versions.get(second.versionId) !== null,
      );
      registry.commit('tw-alpha', 2, second, { previous: [first] });
      await serving(server, 2);
      await eventually('acknowledged', () => registry.acknowledgements.length === 2);
      registry.announce('tw-alpha');
      expect((await predict(server)).body).toMatchObject({ version: 2, epoch: 2 });
      expect(registry.acknowledgements).toEqual([
        { server: 'server-1', model: 'tw-alpha', epoch: 1, versionId: first.versionId },
        { server: 'server-1', model: 'tw-alpha', epoch: 2, versionId: second.versionId },
      ]);
    });

    it('takes a skipped epoch for lost notifications, counts it, and reads every model at once', async () => {
      const [first, second] = [registry.version('a', 1), registry.version('b', 2)];
      registry.commit('tw-alpha', 1, first);
      registry.commit('us-alpha', 1, first);
      const server = await start({ limits: { pollMs: 60_000, drainGraceMs: 0 } });
      await ready(server);
      registry.silent = true;
      registry.commit('us-alpha', 2, second, { previous: [first] });
      registry.commit('tw-alpha', 2, second, { previous: [first] });
      registry.commit('tw-alpha', 3, first, { previous: [second] });
      registry.announce('tw-alpha');
      await serving(server, 3);
      await eventually(
        'the model whose notification was lost',
        () => server.follower.model('us-alpha')?.reign?.epoch === 2,
      );
      const metrics = await (await fetch(`${server.url}/metrics`)).text();
      expect(metrics).toMatch(/notification_gaps_total\{[^}]*model="tw-alpha"[^}]*\} 1\n/u);
      registry.commit('tw-alpha', 4, second, { previous: [first] });
      registry.announce('tw-alpha');
      await serving(server, 4);
      expect(await (await fetch(`${server.url}/metrics`)).text()).toMatch(
        /notification_gaps_total\{[^}]*model="tw-alpha"[^}]*\} 1\n/u,
      );
    });

    it('catches a swap whose notification was lost by polling', async () => {
      registry.silent = true;
      const [first, second] = [registry.version('a', 1), registry.version('b', 2)];
      registry.commit('tw-alpha', 1, first);
      const server = await start();
      await ready(server);
      registry.commit('tw-alpha', 2, second, { previous: [first] });
      await serving(server, 2);
      expect((await predict(server)).body).toMatchObject({ version: 2, epoch: 2 });
    });

    it('refuses any epoch below its own, whoever says so', async () => {
      const [first, second] = [registry.version('a', 1), registry.version('b', 2)];
      registry.commit('tw-alpha', 7, second, { previous: [first] });
      const server = await start();
      await ready(server);
      registry.commit('tw-alpha', 6, first);
      await eventually('the refusal', async () =>
        /refused_epochs_total\{model="tw-alpha"[^}]*\} [1-9]/u.test(
          await (await fetch(`${server.url}/metrics`)).text(),
        ),
      );
      expect((await predict(server)).body).toMatchObject({ version: 2, epoch: 7 });
      expect(registry.acknowledgements.map(({ epoch }) => epoch)).toEqual([7]);
    });

    it('keeps its champion when one epoch names another version', async () => {
      const [first, second] = [registry.version('a', 1), registry.version('b', 2)];
      registry.commit('tw-alpha', 4, first);
      const server = await start();
      await ready(server);
      registry.commit('tw-alpha', 4, second);
      await eventually('the conflict', async () =>
        /registry_failures_total\{step="read the reign"[^}]*\} [1-9]/u.test(
          await (await fetch(`${server.url}/metrics`)).text(),
        ),
      );
      expect((await predict(server)).body).toMatchObject({ version: 1, epoch: 4 });
    });

    it('refuses a champion with one flipped byte, keeps the old one, raises one alert and does not acknowledge', async () => {
      const [first, second] = [registry.version('a', 1), registry.version('b', 2)];
      registry.commit('tw-alpha', 1, first);
      const server = await start();
      await ready(server);
      const corrupt = modelBytes('b');
      corrupt[2000] = (corrupt[2000] ?? 0) ^ 0x10;
      registry.artifacts.set(second.onnx.sha256, corrupt);
      registry.commit('tw-alpha', 2, second, { previous: [first] });
      await eventually('an alert', () => registry.alerts.length > 0);
      clock.skippedMs += 10_000;
      await eventually(
        'a second try',
        () => registry.reads.filter((sha) => sha === second.onnx.sha256).length > 1,
      );
      expect((await predict(server)).body).toMatchObject({ version: 1, epoch: 1 });
      expect(registry.alerts).toHaveLength(1);
      expect(registry.alerts[0]).toMatchObject({
        model: 'tw-alpha',
        severity: 'CRITICAL',
        kind: 'ARTIFACT_CORRUPT',
      });
      expect(registry.acknowledgements.map(({ epoch }) => epoch)).toEqual([1]);
      registry.artifacts.set(second.onnx.sha256, modelBytes('b'));
      clock.skippedMs += 120_000;
      await serving(server, 2);
    });

    it('refuses a pickle offered as a model under its right hash', async () => {
      const first = registry.version('a', 1);
      registry.commit('tw-alpha', 1, first);
      const server = await start();
      await ready(server);
      const pickle = registry.versionOf(Uint8Array.of(0x80, 0x04, 0x95, 0, 0), 'pickle', 2);
      registry.commit('tw-alpha', 2, pickle, { previous: [first] });
      await eventually('an alert', () => registry.alerts.length > 0);
      expect(registry.alerts[0]).toMatchObject({ kind: 'UNSAFE_MODEL' });
      expect((await predict(server)).body).toMatchObject({ version: 1, epoch: 1 });
    });

    it('rolls back past a champion that cannot be loaded, without touching the artifact store', async () => {
      const [first, broken] = [registry.version('a', 1), registry.version('b', 2)];
      registry.commit('tw-alpha', 1, first);
      const server = await start();
      await ready(server);
      registry.artifacts.delete(broken.onnx.sha256);
      registry.commit('tw-alpha', 2, broken, { previous: [first] });
      await eventually('an alert', () => registry.alerts.length > 0);
      const reads = registry.reads.filter((sha) => sha === first.onnx.sha256).length;
      registry.commit('tw-alpha', 3, first, { previous: [broken] });
      await serving(server, 3);
      expect((await predict(server)).body).toMatchObject({ version: 1, epoch: 3 });
      expect(registry.reads.filter((sha) => sha === first.onnx.sha256)).toHaveLength(reads);
    });

    it('keeps champion, two previous and the challenger warm, and lets go of older ones', async () => {
      const versions = [1, 2, 3, 4, 5].map((number) => registry.version('a', number));
      const [one, two, three, four, five] = versions;
      if (!one || !two || !three || !four || !five) throw new Error('five versions');
      registry.commit('tw-alpha', 1, one);
      const server = await start();
      await ready(server);
      registry.commit('tw-alpha', 4, four, { previous: [three, two, one], challenger: five });
      const cache = server.follower.model('tw-alpha')?.versions;
      const held = (): boolean[] => versions.map((version) => cache?.get(version.versionId) !== null);
      await eventually('the right versions', () => held().join() === 'false,true,true,true,true');
    });

    it('holds its lease for as long as it may go on when cut off, if it refuses after that', async () => {
      const policy = { onStale: 'refuse', maxStaleSeconds: 30, swapWindow: 'any' } as const;
      registry.commit('tw-alpha', 1, registry.version('a', 1), { serving: policy });
      registry.commit('us-alpha', 1, registry.version('b', 1));
      await start({ limits: { leaseSeconds: 1 } });
      await eventually('the longer lease', () => registry.leases.get('server-1') === 31);
    });

    it('registers again when its lease is unknown, and acknowledges anew', async () => {
      registry.commit('tw-alpha', 1, registry.version('a', 1));
      const server = await start({ limits: { pollMs: 50, drainGraceMs: 0, leaseSeconds: 0.15 } });
      await ready(server);
      await eventually('acknowledged', () => registry.acknowledgements.length === 1);
      registry.leases.clear();
      await eventually('registered again', () => registry.leases.has('server-1'));
      await eventually('acknowledged anew', () => registry.acknowledgements.length === 2);
    });
  });

  describe('cut off from the registry', () => {
    it('with onStale serve goes on, marks its answers stale, and recovers', async () => {
      registry.commit('tw-alpha', 1, registry.version('a', 1));
      const server = await start();
      await ready(server);
      registry.cutOff = true;
      clock.skippedMs += 10 * 60_000;
      const { status, body } = await predict(server);
      expect([status, body['stale'], body['epoch']]).toEqual([200, true, 1]);
      expect(Date.parse(String(body['freshUntil']))).toBeLessThan(clock.wallMs());
      registry.cutOff = false;
      await eventually('fresh again', async () => (await predict(server)).body['stale'] === false);
    });

    it('with onStale refuse answers until the bound, then stops, and resumes by itself', async () => {
      const serving = { onStale: 'refuse', maxStaleSeconds: 30, swapWindow: 'any' } as const;
      registry.commit('tw-alpha', 1, registry.version('a', 1), { serving });
      const server = await start();
      await ready(server);
      registry.cutOff = true;
      clock.skippedMs += 20_000;
      expect((await predict(server)).status).toBe(200);
      clock.skippedMs += 20_000;
      const refused = await predict(server);
      expect([refused.status, refused.body.code]).toEqual([503, 'SERVER_STALE']);
      expect((await get(server, '/health')).body['status']).toBe('stale');
      registry.cutOff = false;
      await ready(server);
      expect((await predict(server)).status).toBe(200);
    });
  });

  describe('stopping', () => {
    it('finishes requests in flight, gives its lease back and stops listening', async () => {
      registry.commit('tw-alpha', 1, registry.version('a', 1));
      const server = await start({ limits: { pollMs: 50, drainGraceMs: 250 } });
      await ready(server);
      const inFlight = Array.from({ length: 30 }, () => predict(server));
      await Promise.race(inFlight);
      await Promise.all([server.stop(), server.stop()]);
      expect((await Promise.all(inFlight)).map((answer) => answer.status)).toEqual(Array(30).fill(200));
      expect(registry.leases.size).toBe(0);
      await expect(fetch(`${server.url}/health`)).rejects.toThrow();
    });
  });
});
