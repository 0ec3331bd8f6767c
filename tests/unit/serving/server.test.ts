import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOnnxScorer } from '../../../serving/onnx-scorer.ts';
import type { ServingServer, ServingServerOptions } from '../../../serving/server.ts';
import { FEATURES, modelBytes, sampleRows } from './fixtures.ts';
import { eventually, type MemoryRegistry } from './memory-registry.ts';
import { get, namedRow, post, predict, ready, ServerFleet, vector } from './server-fleet.ts';

describe('a prediction server', () => {
  let fleet: ServerFleet;
  let registry: MemoryRegistry;
  const start = (options: Partial<ServingServerOptions> = {}): Promise<ServingServer> => fleet.start(options);

  beforeEach(() => {
    fleet = new ServerFleet();
    registry = fleet.registry;
  });
  afterEach(() => fleet.stop());

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
      return Object.fromEntries(Object.entries(namedRow()).filter(([feature]) => feature !== name));
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
      expect(answer.body).toMatchObject({ code: 'INVALID_FEATURE', issues: [{ field }] });
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
      expect(answer.body).toMatchObject({ code: 'INVALID_FEATURE', issues: [{ field }] });
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
      expect(answer.body.detail).toMatch(/momentum_20.*finite/u);
    });

    it.each([
      ['no model', { features: [vector] }],
      ['neither rows nor features', { model: 'tw-alpha' }],
      ['both rows and features', { model: 'tw-alpha', rows: [namedRow()], features: [vector] }],
      ['an unknown field', { model: 'tw-alpha', features: [vector], explanation: true }],
      ['no rows at all', { model: 'tw-alpha', features: [] }],
      ['a model name with a path in it', { model: '../etc', features: [vector] }],
      ['an array', [1]],
      ['null', null],
    ])('refuses a request with %s', async (_, body) => {
      const answer = await post(server, '/api/v1/predict', body);
      expect(answer.status).toBe(400);
      expect(answer.body.code).toMatch(/CONTRACT_VIOLATION|INVALID_REQUEST/u);
    });

    it('answers 404 for a model it does not serve and for a path it does not have', async () => {
      const unknown = await post(server, '/api/v1/predict', { model: 'us-alpha', features: [vector] });
      expect([unknown.status, unknown.body.code]).toEqual([404, 'MODEL_NOT_SERVED']);
      expect((await get(server, '/api/v2/predict')).status).toBe(404);
    });

    it('refuses a body above the limit with 413', async () => {
      const answer = await post(server, '/api/v1/predict', {
        model: 'tw-alpha',
        features: Array(3000).fill(vector),
      });
      expect([answer.status, answer.body.code]).toEqual([413, 'REQUEST_TOO_LARGE']);
    });

    it('refuses another content type', async () => {
      const response = await fetch(`${server.url}/api/v1/predict`, { method: 'POST', body: 'x=1' });
      expect(response.status).toBe(415);
    });

    it('says 503 for a universe when it was started without market data', async () => {
      const answer = await post(server, '/api/v1/score', { model: 'tw-alpha', session: '2024-01-05' });
      expect([answer.status, answer.body.code]).toEqual([503, 'UNIVERSE_UNAVAILABLE']);
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
      expect([over.status, over.body.code]).toEqual([429, 'QUEUE_FULL']);
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
});
