import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeMarketFolders } from '../../../extraction/folder-cache.ts';
import { openRecentFolder } from '../../../extraction/recent-folder.ts';
import { extractRecentSession, extractSession } from '../../../extraction/session.ts';
import { writeSimulatedFolder } from '../../../extraction/simulated-folder.ts';
import { queryNumber } from '../../../extraction/duckdb.ts';
import { simulateMarket, TAIWAN_SIMULATION } from '../../../market/simulator.ts';

const SESSIONS = 560;
let folder: string;
let sessions: readonly string[];

beforeAll(async () => {
  const place = await mkdtemp(join(tmpdir(), 'contender-recent-'));
  folder = join(place, 'market');
  const market = simulateMarket({
    ...TAIWAN_SIMULATION,
    ...{ symbols: 30, sessions: SESSIONS, lateShare: 0.01, wrongShare: 0.005, restatedShare: 0.01 },
    haltedShare: 0.02,
  });
  await writeSimulatedFolder({ outDir: folder, market });
  sessions = [...new Set(market.prices.session_date)].sort();
}, 120_000);
afterAll(async () => {
  await closeMarketFolders();
  await rm(join(folder, '..'), { recursive: true, force: true });
});

describe('the features of one session from the bars it reaches back to', () => {
  it.for(['price_volume', 'foreign_flow', 'fundamentals'])(
    '%s: the very bits of the whole history, early and late in it',
    async (set) => {
      for (const position of [80, 300, SESSIONS - 1]) {
        const options = {
          ...{ folder, market: 'XTAI' as const, features: { set }, session: sessions[position] ?? '' },
          asOf: '2030-01-01T00:00:00.000Z',
        };
        const [recent, whole] = [await extractRecentSession(options), await extractSession(options)];
        expect(recent.symbols).toEqual(whole.symbols);
        expect(recent.withoutBar).toEqual(whole.withoutBar);
        expect(recent.symbols.length).toBeGreaterThan(20);
        expect(Buffer.from(recent.features.buffer).equals(Buffer.from(whole.features.buffer))).toBe(true);
      }
    },
  );

  it('loads no more bars than that', async () => {
    const opened = await openRecentFolder({ folder, market: 'XTAI', session: sessions.at(-1) ?? '' }, 60);
    const connection = await opened?.connect();
    const loaded =
      connection === undefined
        ? null
        : await queryNumber(connection, 'SELECT count(DISTINCT session_date) FROM prices');
    connection?.closeSync();
    await opened?.close();
    expect(loaded).toBeGreaterThan(61);
    expect(loaded).toBeLessThan(130);
  });

  it('leaves a set without a bound, and a session that is none, to the whole folder', async () => {
    expect(
      await openRecentFolder({ folder, market: 'XTAI', session: sessions[100] ?? '' }, 'all'),
    ).toBeNull();
    const options = { folder, market: 'XTAI' as const, features: { set: 'price_volume' } };
    await expect(
      extractRecentSession({ ...options, session: '2018-01-06', asOf: '2030-01-01T00:00:00.000Z' }),
    ).rejects.toMatchObject({ code: 'SESSION_UNKNOWN' });
  });
});
