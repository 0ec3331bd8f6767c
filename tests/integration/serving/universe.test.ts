import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeMarketFolders } from '../../../extraction/folder-cache.ts';
import { extractSession } from '../../../extraction/session.ts';
import { writeSimulatedFolder } from '../../../extraction/simulated-folder.ts';
import { simulateMarket } from '../../../market/simulator.ts';
import { FolderArtifactStore } from '../../../registry/artifacts/folder-store.ts';
import { openRegistry, type Registry } from '../../../registry/registry.ts';
import { createOnnxScorer } from '../../../serving/onnx-scorer.ts';
import { SYSTEM_CLOCK } from '../../../serving/ports.ts';
import { servingRegistry } from '../../../serving/registry-port.ts';
import { startServingServer, type ServingServer } from '../../../serving/server.ts';
import { createUniverseSource } from '../../../serving/universe-source.ts';
import { modelBytes } from '../../unit/serving/fixtures.ts';
import { eventually, QUIET_LOG } from '../../unit/serving/memory-registry.ts';
import { testDatabase } from '../../postgres.ts';
import { seedModel } from './seeded-registry.ts';

/** A subset of the set, in an order of its own, as a recipe may have it. */
const NAMES = ['volatility_20', 'reversal_5', 'momentum_60', 'gap_1', 'liquidity_20', 'high_60'];
const FEATURE_SQL = new URL('../../../extraction/features/price_volume.sql', import.meta.url);

interface ScoreAnswer {
  readonly model: string;
  readonly version: number;
  readonly epoch: number;
  readonly asOf: string;
  readonly session: string;
  readonly symbols: readonly string[];
  readonly predictions: readonly number[];
  readonly skipped: readonly { readonly symbol: string; readonly reason: string }[];
  readonly code?: string;
}

describe('scoring a universe by session', () => {
  let database: Awaited<ReturnType<typeof testDatabase>>;
  let folder: string;
  let registry: Registry;
  let server: ServingServer;
  let sessions: readonly string[];
  let sql: string;

  beforeAll(async () => {
    database = await testDatabase();
    folder = await mkdtemp(join(tmpdir(), 'contender-universe-'));
    const market = simulateMarket({ symbols: 30, sessions: 120, flipSession: null });
    await writeSimulatedFolder({ outDir: join(folder, 'market'), market });
    sessions = [...new Set(market.prices.session_date)].sort();
    sql = await readFile(FEATURE_SQL, 'utf8');
    const artifacts = new FolderArtifactStore(join(folder, 'artifacts'));
    registry = openRegistry({ url: database.url, applicationName: 'universe test' });
    const common = { dataFolder: join(folder, 'market'), features: { sql, names: NAMES } };
    await seedModel(database.url, artifacts, { ...common, model: 'tw-alpha', fixtures: ['a', 'b'] });
    await seedModel(database.url, artifacts, { ...common, model: 'tw-strict', fixtures: ['a'], missing: [] });
    const port = servingRegistry(registry, artifacts);
    server = await startServingServer({
      host: '127.0.0.1',
      breakGlass: null,
      explainer: null,
      name: 'server-a',
      port: 0,
      models: [],
      registry: port,
      universe: createUniverseSource({ registry: port, clock: SYSTEM_CLOCK }),
      log: QUIET_LOG,
      limits: { drainGraceMs: 0 },
    });
    await eventually('ready', async () => (await fetch(`${server.url}/health`)).status === 200);
  });
  afterAll(async () => {
    await server.stop();
    await closeMarketFolders();
    await registry.close();
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  const score = async (body: unknown): Promise<{ readonly status: number; readonly answer: ScoreAnswer }> => {
    const response = await fetch(`${server.url}/api/v1/score`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, answer: (await response.json()) as ScoreAnswer };
  };
  const extract = (session: string, asOf: string): ReturnType<typeof extractSession> =>
    extractSession({ folder: join(folder, 'market'), market: 'XTAI', features: { sql }, session, asOf });

  it('gives for every symbol the score of the features that extraction gives for it', async () => {
    const session = sessions[100] ?? '';
    const { status, answer } = await score({ model: 'tw-alpha', session });
    expect(status).toBe(200);
    expect(answer).toMatchObject({ model: 'tw-alpha', version: 2, epoch: 2, session, skipped: [] });
    const direct = await extract(session, answer.asOf);
    expect(answer.symbols).toEqual(direct.symbols);
    expect(answer.symbols.length).toBeGreaterThan(20);
    const rows = Float32Array.from(
      direct.symbols.flatMap((_, row) =>
        NAMES.map(
          (name) =>
            direct.features[row * direct.featureNames.length + direct.featureNames.indexOf(name)] ?? 0,
        ),
      ),
    );
    const scorer = createOnnxScorer();
    const session2 = await scorer.load(modelBytes('b'), NAMES);
    expect(answer.predictions).toEqual([...(await session2.score(rows, direct.symbols.length))]);
    await scorer.close();
    expect(new Set(answer.predictions).size).toBeGreaterThan(5);
  });

  it('gives the same bits again, for the same as-of or a later one', async () => {
    const session = sessions[90] ?? '';
    const first = await score({ model: 'tw-alpha', session });
    const again = await score({ model: 'tw-alpha', session, asOf: new Date().toISOString() });
    expect(again.answer.predictions).toEqual(first.answer.predictions);
  });

  it('skips symbols with a gap the version has never seen, by name and reason, and scores the others', async () => {
    const session = sessions[30] ?? '';
    const { status, answer } = await score({ model: 'tw-strict', session });
    expect(status).toBe(200);
    const direct = await extract(session, answer.asOf);
    expect([...answer.symbols, ...answer.skipped.map(({ symbol }) => symbol)].sort()).toEqual(direct.symbols);
    expect(answer.skipped.length).toBeGreaterThan(0);
    expect(answer.skipped[0]?.reason).toMatch(/is missing, and this version has never seen it missing/u);
  });

  it.each([
    ['a day without trading', { session: '2018-01-06' }, 409, 'SESSION_UNKNOWN'],
    [
      'a session that has not closed as of the instant',
      { session: '2018-03-01', asOf: '2018-03-01T01:00:00.000Z' },
      409,
      'AS_OF_TOO_EARLY',
    ],
    ['a date that is none', { session: 'yesterday' }, 400, 'CONTRACT_VIOLATION'],
    [
      'an as-of in local time',
      { session: '2018-03-01', asOf: '2018-03-01T01:00:00+08:00' },
      400,
      'CONTRACT_VIOLATION',
    ],
  ])('refuses %s', async (_, body, status, code) => {
    const refused = await score({ model: 'tw-alpha', ...body });
    expect([refused.status, refused.answer.code]).toEqual([status, code]);
  });
});
