import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOnnxScorer } from '../../../serving/onnx-scorer.ts';
import type { ServingServer, ServingServerOptions } from '../../../serving/server.ts';
import type { UniverseSource } from '../../../serving/universe.ts';
import { FEATURES, modelBytes, sampleRows } from './fixtures.ts';
import { eventually, type MemoryRegistry } from './memory-registry.ts';
import { get, namedRow, post, predict, ready, ServerFleet, vector, type Answer } from './server-fleet.ts';

const SYMBOLS = ['1101', '2317', '2330'];
/** Three symbols, the last with a gap; the same on every session. */
const universe: UniverseSource = {
  read: ({ featureNames, asOf }) => {
    const features = sampleRows(SYMBOLS.length).map((value) => (Number.isNaN(value) ? 0.25 : value));
    features[2 * featureNames.length + 1] = Number.NaN;
    return Promise.resolve({ symbols: SYMBOLS, features, asOf: asOf ?? '2024-01-05T06:00:00.000Z' });
  },
  watch: () => undefined,
};

async function directScores(
  rows: Float32Array<ArrayBuffer>,
  model: 'a' | 'b' | 'c' = 'a',
): Promise<number[]> {
  const scorer = createOnnxScorer();
  const session = await scorer.load(modelBytes(model), FEATURES);
  const scores = [...(await session.score(rows, rows.length / FEATURES.length))];
  await scorer.close();
  return scores;
}

