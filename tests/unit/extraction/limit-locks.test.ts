import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngine, DEFAULT_LIMITS, queryRows } from '../../../extraction/duckdb.ts';
import { closeMarketFolders } from '../../../extraction/folder-cache.ts';
import { withLimitLocks } from '../../../extraction/limit-locks.ts';
import { extractReturns } from '../../../extraction/session.ts';
import { limitLock } from '../../../market/price-limits.ts';
import { RandomStream } from '../../../market/random.ts';
import { marketRules } from '../../../market/rules.ts';
import { csvTables, temporaryFolder, writeCsvFolder } from './small-market.ts';

let scratch = '';
beforeAll(async () => {
  scratch = await temporaryFolder();
});
afterAll(async () => {
  await closeMarketFolders();
  await rm(scratch, { recursive: true, force: true });
});

describe('limit locks by SQL', () => {
  it('are those of the market rules, at and around the limits of any price and date', async () => {
    const rules = marketRules('XTAI');
    const random = new RandomStream(11, 1);
    const dates = ['2004-06-01', '2005-02-28', '2005-03-01', '2015-05-31', '2015-06-01', '2024-06-03'];
    const bars = Array.from({ length: 4000 }, (_, row) => {
      const reference = Math.max(2, Math.round(100 * Math.exp(random.uniformBetween(-3, 7.5)))) / 100;
      const date = dates[row % dates.length] ?? '';
      const move = random.integerBetween(-110, 110) / 1000;
      const close = Math.max(0.01, Math.round(reference * (1 + move) * 100) / 100);
      return { row, reference, date, close };
    });
    const instance = await openEngine(DEFAULT_LIMITS);
    const connection = await instance.connect();
    const values = bars.map(
      ({ row, reference, date, close }) =>
        `(${String(row)}, DATE '${date}', ${String(close)}::DOUBLE, ${String(reference)}::DOUBLE, NULL::INTEGER)`,
    );
    const source = `(SELECT * FROM (VALUES ${values.join(', ')}) v (row, session_date, raw_close, reference, listed_sessions))`;
    const found = await queryRows(
      connection,
      `SELECT limit_lock FROM (${withLimitLocks('XTAI', source)}) ORDER BY row`,
    );
    instance.closeSync();
    const wanted = bars.map((bar) => limitLock(rules, bar));
    expect(found.map(([lock]) => lock)).toEqual(wanted);
    expect(new Set(wanted)).toEqual(new Set([-1, 0, 1]));
  });
});

