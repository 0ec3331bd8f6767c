import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeMarketFolders } from '../../../extraction/folder-cache.ts';
import { temporaryFolder } from '../../unit/extraction/small-market.ts';
import { appendedMarkets } from './appended-markets.ts';

/** Two hundred appends: node bench/extraction-append.ts. */
const APPENDS = 4;
/** Room for a busy machine. */
const SEED_MS = 300_000;

let scratch = '';

beforeAll(async () => {
  scratch = await temporaryFolder();
});

afterAll(async () => {
  await closeMarketFolders();
  await rm(scratch, { recursive: true, force: true });
});

describe('appending what became known later', () => {
  it(
    'never moves the snapshot of an earlier instant, and repeats without effect',
    async () => {
      let [done, rows, compared] = [0, 0, 0];
      for await (const outcome of appendedMarkets(scratch, 0, APPENDS)) {
        expect(outcome.moved).toEqual([]);
        done += 1;
        rows += outcome.rows;
        compared += outcome.compared;
      }
      expect(done).toBe(APPENDS);
      expect(rows).toBeGreaterThan(500);
      expect(compared).toBeGreaterThan(2 * APPENDS);
    },
    SEED_MS,
  );
});
