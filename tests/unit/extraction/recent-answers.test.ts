import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { closeMarketFolders } from '../../../extraction/folder-cache.ts';
import type { MarketFolder } from '../../../extraction/market-folder.ts';
import { recentAnswer } from '../../../extraction/recent-answers.ts';
import { extractReturns, extractSession } from '../../../extraction/session.ts';
import { writeSimulatedFolder } from '../../../extraction/simulated-folder.ts';
import { decisionInstant } from '../../../market/rules.ts';
import { shippedCalendar } from '../../../market/shipped-calendar.ts';
import { type SimulatedMarket, simulateMarket, TAIWAN_SIMULATION } from '../../../market/simulator.ts';

const SESSIONS = 120;
const LATER = '2030-01-01T00:00:00.000Z';
const calendar = shippedCalendar('XTAI');
let place: string;
let folder: string;
let session: string;

async function writeMarket(outDir: string, seed: number): Promise<SimulatedMarket> {
  const market = simulateMarket({ ...TAIWAN_SIMULATION, symbols: 20, sessions: SESSIONS, seed });
  await writeSimulatedFolder({ outDir, market });
  return market;
}

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'contender-answers-'));
  folder = join(place, 'market');
  const market = await writeMarket(folder, 1);
  session = [...new Set(market.prices.session_date)].sort().at(-2) ?? '';
}, 120_000);
afterAll(async () => {
  await closeMarketFolders();
  await rm(place, { recursive: true, force: true });
});

const ask = (asOf: string): ReturnType<typeof extractSession> =>
  extractSession({ folder, market: 'XTAI', features: { set: 'price_volume' }, session, asOf });

describe('what an opened folder was asked lately', () => {
  it('answers the features of a session from there, for any instant after its decision', async () => {
    const atDecision = await ask(decisionInstant(calendar, session));
    expect(await ask(LATER)).toBe(atDecision);
  });

  it('answers another instant before the decision, and another range, on its own', async () => {
    const { closeInstant } = calendar.at(calendar.indexOf(session));
    const early = await ask(closeInstant);
    expect(early).not.toBe(await ask(LATER));
    expect(early.knownAt).toBe(closeInstant);
    const range = { folder, market: 'XTAI' as const, asOf: LATER, toSession: session };
    const one = await extractReturns({ ...range, fromSession: calendar.add(session, -5) });
    const two = await extractReturns({ ...range, fromSession: calendar.add(session, -6) });
    expect(two.ret.length).toBeGreaterThan(one.ret.length);
  });

  it('asks again when the files of the folder are others', async () => {
    const before = await ask(LATER);
    await writeMarket(join(place, 'other'), 2);
    await rm(folder, { recursive: true });
    await rename(join(place, 'other'), folder);
    expect((await ask(LATER)).features).not.toEqual(before.features);
  });

  it('asks once for two who ask at the same time, anew after a failure, and forgets the oldest', async () => {
    const opened = {} as MarketFolder;
    const one = (): number => 1;
    const work = vi.fn<() => Promise<number>>().mockRejectedValueOnce(new Error('away')).mockResolvedValue(7);
    await expect(recentAnswer(opened, ['a'], work, one)).rejects.toThrow('away');
    await Promise.all([recentAnswer(opened, ['a'], work, one), recentAnswer(opened, ['a'], work, one)]);
    expect(work).toHaveBeenCalledTimes(2);
    for (let other = 0; other < 30; other += 1)
      await recentAnswer(opened, ['b', other], () => Promise.resolve(0), one);
    await recentAnswer(opened, ['a'], work, one);
    expect(work).toHaveBeenCalledTimes(3);
  });

  it('keeps no table that is too long, and of long ones the newest', async () => {
    const opened = {} as MarketFolder;
    const work = vi.fn<() => Promise<number>>().mockResolvedValue(0);
    const ask = (name: string, rows: number): Promise<number> =>
      recentAnswer(opened, [name], work, () => rows);
    await ask('small', 10);
    await ask('too long', 1_000_001);
    await ask('small', 10);
    expect(work).toHaveBeenCalledTimes(2);
    await ask('too long', 1_000_001);
    expect(work).toHaveBeenCalledTimes(3);
    await ask('half', 600_000);
    await ask('other half', 600_000);
    await ask('other half', 600_000);
    expect(work).toHaveBeenCalledTimes(5);
    await ask('half', 600_000);
    expect(work).toHaveBeenCalledTimes(6);
  });
});
