import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ArtifactRef } from '../../../contracts/primitives.ts';
import { closeMarketFolders } from '../../../extraction/folder-cache.ts';
import { loadFeatureSet } from '../../../extraction/feature-set.ts';
import { FolderArtifactStore } from '../../../registry/artifacts/folder-store.ts';
import { createOnnxScorer } from '../../../serving/onnx-scorer.ts';
import { createUniverseSource } from '../../../serving/universe-source.ts';
import { csvOf, makeOracleFolder } from '../../golden/extraction/oracle-folder.ts';
import { temporaryFolder, writeCsvFolder } from '../extraction/small-market.ts';
import { modelBytes } from './fixtures.ts';

/** The columns that both versions take, in an order of their own. */
const NAMES = ['volatility_20', 'reversal_5', 'momentum_20', 'gap_1', 'liquidity_20', 'location_5'];
/** An earlier set of the same name: the same columns, other definitions, none of what the set declares today. */
const EARLIER = `-- feature-set: price_volume
-- views: 1
-- lookback: 21
-- bars: open[1], high[5], low[5], close[21], ret[20], turnover[20]
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

let scratch = '';
let folder = '';
let session = '';
let asOf = '';
let artifacts: FolderArtifactStore;

beforeAll(async () => {
  scratch = await temporaryFolder();
  const made = makeOracleFolder(6);
  folder = await writeCsvFolder(join(scratch, 'market'), csvOf(made, 6));
  session = made.calendar[65]?.date ?? '';
  asOf = new Date((made.calendar[65]?.close ?? 0) + 3_600_000).toISOString();
  artifacts = new FolderArtifactStore(join(scratch, 'artifacts'));
});

afterAll(async () => {
  await closeMarketFolders();
  await rm(scratch, { recursive: true, force: true });
});

const stored = (sql: string): Promise<ArtifactRef> =>
  artifacts.put(new TextEncoder().encode(sql), 'application/sql');

/** Scores of a version as a server gives them: its own feature code, its own file. */
async function scoresOf(featureCode: ArtifactRef, model: 'a' | 'b'): Promise<readonly number[]> {
  const source = createUniverseSource({
    registry: { readArtifact: (ref) => artifacts.get(ref) },
    clock: { wallMs: () => Date.parse(asOf), monotonicMs: () => 0 },
    lifetimeMs: 0,
  });
  const rows = await source.read({
    model: 'tw-alpha',
    folder,
    market: 'XTAI',
    featureCode,
    featureNames: NAMES,
    session,
    asOf,
  });
  const scorer = createOnnxScorer();
  const loaded = await scorer.load(modelBytes(model), NAMES);
  const scores = [...(await loaded.score(Float32Array.from(rows.features), rows.symbols.length))];
  await scorer.close();
  return scores;
}

describe('a rollback over a change of features', () => {
  it('scores with the feature code of the old version, bit for bit as before', async () => {
    const earlier = await stored(EARLIER);
    const today = await stored((await loadFeatureSet('price_volume')).text);
    const before = await scoresOf(earlier, 'a');
    const promoted = await scoresOf(today, 'b');
    const rolledBack = await scoresOf(earlier, 'a');
    expect(before.length).toBeGreaterThan(3);
    expect(new Set(before).size).toBeGreaterThan(1);
    expect(rolledBack).toEqual(before);
    expect(promoted).not.toEqual(before);
    // The old file on the features of today would have given something else.
    expect(await scoresOf(today, 'a')).not.toEqual(before);
  }, 60_000);
});
