import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scoreSession } from '../../../activities/session-scoring.ts';
import { closeMarketFolders } from '../../../extraction/folder-cache.ts';
import { writeSimulatedFolder } from '../../../extraction/simulated-folder.ts';
import { simulateMarket } from '../../../market/simulator.ts';
import { FolderArtifactStore } from '../../../registry/artifacts/folder-store.ts';
import { openRegistry, type Registry } from '../../../registry/registry.ts';
import { SYSTEM_CLOCK } from '../../../serving/ports.ts';
import { servingRegistry } from '../../../serving/registry-port.ts';
import { startServingServer, type ServingServer } from '../../../serving/server.ts';
import { createUniverseSource } from '../../../serving/universe-source.ts';
import { eventually, QUIET_LOG } from '../../unit/serving/memory-registry.ts';
import { testDatabase } from '../../postgres.ts';
import { seedModel, type SeededModel } from './seeded-registry.ts';

const MODEL = 'tw-alpha';
const NAMES = ['volatility_20', 'reversal_5', 'momentum_20', 'gap_1', 'liquidity_20', 'location_5'];
/** An earlier set of the same name: the same columns, other definitions, a shorter lookback. */
const EARLIER = `-- feature-set: price_volume
-- views: 1
-- lookback: 21
-- bars: open[1], high[5], close[21], ret[20], turnover[20]
-- column reversal_5 rank: return over 4 sessions, reversed
-- column momentum_20: return over 20 sessions, as it is
-- column volatility_20 rank: of the absolute returns
-- column gap_1: open over the close before
-- column location_5: highest high over close
-- column liquidity_20 rank: greatest turnover
SELECT symbol, session_index, -close[-1] / close[-5] AS reversal_5, close[-1] / close[-21] - 1 AS momentum_20,
  mean_of(list_transform(ret, lambda r: abs(r)), 5) AS volatility_20, open[-1] / close[-2] - 1 AS gap_1,
  highest_of(high, 2) / close[-1] AS location_5, highest_of(turnover, 5) AS liquidity_20
FROM windows
`;
const TODAY = new URL('../../../extraction/features/price_volume.sql', import.meta.url);

interface Scores {
  readonly version: number;
  readonly symbols: readonly string[];
  readonly predictions: readonly number[];
}

describe('a rollback through the registry over a change of features', () => {
  let database: Awaited<ReturnType<typeof testDatabase>>;
  let folder: string;
  let registry: Registry;
  let artifacts: FolderArtifactStore;
  let seeded: SeededModel;
  let server: ServingServer;
  let session: string;
  let asOf: string;
  let today: string;

  beforeAll(async () => {
    database = await testDatabase();
    folder = await mkdtemp(join(tmpdir(), 'contender-feature-rollback-'));
    const market = simulateMarket({ symbols: 30, sessions: 120, flipSession: null, lateShare: 0.02 });
    await writeSimulatedFolder({ outDir: join(folder, 'market'), market });
    session = market.calendar.session_date[100] ?? '';
    asOf = new Date(Date.parse(market.calendar.close_ts[100] ?? '') + 3_600_000).toISOString();
    today = await readFile(TODAY, 'utf8');
    artifacts = new FolderArtifactStore(join(folder, 'artifacts'));
    registry = openRegistry({ url: database.url, applicationName: 'feature rollback test' });
    seeded = await seedModel(database.url, artifacts, {
      model: MODEL,
      dataFolder: join(folder, 'market'),
      fixtures: ['a', 'b'],
      features: { sql: [EARLIER, today], names: NAMES },
    });
    const port = servingRegistry(registry, artifacts);
    server = await startServingServer({
      host: '127.0.0.1',
      breakGlass: null,
      explainer: null,
      name: 'server-a',
      port: 0,
      models: [MODEL],
      registry: port,
      universe: createUniverseSource({ registry: port, clock: SYSTEM_CLOCK, lifetimeMs: 0 }),
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

  /** What the server answers for the session with the champion of the moment. */
  const served = async (): Promise<Scores> => {
    const response = await fetch(`${server.url}/api/v1/score`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODEL, session, asOf }),
    });
    const text = await response.text();
    expect(response.status, text).toBe(200);
    const { version, symbols, predictions } = JSON.parse(text) as Scores;
    return { version, symbols, predictions };
  };

  /** What shadow, guard and live compute for the champion that the registry names. */
  const computed = async (): Promise<Scores> => {
    const { champion } = await registry.champion({ model: MODEL });
    if (champion === null) throw new Error('no champion');
    const scores = await scoreSession({ artifacts }, seeded.spec, champion, session, asOf);
    return { version: champion.number, symbols: scores.symbols, predictions: [...scores.predictions] };
  };

  const rollBackTo = async (toVersion: number | null): Promise<void> => {
    const { epoch } = await registry.champion({ model: MODEL });
    await registry.rollback({
      model: MODEL,
      toVersion,
      reason: 'a test asks for it',
      actor: { subject: 'olga', roles: ['operator'] },
      idempotencyKey: `from-${String(epoch)}`,
      correlationId: `from-${String(epoch)}`,
    });
    await eventually(
      'acknowledged by the server',
      async () => (await registry.swapStatus({ model: MODEL, epoch: epoch + 1 })).status === 'complete',
    );
  };

  it('gives the scores of the old version bit for bit, at the server and where shadow and guard compute', async () => {
    await rollBackTo(1);
    const before = await served();
    expect(before.version).toBe(1);
    expect(before.symbols.length).toBeGreaterThan(20);
    expect(new Set(before.predictions).size).toBeGreaterThan(3);
    expect(await computed()).toEqual(before);

    await rollBackTo(2);
    const promoted = await served();
    expect(promoted.version).toBe(2);
    expect(await computed()).toEqual(promoted);
    expect(promoted.predictions).not.toEqual(before.predictions);

    await rollBackTo(null);
    expect(await served()).toEqual(before);
    expect(await computed()).toEqual(before);
  });

  it('would have given others with the features of the day', async () => {
    const { champion } = await registry.champion({ model: MODEL });
    if (champion === null) throw new Error('no champion');
    const featureCode = await artifacts.put(new TextEncoder().encode(today), 'application/sql');
    const { manifest } = champion;
    const mixed = {
      ...champion,
      manifest: { ...manifest, artifacts: { ...manifest.artifacts, featureCode } },
    };
    const scores = await scoreSession({ artifacts }, seeded.spec, mixed, session, asOf);
    expect([...scores.predictions]).not.toEqual((await served()).predictions);
  });
});
