import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeMarketFolders } from '../../../extraction/folder-cache.ts';
import { readOrdinaryTurnover } from '../../../extraction/ordinary-turnover.ts';
import { writeSimulatedFolder } from '../../../extraction/simulated-folder.ts';
import { simulateMarket, TAIWAN_SIMULATION } from '../../../market/simulator.ts';
import { temporaryFolder } from './small-market.ts';

const market = simulateMarket({ ...TAIWAN_SIMULATION, symbols: 30, sessions: 80, lateShare: 0.05 });
let scratch = '';

beforeAll(async () => {
  scratch = await temporaryFolder();
  await writeSimulatedFolder({ outDir: join(scratch, 'market'), market });
});
afterAll(async () => {
  await closeMarketFolders();
  await rm(scratch, { recursive: true, force: true });
});

/** By plain loops over the newest version of every bar. */
function byLoops(symbol: string, session: string): number {
  const { prices, calendar } = market;
  const newest = new Map<string, { known: string; seq: number; value: number }>();
  prices.symbol.forEach((name, row) => {
    if (name !== symbol) return;
    const date = prices.session_date[row] ?? '';
    const known = prices.knowledge_ts[row] ?? '';
    const seq = prices.seq[row] ?? 0;
    const before = newest.get(date);
    if (before !== undefined && (before.known > known || (before.known === known && before.seq > seq)))
      return;
    newest.set(date, { known, seq, value: (prices.close[row] ?? NaN) * (prices.volume[row] ?? NaN) });
  });
  if (!newest.has(session)) return NaN;
  const values = calendar.session_date
    .filter((date) => date < session && newest.has(date))
    .slice(-20)
    .map((date) => newest.get(date)?.value ?? NaN)
    .toSorted((a, b) => a - b);
  if (values.length < 5) return NaN;
  const middle = Math.floor(values.length / 2);
  const median =
    values.length % 2 === 1
      ? (values[middle] ?? NaN)
      : ((values[middle - 1] ?? NaN) + (values[middle] ?? NaN)) / 2;
  return median > 0 ? median : NaN;
}

describe('what a name ordinarily trades', () => {
  it('is the median of its 20 bars before the session, as the loops find it', async () => {
    const sessions = market.calendar.session_date;
    const symbols = [...new Set(market.prices.symbol)].sort();
    const panel = await readOrdinaryTurnover(join(scratch, 'market'), 'XTAI', { sessions, symbols });
    let known = 0;
    sessions.forEach((session, row) => {
      symbols.forEach((symbol, column) => {
        const value = panel[row * symbols.length + column] ?? NaN;
        const expected = byLoops(symbol, session);
        if (Number.isFinite(expected)) known += 1;
        expect(Number.isFinite(value), `${symbol} ${session}`).toBe(Number.isFinite(expected));
        if (Number.isFinite(expected)) expect(value / expected).toBeCloseTo(1, 12);
      });
    });
    expect(known).toBeGreaterThan(1000);
  });

  it('leaves out what is not on the axes', async () => {
    const sessions = market.calendar.session_date.slice(30, 40);
    const symbols = ['not listed', market.prices.symbol[0] ?? ''];
    const panel = await readOrdinaryTurnover(join(scratch, 'market'), 'XTAI', { sessions, symbols });
    sessions.forEach((session, row) => {
      expect(panel[2 * row]).toBeNaN();
      expect(panel[2 * row + 1]).toBeCloseTo(byLoops(symbols[1] ?? '', session), 3);
    });
  });
});
