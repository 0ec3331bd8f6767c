import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOnnxScorer } from '../../../serving/onnx-scorer.ts';
import {
  startServingServer,
  type ServingServer,
  type ServingServerOptions,
} from '../../../serving/server.ts';
import { FEATURES, modelBytes, sampleRows } from './fixtures.ts';
import { eventually, MemoryRegistry, QUIET_LOG, SkippingClock } from './memory-registry.ts';

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown> & {
    readonly error?: { readonly code: string; readonly message: string };
  };
}

async function post(server: ServingServer, path: string, body: unknown): Promise<Answer> {
  const response = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Answer['body'],
  };
}

async function get(server: ServingServer, path: string): Promise<Answer> {
  const response = await fetch(`${server.url}${path}`);
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Answer['body'],
  };
}

const vector = [0.4, -1.2, 0.1, 0.3, -0.2, 7];
const namedRow = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  ...Object.fromEntries(FEATURES.map((name, index) => [name, vector[index]])),
  ...changes,
});

describe('the serving server', () => {
  let registry: MemoryRegistry;
  let clock: SkippingClock;
  const running: ServingServer[] = [];

  const start = async (options: Partial<ServingServerOptions> = {}): Promise<ServingServer> => {
    const server = await startServingServer({
      name: `server-${String(running.length + 1)}`,
      port: 0,
      models: [],
      registry,
      universe: null,
      log: QUIET_LOG,
      clock,
      limits: { pollMs: 50, drainGraceMs: 0, ...options.limits },
      ...options,
    });
    running.push(server);
    return server;
  };
  const ready = async (server: ServingServer): Promise<void> =>
    eventually('ready', async () => (await get(server, '/health')).status === 200);
  const serving = (server: ServingServer, epoch: number): Promise<void> =>
    eventually(`epoch ${String(epoch)}`, () => server.follower.model('tw-alpha')?.reign?.epoch === epoch);
  const predict = (server: ServingServer): Promise<Answer> =>
    post(server, '/api/v1/predict', { model: 'tw-alpha', features: [vector] });

  beforeEach(() => {
    registry = new MemoryRegistry();
    clock = new SkippingClock();
  });
  afterEach(async () => {
    registry.cutOff = false;
    await Promise.all(running.splice(0).map((server) => server.stop()));
  });

  describe('answering', () => {
    it('tags every answer with model, version, hash, epoch, freshness and the time it took', async () => {
      const version = registry.version('a', 3);
      registry.commit('tw-alpha', 5, version);
      const server = await start();
      await ready(server);
      const { status, body, headers } = await predict(server);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        model: 'tw-alpha',
        version: 3,
        versionHash: version.versionId,
        epoch: 5,
        stale: false,
      });
      expect(Date.parse(String(body['freshUntil']))).toBeGreaterThan(Date.now() + 50_000);
      expect(Number(headers.get('x-process-time'))).toBeGreaterThan(0);
      expect(headers.get('x-model-version')).toBe('tw-alpha@3');
    });

    it('gives the scorer’s own bits through JSON, by name in any order and by position', async () => {
      registry.commit('tw-alpha', 1, registry.version('a', 1));
      const server = await start();
      await ready(server);
      const scorer = createOnnxScorer();
      const session = await scorer.load(modelBytes('a'), FEATURES);
      const expected = [...(await session.score(Float32Array.from([...vector, ...vector]), 2))];
      await scorer.close();
      const reversed = Object.fromEntries(Object.entries(namedRow()).reverse());
      const named = await post(server, '/api/v1/predict', {
        model: 'tw-alpha',
        rows: [namedRow(), reversed],
      });
      const positional = await post(server, '/api/v1/predict', {
        model: 'tw-alpha',
        features: [vector, vector],
      });
      expect(named.body['predictions']).toEqual(expected);
      expect(positional.body['predictions']).toEqual(expected);
    });

    it('scores null as missing, never as zero', async () => {
      registry.commit('tw-alpha', 1, registry.version('a', 1));
      const server = await start();
      await ready(server);
      const scorer = createOnnxScorer();
      const session = await scorer.load(modelBytes('a'), FEATURES);
      const expected = [...(await session.score(Float32Array.from([Number.NaN, ...vector.slice(1)]), 1))];
      await scorer.close();
      const missing = await post(server, '/api/v1/predict', {
        model: 'tw-alpha',
        rows: [namedRow({ momentum_20: null })],
      });
      expect(missing.body['predictions']).toEqual(expected);
    });

    it('gives each of many concurrent requests its own rows back', async () => {
      registry.commit('tw-alpha', 1, registry.version('a', 1));
      const server = await start();
      await ready(server);
      const rows = Array.from({ length: 120 }, (_, index) => [index / 30 - 2, ...vector.slice(1)]);
      const together = await post(server, '/api/v1/predict', { model: 'tw-alpha', features: rows });
      const singles = await Promise.all(
        rows.map((row) => post(server, '/api/v1/predict', { model: 'tw-alpha', features: [row] })),
      );
      expect(singles.flatMap((answer) => answer.body['predictions'])).toEqual(together.body['predictions']);
    });

    it('cuts a batch larger than one piece without changing it', async () => {
      registry.commit('tw-alpha', 1, registry.version('a', 1));
      const server = await start({
        limits: { pollMs: 50, drainGraceMs: 0, scorerThreads: 2, splitRows: 100 },
      });
      await ready(server);
      const values = sampleRows(2500);
      const rows = Array.from({ length: 2500 }, (_, index) =>
        [...values.subarray(index * FEATURES.length, (index + 1) * FEATURES.length)].map((value) =>
          Number.isNaN(value) ? null : value,
        ),
      );
      const answer = await post(server, '/api/v1/predict', { model: 'tw-alpha', features: rows });
      const scorer = createOnnxScorer();
      const session = await scorer.load(modelBytes('a'), FEATURES);
      expect(answer.body['predictions']).toEqual([...(await session.score(values, 2500))]);
      await scorer.close();
    });
  });

  describe('bad input', () => {
    let server: ServingServer;
    beforeEach(async () => {
      const missingAllowed = new Set(['momentum_20']);
      registry.commit('tw-alpha', 1, registry.version('a', 1, { missingAllowed }));
      server = await start({ limits: { pollMs: 50, drainGraceMs: 0, maxBodyBytes: 50_000 } });
      await ready(server);
    });

    const without = (name: string): Record<string, unknown> => {
      const row = namedRow();
      delete row[name];
      return row;
    };

    it.each([
      ['a missing feature', without('gap_1'), 'rows[0].gap_1'],
      ['an unknown feature', namedRow({ sentiment: 1 }), 'rows[0].sentiment'],
      ['null where the version has never seen a gap', namedRow({ gap_1: null }), 'rows[0].gap_1'],
      ['text', namedRow({ gap_1: '0.5' }), 'rows[0].gap_1'],
      ['a boolean', namedRow({ gap_1: true }), 'rows[0].gap_1'],
      ['a nested object', namedRow({ gap_1: {} }), 'rows[0].gap_1'],
      ['a number beyond float32', namedRow({ gap_1: 1e39 }), 'rows[0].gap_1'],
      ['a row that is a number', 3, 'rows[0]'],
      ['a row that is null', null, 'rows[0]'],
      ['a row that is an array', vector, 'rows[0]'],
    ])('refuses %s with 400 and the field’s name', async (_, row, field) => {
      const answer = await post(server, '/api/v1/predict', { model: 'tw-alpha', rows: [row] });
      expect(answer.status).toBe(400);
      expect(answer.body.error).toMatchObject({ code: 'INVALID_FEATURE', details: { field } });
    });

    it.each([
      ['too few values', [vector.slice(1)], 'features[0]'],
      ['too many values', [[...vector, 1]], 'features[0]'],
      ['a vector that is text', ['abc'], 'features[0]'],
      ['text in a vector', [['x', ...vector.slice(1)]], 'features[0][0] (momentum_20)'],
      ['null in a later row', [vector, [...vector.slice(0, 5), null]], 'features[1][5] (age_sessions)'],
    ])('refuses %s by position', async (_, features, field) => {
      const answer = await post(server, '/api/v1/predict', { model: 'tw-alpha', features });
      expect(answer.status).toBe(400);
      expect(answer.body.error).toMatchObject({ code: 'INVALID_FEATURE', details: { field } });
    });

    it.each([
      ['NaN', '{"model":"tw-alpha","features":[[NaN,0,0,0,0,0]]}'],
      ['Infinity', '{"model":"tw-alpha","features":[[Infinity,0,0,0,0,0]]}'],
      ['a broken body', '{"model":'],
      ['a prototype key', '{"model":"tw-alpha","features":[[1,2,3,4,5,6]],"__proto__":{}}'],
    ])('refuses %s in the JSON with 400', async (_, text) => {
      expect((await post(server, '/api/v1/predict', text)).status).toBe(400);
    });

    it('reads 1e999 as infinite and refuses it', async () => {
      const answer = await post(
        server,
        '/api/v1/predict',
        '{"model":"tw-alpha","features":[[1e999,0,0,0,0,0]]}',
      );
      expect(answer.status).toBe(400);
      expect(answer.body.error?.message).toMatch(/momentum_20.*finite/u);
    });

    it.each([
      ['no model', { features: [vector] }],
      ['neither rows nor features', { model: 'tw-alpha' }],
      ['both rows and features', { model: 'tw-alpha', rows: [namedRow()], features: [vector] }],
      ['an unknown field', { model: 'tw-alpha', features: [vector], explain: true }],
      ['no rows at all', { model: 'tw-alpha', features: [] }],
      ['a model name with a path in it', { model: '../etc', features: [vector] }],
      ['an array', [1]],
      ['null', null],
    ])('refuses a request with %s', async (_, body) => {
      const answer = await post(server, '/api/v1/predict', body);
      expect(answer.status).toBe(400);
      expect(answer.body.error?.code).toMatch(/CONTRACT_VIOLATION|INVALID_REQUEST/u);
    });

    it('answers 404 for a model it does not serve and for a path it does not have', async () => {
      const unknown = await post(server, '/api/v1/predict', { model: 'us-alpha', features: [vector] });
      expect([unknown.status, unknown.body.error?.code]).toEqual([404, 'MODEL_NOT_SERVED']);
      expect((await get(server, '/api/v2/predict')).status).toBe(404);
    });

    it('refuses a body above the limit with 413', async () => {
      const answer = await post(server, '/api/v1/predict', {
        model: 'tw-alpha',
        features: Array(3000).fill(vector),
      });
      expect([answer.status, answer.body.error?.code]).toEqual([413, 'REQUEST_TOO_LARGE']);
    });

    it('refuses another content type', async () => {
      const response = await fetch(`${server.url}/api/v1/predict`, { method: 'POST', body: 'x=1' });
      expect(response.status).toBe(400);
    });

    it('says 503 for a universe when it was started without market data', async () => {
      const answer = await post(server, '/api/v1/score', { model: 'tw-alpha', session: '2024-01-05' });
      expect([answer.status, answer.body.error?.code]).toEqual([503, 'UNIVERSE_UNAVAILABLE']);
    });
  });

  describe('admission', () => {
    it('refuses what is above the queue’s bound with 429 and Retry-After, and answers the rest', async () => {
      registry.commit('tw-alpha', 1, registry.version('a', 1));
      const server = await start({ limits: { pollMs: 50, drainGraceMs: 0, maxQueuedRows: 100 } });
      await ready(server);
      const over = await post(server, '/api/v1/predict', {
        model: 'tw-alpha',
        features: Array(101).fill(vector),
      });
      expect([over.status, over.body.error?.code]).toEqual([429, 'QUEUE_FULL']);
      expect(over.headers.get('retry-after')).toBe('1');
      const within = await post(server, '/api/v1/predict', {
        model: 'tw-alpha',
        features: Array(100).fill(vector),
      });
      expect(within.status).toBe(200);
      expect(await (await fetch(`${server.url}/metrics`)).text()).toMatch(
        /contender_serving_queued_rows\{[^}]*\} 0\n/u,
      );
    });
  });

  describe('bodies on their way', () => {
    it('are bounded together, and counted out when their client goes away', async () => {
      registry.commit('tw-alpha', 1, registry.version('a', 1));
      const server = await start({ limits: { pollMs: 50, drainGraceMs: 0, maxBodiesBytes: 1000 } });
      await ready(server);
      const slow = request(`${server.url}/api/v1/predict`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-length': '950' },
      });
      const ended = new Promise((resolve) => slow.once('close', resolve));
      slow.on('error', () => undefined);
      slow.write('{"model":');
      await eventually('the bound', async () => (await predict(server)).status === 429);
      slow.destroy();
      await ended;
      await eventually('room again', async () => (await predict(server)).status === 200);
    });
  });

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
      expect([refused.status, refused.body.error?.code]).toEqual([503, 'SERVER_STALE']);
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
