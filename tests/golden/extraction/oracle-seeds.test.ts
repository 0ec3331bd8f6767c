import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { extractTable } from '../../../extraction/cross-section.ts';
import { UniverseEmpty } from '../../../extraction/errors.ts';
import { loadFeatureSet } from '../../../extraction/feature-set.ts';
import { closeMarketFolders } from '../../../extraction/folder-cache.ts';
import { temporaryFolder, writeCsvFolder } from '../../unit/extraction/small-market.ts';
import { compareSeed } from './oracle-comparison.ts';
import { csvOf, makeOracleFolder } from './oracle-folder.ts';

/** `node bench/extraction-oracle.ts` compares as many more as one likes. */
const SEEDS = 10;
let scratch = '';

beforeAll(async () => {
  scratch = await temporaryFolder();
});

afterAll(async () => {
  await closeMarketFolders();
  await rm(scratch, { recursive: true, force: true });
});

describe('the reference cross-section of folders from other seeds', () => {
  it.each(Array.from({ length: SEEDS }, (_, seed) => seed))(
    'agrees with plain loops in every cell (%i)',
    async (seed) => {
      const { cells, wrong } = await compareSeed(seed, scratch);
      expect(wrong).toEqual([]);
      expect(cells).toBeGreaterThan(500);
    },
  );

  it('has an empty universe only as a refusal, never as a file', async () => {
    const made = makeOracleFolder(1);
    const nobody = made.membership.map((row) => ({ ...row, action: 'drop' as const }));
    const folder = await writeCsvFolder(join(scratch, 'nobody'), csvOf({ ...made, membership: nobody }, 1));
    const set = await loadFeatureSet('pit_oracle');
    const asOf = new Date(made.instants[5] ?? 0).toISOString();
    const file = join(scratch, 'nobody.csv');
    await expect(extractTable({ folder, market: 'XTAI', set, asOf, file })).rejects.toBeInstanceOf(
      UniverseEmpty,
    );
  });
});
