import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkFeatureFile } from '../../../extraction/feature-check.ts';
import { loadFeatureSet, shippedFeatureSets } from '../../../extraction/feature-set.ts';
import { closeMarketFolders } from '../../../extraction/folder-cache.ts';
import { writeSimulatedFolder } from '../../../extraction/simulated-folder.ts';
import { simulateMarket, TAIWAN_SIMULATION } from '../../../market/simulator.ts';
import { temporaryFolder } from '../../unit/extraction/small-market.ts';

/**
 * What every feature file gets for free, for the shipped ones: leak audit, determinism, honesty about its lookback, no column
 * without a value. A file that is added to extraction/features is found here by itself.
 */
const FEATURES = join(import.meta.dirname, '..', '..', '..', 'extraction', 'features');
const CHECK_MS = 300_000;
const shipped = await shippedFeatureSets();
const kinds = await Promise.all(
  shipped.map(async (name) => ({ name, kind: (await loadFeatureSet(name)).kind })),
);

let scratch = '';
let folder = '';

beforeAll(async () => {
  scratch = await temporaryFolder();
  folder = join(scratch, 'market');
  // Longer than a year, so that whatever looks back a year has a value.
  const market = simulateMarket({ ...TAIWAN_SIMULATION, symbols: 24, sessions: 300, seed: 5 });
  await writeSimulatedFolder({ outDir: folder, market });
}, CHECK_MS);

afterAll(async () => {
  await closeMarketFolders();
  await rm(scratch, { recursive: true, force: true });
});

describe('every shipped feature set', () => {
  it.each(kinds.filter(({ kind }) => kind === 'features').map(({ name }) => name))(
    'passes the check of a feature file: %s',
    async (name) => {
      const file = join(FEATURES, `${name}.sql`);
      const report = await checkFeatureFile({ file, folder, market: 'XTAI', sessions: 20 });
      expect(report.faults).toEqual([]);
      expect(report.rows).toBeGreaterThan(200);
      expect(report.leak.checkedRows).toBe(report.rows);
    },
    CHECK_MS,
  );
});
