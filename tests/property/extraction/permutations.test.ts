import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeMarketFolders } from '../../../extraction/folder-cache.ts';
import { temporaryFolder } from '../../unit/extraction/small-market.ts';
import { permutedIds } from './permuted-markets.ts';

/** `node bench/extraction-hash.ts` runs 200 of them. */
const PERMUTATIONS = 6;
let scratch = '';

beforeAll(async () => {
  scratch = await temporaryFolder();
});

afterAll(async () => {
  await closeMarketFolders();
  await rm(scratch, { recursive: true, force: true });
});

describe('the id of a snapshot', () => {
  it('is one, whatever the order of rows, row groups, file format, threads, blocks and later knowledge', async () => {
    const ids = await permutedIds(scratch, 2, PERMUTATIONS);
    expect(ids).toHaveLength(PERMUTATIONS);
    expect(new Set(ids).size).toBe(1);
  }, 120_000);
});