describe('the endpoints of a prediction server', () => {
  let fleet: ServerFleet;
  let registry: MemoryRegistry;
  let server: ServingServer;
  const start = async (options: Partial<ServingServerOptions> = {}): Promise<ServingServer> => {
    const made = await fleet.start({ universe, ...options });
    await ready(made);
    return made;
  };
  const postRaw = async (path: string, bytes: Uint8Array<ArrayBuffer>): Promise<Response> =>
    fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: bytes,
    });

  beforeEach(async () => {
    fleet = new ServerFleet();
    registry = fleet.registry;
    const scoreQuantiles = Array.from({ length: 101 }, (_, at) => at / 100);
    const missingAllowed = new Set(FEATURES.filter((name) => name !== 'reversal_5'));
    const champion = registry.version('a', 3, { scoreQuantiles, missingAllowed });
    const previous = [registry.version('b', 2, { scoreQuantiles })];
    registry.commit('tw-alpha', 5, champion, { previous });
    registry.others.set('tw-alpha@1', registry.version('c', 1));
    server = await start();
  });
  afterEach(() => fleet.stop());

  describe('predict', () => {
    it('scores a symbol of a session with the features of that session', async () => {
      const { status, body } = await post(server, '/api/v1/predict', {
        ...{ model: 'tw-alpha', symbol: '2317', session: '2024-01-05', include_features: true },
      });
      expect(status).toBe(200);
      const [features] = body['features'] as readonly Record<string, number>[];
      expect(Object.keys(features ?? {})).toEqual([...FEATURES]);
      expect(body['predictions']).toEqual(
        await directScores(Float32Array.from(Object.values(features ?? {}))),
      );
    });

    it('refuses a symbol that is not in the universe, and one with a gap the version has never seen', async () => {
      const ask = (symbol: string): Promise<Answer> =>
        post(server, '/api/v1/predict', { model: 'tw-alpha', symbol, session: '2024-01-05' });
      const unknown = await ask('9999');
      expect([unknown.status, unknown.body.code]).toEqual([404, 'SYMBOL_UNKNOWN']);
      const gap = await ask('2330');
      expect([gap.status, gap.body.code]).toEqual([409, 'FEATURE_GAP']);
      expect(gap.body.detail).toMatch(/reversal_5/u);
    });

    it('gives the scored values back by name on request, a missing one as null', async () => {
      const { body } = await post(server, '/api/v1/predict', {
        ...{ model: 'tw-alpha', rows: [namedRow({ momentum_20: null, gap_1: 0.1 })], include_features: true },
      });
      expect(body['features']).toMatchObject([{ momentum_20: null, gap_1: Math.fround(0.1) }]);
    });

    it('says how far the score is from the decision, and in what that is measured', async () => {
      const { body } = await predict(server);
      expect(body).toMatchObject({ confidenceBasis: 'training', confidence: ['HIGH'] });
    });

    it('answers 409 to a caller that counts on another epoch, older or newer', async () => {
      for (const epoch of [4, 6]) {
        const { status, body } = await post(server, '/api/v1/predict', {
          ...{ model: 'tw-alpha', features: [vector], epoch },
        });
        expect([status, body.code]).toEqual([409, 'STALE_EPOCH']);
      }
      const same = await post(server, '/api/v1/predict', { model: 'tw-alpha', features: [vector], epoch: 5 });
      expect(same.status).toBe(200);
    });
  });

  describe('batch_predict', () => {
    it('scores rows and symbols together, in their order, by one version', async () => {
      const items = [{ row: namedRow() }, { symbol: '1101', session: '2024-01-05' }, { features: vector }];
      const { status, body } = await post(server, '/api/v1/batch_predict', { model: 'tw-alpha', items });
      expect(status).toBe(200);
      const [alone] = await directScores(Float32Array.from(vector));
      const predictions = body['predictions'] as readonly number[];
      expect(predictions).toHaveLength(3);
      expect([predictions[0], predictions[2]]).toEqual([alone, alone]);
      expect(body).toMatchObject({ version: 3, epoch: 5 });
    });

    it('takes 100 items and refuses 101', async () => {
      const ask = (count: number): Promise<Answer> =>
        post(server, '/api/v1/batch_predict', {
          ...{ model: 'tw-alpha', items: Array(count).fill({ features: vector }) },
        });
      expect((await ask(100)).status).toBe(200);
      expect((await ask(101)).status).toBe(400);
    });

    it('names the item and the field at fault', async () => {
      const items = [{ features: vector }, { row: namedRow({ reversal_5: null }) }];
      const { status, body } = await post(server, '/api/v1/batch_predict', { model: 'tw-alpha', items });
      expect(status).toBe(400);
      expect(body).toMatchObject({
        code: 'INVALID_FEATURE',
        issues: [{ field: 'items[1].row.reversal_5' }],
      });
    });
  });

  describe('score', () => {
    const rows = (): Float32Array<ArrayBuffer> =>
      sampleRows(50).map((value, at) => (at % FEATURES.length === 1 && Number.isNaN(value) ? 1 : value));

    it('gives raw float64 for raw float32, bit for bit what JSON gives', async () => {
      const values = rows();
      const response = await postRaw('/api/v1/score?model=tw-alpha', new Uint8Array(values.buffer));
      expect(response.status).toBe(200);
      expect(response.headers.get('x-model-epoch')).toBe('5');
      expect(response.headers.get('x-model-hash')).toMatch(/^[0-9a-f]{64}$/u);
      const raw = [...new Float64Array(await response.arrayBuffer())];
      expect(raw).toEqual(await directScores(values));
      const features = Array.from({ length: 50 }, (_, row) =>
        [...values.subarray(row * FEATURES.length, (row + 1) * FEATURES.length)].map((value) =>
          Number.isNaN(value) ? null : value,
        ),
      );
      const json = await post(server, '/api/v1/score', { model: 'tw-alpha', features });
      expect(json.body['predictions']).toEqual(raw);
      expect(json.body['confidenceBasis']).toBe('universe');
    });

    it('gives float32 or JSON for raw rows when asked', async () => {
      const values = rows();
      const bytes = new Uint8Array(values.buffer);
      const expected = await directScores(values);
      const half = await postRaw('/api/v1/score?model=tw-alpha&answer=float32', bytes);
      expect([...new Float32Array(await half.arrayBuffer())]).toEqual(expected.map(Math.fround));
      const json = await postRaw('/api/v1/score?model=tw-alpha&answer=json', bytes);
      expect(((await json.json()) as Answer['body'])['predictions']).toEqual(expected);
    });

    it.each([
      ['NaN where the version has never seen a gap', [1, Number.NaN, 1, 1, 1, 1], /row 0 reversal_5/u],
      ['an infinity', [1, 1, 1, Number.POSITIVE_INFINITY, 1, 1], /row 0 turnover_20/u],
      ['half a row', [1, 2, 3], /12 bytes are not whole rows of 6/u],
      ['no row', [], /0 bytes are not whole rows/u],
    ])('refuses raw rows with %s', async (_, values, problem) => {
      const bytes = new Uint8Array(Float32Array.from(values).buffer);
      const response = await postRaw('/api/v1/score?model=tw-alpha', bytes);
      expect(response.status).toBe(400);
      expect(((await response.json()) as Answer['body']).detail).toMatch(problem);
    });

    it('gives the symbols back with a matrix, and refuses another number of them than rows', async () => {
      const ask = (symbols: readonly string[]): Promise<Answer> =>
        post(server, '/api/v1/score', { model: 'tw-alpha', symbols, features: [vector, vector] });
      expect((await ask(['a', 'b'])).body['symbols']).toEqual(['a', 'b']);
      expect((await ask(['a'])).status).toBe(400);
    });

    it('skips the symbols with a gap by name and reason', async () => {
      const { body } = await post(server, '/api/v1/score', { model: 'tw-alpha', session: '2024-01-05' });
      expect(body['symbols']).toEqual(['1101', '2317']);
      expect(body['skipped']).toMatchObject([{ symbol: '2330' }]);
    });
  });

  describe('other versions', () => {
    const ask = (version: number): Promise<Answer> =>
      post(server, '/api/v1/predict', { model: 'tw-alpha', features: [vector], version });

    it('answers with the version asked for: warm, or loaded on first use and kept', async () => {
      const warm = await ask(2);
      expect(warm.body).toMatchObject({
        version: 2,
        epoch: 5,
        predictions: await directScores(Float32Array.from(vector), 'b'),
      });
      for (let time = 0; time < 3; time += 1) {
        expect((await ask(1)).body).toMatchObject({
          version: 1,
          predictions: await directScores(Float32Array.from(vector), 'c'),
        });
      }
      const metrics = await (await fetch(`${server.url}/metrics`)).text();
      expect(metrics).toMatch(/contender_serving_lazy_loads_total\{result="loaded"[^}]*\} 1\n/u);
      expect(metrics).toMatch(/contender_serving_lazy_hits_total\{[^}]*\} 2\n/u);
    });

    it('lets go of the one used longest ago, and loads it again when it is asked for', async () => {
      const small = await start({ limits: { lazyVersions: 2 } });
      for (const number of [11, 12, 13]) {
        registry.others.set(`tw-alpha@${String(number)}`, registry.version('c', number));
      }
      const { sha256 } = registry.version('c', 11).onnx;
      const loads = (): number => registry.reads.filter((read) => read === sha256).length;
      const askSmall = async (version: number): Promise<void> => {
        const body = { model: 'tw-alpha', features: [vector], version };
        expect((await post(small, '/api/v1/predict', body)).status).toBe(200);
      };
      for (const version of [11, 12, 11, 13]) await askSmall(version);
      expect(loads()).toBe(3);
      await askSmall(11);
      expect(loads()).toBe(3);
      await askSmall(12);
      expect(loads()).toBe(4);
    });

    it('answers 404 for a number that is none, and refuses a corrupt file while the champion goes on', async () => {
      expect([(await ask(77)).status, (await ask(77)).body.code]).toEqual([404, 'VERSION_NOT_SERVED']);
      const broken = registry.versionOf(new Uint8Array([0x80, 0x04, 0x95]), 'pickle', 9);
      registry.others.set('tw-alpha@9', broken);
      const refused = await ask(9);
      expect([refused.status, refused.body.code]).toEqual([409, 'UNSAFE_MODEL']);
      expect((await predict(server)).status).toBe(200);
    });

    it('says 503 when the registry is away, and goes on with what it holds', async () => {
      await ask(1);
      registry.cutOff = true;
      expect((await ask(1)).status).toBe(200);
      registry.others.set('tw-alpha@8', registry.version('c', 8));
      const away = await ask(8);
      expect([away.status, away.body.code]).toEqual([503, 'MODEL_NOT_READY']);
    });
  });

  describe('models', () => {
    it('describes one model by name, 404 for another', async () => {
      const { body } = await get(server, '/api/v1/models/tw-alpha');
      expect(body).toMatchObject({ model: 'tw-alpha', epoch: 5, champion: { version: 3, state: 'loaded' } });
      expect(body['features']).toContainEqual({ name: 'reversal_5', missingAllowed: false });
      expect((await get(server, '/api/v1/models/us-alpha')).status).toBe(404);
    });

    it('reads the registry at once when told to reload', async () => {
      const slow = await start({ limits: { pollMs: 600_000 } });
      registry.silent = true;
      registry.commit('tw-alpha', 6, registry.version('b', 2), { previous: [registry.version('a', 3)] });
      const told = await post(slow, '/api/v1/models/reload', { model: 'tw-alpha' });
      expect(told.status).toBe(200);
      await eventually('the new epoch', () => slow.follower.model('tw-alpha')?.reign?.epoch === 6);
      expect((await post(slow, '/api/v1/models/reload', {})).body['models']).toEqual([
        { model: 'tw-alpha', epoch: 6 },
      ]);
      expect((await post(slow, '/api/v1/models/reload', { model: 'us-alpha' })).status).toBe(404);
    });
  });
});