describe('the returns of a folder', () => {
  const DAYS = [
    '2024-01-02',
    '2024-01-03',
    '2024-01-04',
    '2024-01-05',
    '2024-01-08',
    '2024-01-09',
    '2024-01-10',
  ];

  /** Closes per symbol and session; null: no bar. Volume 0 where `quiet` says so. */
  function tables(closes: Record<string, readonly (number | null)[]>, quiet: readonly string[] = []) {
    const base = csvTables();
    const prices = [base['prices']?.[0] ?? ''];
    for (const [symbol, values] of Object.entries(closes)) {
      values.forEach((close, day) => {
        if (close === null) return;
        const date = DAYS[day] ?? '';
        const volume = quiet.includes(`${symbol} ${date}`) ? 0 : 1000;
        prices.push(
          `${symbol},${date},${date}T05:30:00Z,${date}T06:00:00Z,${[close, close, close, close].join(',')},${String(volume)},${String(prices.length)}`,
        );
      });
    }
    return { ...base, prices };
  }

  async function returnsOf(
    folder: string,
    market: 'XTAI' | 'XNYS' = 'XTAI',
    asOf = '2024-01-10T08:00:00.000Z',
  ) {
    const rows = await extractReturns({
      folder,
      market,
      asOf,
      fromSession: '2024-01-02',
      toSession: '2024-01-10',
    });
    const cell = (symbol: string, date: string): number =>
      rows.symbol.findIndex((name, row) => name === symbol && rows.session[row] === date);
    return {
      lock: (symbol: string, date: string) => rows.limitLock[cell(symbol, date)],
      tradable: (symbol: string, date: string) => rows.tradable[cell(symbol, date)],
      shortable: (symbol: string, date: string) => rows.shortable[cell(symbol, date)],
    };
  }

  const closes = {
    '1101': [100, 110, 121, 108.9, 108.5, 108.5, 108.5],
    '1102': [50, 45, 40.5, null, 44.55, 44.5, 44.5],
    '1103': [20, 20, 20, 20, 20, 20, 20],
  };

  it('know a close at either limit, across a gap and on an ex-day by its own reference price', async () => {
    const folder = await writeCsvFolder(join(scratch, 'locks'), {
      ...tables(closes),
      corporate_actions: [
        'symbol,ex_date,kind,ratio,amount,prev_close,knowledge_ts,seq',
        // 20 less 2 is 18: a close of 20 is more than a tenth above it, and stands above the limit of 19.8.
        '1103,2024-01-04,cash_dividend,1,2,20,2024-01-01T00:00:00Z,1',
      ],
    });
    const { lock, tradable } = await returnsOf(folder);
    const days = DAYS.slice(0, 5);
    expect(days.map((date) => lock('1101', date))).toEqual([0, 1, 1, -1, 0]);
    expect(days.map((date) => lock('1102', date))).toEqual([0, -1, -1, 0, 1]);
    expect(days.map((date) => tradable('1102', date))).toEqual([1, 1, 1, 0, 1]);
    expect(days.map((date) => lock('1103', date))).toEqual([0, 0, 1, 0, 0]);
  });

  it('know no limit in the first five sessions of a listing, nor in New York', async () => {
    const young = { ...tables(closes) };
    const symbols = [
      'symbol,listed_date,delisted_date,delisting_knowledge_ts',
      '1101,2024-01-02,,',
      '1102,2020-01-02,,',
      '1103,,,',
    ];
    const folder = await writeCsvFolder(join(scratch, 'young'), { ...young, symbols });
    const { lock } = await returnsOf(folder);
    expect(DAYS.slice(0, 5).map((date) => lock('1101', date))).toEqual([0, 0, 0, 0, 0]);
    expect(lock('1102', '2024-01-03')).toBe(-1);
    const free = await returnsOf(folder, 'XNYS');
    expect(DAYS.map((date) => free.lock('1102', date))).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });

  it('know a ban on short sales from the day it was known', async () => {
    const bans = [
      'symbol,from_date,to_date,knowledge_ts,seq,reason',
      '1101,2024-01-03,2024-01-04,2024-01-02T12:00:00Z,1,regulator',
      '1102,2024-01-05,,2024-01-04T12:00:00Z,2,disposition',
      // Known after the as-of instant: no part of what is extracted.
      '1103,2024-01-03,,2024-01-20T12:00:00Z,3,later',
    ];
    const folder = await writeCsvFolder(join(scratch, 'bans'), { ...tables(closes), short_bans: bans });
    const { shortable } = await returnsOf(folder);
    const row = (symbol: string) => DAYS.map((date) => shortable(symbol, date));
    expect(row('1101')).toEqual([1, 0, 0, 1, 1, 1, 1]);
    expect(row('1102')).toEqual([1, 1, 1, 0, 0, 0, 0]);
    expect(row('1103')).toEqual([1, 1, 1, 1, 1, 1, 1]);
  });

  it('call a bar without volume a halt, whatever its price', async () => {
    const folder = await writeCsvFolder(join(scratch, 'quiet'), tables(closes, ['1101 2024-01-08']));
    const { tradable } = await returnsOf(folder);
    expect(DAYS.slice(3, 6).map((date) => tradable('1101', date))).toEqual([1, 0, 1]);
  });
});
