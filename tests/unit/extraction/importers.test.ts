import { readFile, rm } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkMarketFolder } from '../../../extraction/check-folder.ts';
import { withMarketFolder, closeMarketFolders } from '../../../extraction/folder-cache.ts';
import { importSource } from '../../../extraction/import/import-source.ts';
import { shippedMapping } from '../../../extraction/import/mapping-file.ts';
import { readSourceNotes } from '../../../extraction/source-notes.ts';
import { simulateMarket } from '../../../market/simulator.ts';
import { writeSimulatedFolder } from '../../../extraction/simulated-folder.ts';
import { rowsOf, temporaryFolder } from './small-market.ts';

const SHIPPED = join(import.meta.dirname, '..', '..', '..', 'data', 'us-stocknet88');
const NO_PYTHON = '/nowhere/python';
let scratch = '';

beforeAll(async () => {
  scratch = await temporaryFolder();
});

afterAll(async () => {
  await closeMarketFolders();
  await rm(scratch, { recursive: true, force: true });
});

async function hashes(folder: string): Promise<readonly string[]> {
  const tables = ['prices', 'corporate_actions', 'membership', 'symbols', 'calendar'];
  return Promise.all(
    tables.map(async (table) => {
      const bytes = await readFile(join(folder, `${table}.parquet`));
      return createHash('sha256').update(bytes).digest('hex');
    }),
  );
}

describe('the shipped US set', () => {
  it('is a sound folder of 88 symbols and 1,258 sessions, with its licence', async () => {
    const report = await checkMarketFolder(SHIPPED, 5);
    expect(report.errors).toBe(0);
    expect(report.files).toContainEqual({ file: 'prices.parquet', rows: 108_589 });
    expect(report.files).toContainEqual({ file: 'symbols.parquet', rows: 88 });
    expect(await readSourceNotes(SHIPPED)).toMatchObject({ market: 'XNYS', adjustment: 'backward' });
    expect(await readFile(join(SHIPPED, 'LICENSE'), 'utf8')).toContain('Copyright (c) 2018 Yumo Xu');
  });

  it("has Apple's dividends of 2014: 3.05, 3.29, .47 and .47 dollars before and after the split of seven for one", async () => {
    const rows = await rowsOf(
      `SELECT CAST(ex_date AS VARCHAR) AS ex_date, amount FROM '${join(SHIPPED, 'corporate_actions.parquet')}'
       WHERE symbol = 'AAPL' AND year(ex_date) = 2014 ORDER BY 1`,
    );
    expect(rows.map((row) => row['ex_date'])).toEqual([
      '2014-02-06',
      '2014-05-08',
      '2014-08-07',
      '2014-11-06',
    ]);
    // Prices are split adjusted, so the first two stand divided by seven; the factor's four decimals leave 0.02.
    const paid = [3.05 / 7, 3.29 / 7, 0.47, 0.47];
    rows.forEach((row, at) => {
      expect(Math.abs(Number(row['amount']) - (paid[at] ?? NaN))).toBeLessThan(0.02);
    });
  });

  it('closes early on the day after Thanksgiving and lists 60 sessions ahead', async () => {
    await withMarketFolder(SHIPPED, 'XNYS', async ({ calendar }) => {
      expect(calendar.session('2014-11-28').closeInstant).toBe('2014-11-28T18:00:00.000Z');
      expect(calendar.distance('2017-09-01', calendar.dates.at(-1) ?? '')).toBe(60);
      return Promise.resolve();
    });
  });
});

/** Writes a Parquet file from a query. */
const write = (path: string, query: string): Promise<unknown> =>
  rowsOf(`COPY (${query}) TO '${path}' (FORMAT ${path.endsWith('.csv') ? 'csv, HEADER' : 'parquet'})`);

describe('the importer of the US set', () => {
  it('derives dividends from steps of the factor and leaves its rounding alone', async () => {
    const from = join(scratch, 'us-source');
    await mkdir(from);
    await write(
      join(from, 'us_stocknet88_daily.parquet'),
      `SELECT 'AAA' AS symbol, CAST(d AS DATE) AS date, 10::FLOAT AS open, 11::FLOAT AS high, 9::FLOAT AS low, c::FLOAT AS close,
         100 AS volume, f::FLOAT AS adj_factor
       FROM (VALUES ('2015-03-02', 10.0, 0.9800), ('2015-03-03', 10.1, 0.9801), ('2015-03-04', 10.2, 1.0000),
         ('2015-03-05', 10.3, 1.0)) v (d, c, f)`,
    );
    await write(
      join(from, 'us_stocknet88_symbols.csv'),
      `SELECT 'AAA' AS symbol, 'Energy' AS sector, 'A' AS company`,
    );
    const out = join(scratch, 'us');
    const first = await importSource({
      mapping: await shippedMapping('us-stocknet88'),
      from,
      out,
      python: NO_PYTHON,
    });
    expect(first.rows).toMatchObject({ prices: 4, corporate_actions: 1, membership: 1 });
    const [action] = await rowsOf(
      `SELECT *, CAST(ex_date AS VARCHAR) AS ex FROM '${join(out, 'corporate_actions.parquet')}'`,
    );
    expect(action).toMatchObject({ ex: '2015-03-04', kind: 'cash_dividend', prev_close: 10.1 });
    expect(Number(action?.['amount'])).toBeCloseTo(10.1 * (1 - 0.9801), 4);
    expect(action?.['knowledge_ts']).toBe('2015-03-04 21:00:00+00');
    const again = join(scratch, 'us-again');
    await importSource({
      mapping: await shippedMapping('us-stocknet88'),
      from,
      out: again,
      python: NO_PYTHON,
    });
    expect(await hashes(again)).toEqual(await hashes(out));
  });

  it('refuses a folder without the source, one that is not empty, and a source nobody knows', async () => {
    const from = join(scratch, 'nothing');
    const out = join(scratch, 'refused');
    const options = { mapping: await shippedMapping('us-stocknet88'), from, out, python: NO_PYTHON };
    await expect(importSource(options)).rejects.toMatchObject({ code: 'IMPORT_SOURCE_INVALID' });
    await expect(
      importSource({ ...options, from: join(scratch, 'us-source'), out: SHIPPED }),
    ).rejects.toMatchObject({
      code: 'IMPORT_TARGET_OCCUPIED',
    });
    await expect(shippedMapping('bloomberg')).rejects.toThrow('there is no source bloomberg');
  });
});

describe('the importer of the Taiwan set', () => {
  it('drops days without a trade, knows ex-days at the session, and members at the close before', async () => {
    const from = join(scratch, 'tw-source');
    await mkdir(from);
    const bar = `CAST(d AS DATE) AS date, c::FLOAT AS open, c::FLOAT AS high, c::FLOAT AS low, c::FLOAT AS close, 1000 AS volume,
      10000 AS value, 5 AS trades, ex AS ex_flag, f::FLOAT AS adj_factor`;
    await write(
      join(from, 'tw_daily.parquet'),
      `SELECT s AS symbol, ${bar} FROM (VALUES ('1101', '2016-06-01', 20.0, false, 1.0), ('1101', '2016-06-02', 19.0, true, 1.05),
         ('1101', '2016-06-03', NULL, false, 1.05), ('1101', '2016-06-04', 19.5, false, 1.05),
         ('1102', '2016-06-01', 30.0, false, 1.0), ('1102', '2016-06-02', 45.0, true, 0.66),
         ('1102', '2016-06-03', 46.0, false, 0.66), ('1102', '2016-06-04', 15.0, true, 2.0)) v (s, d, c, ex, f)`,
    );
    await write(
      join(from, 'tw_universe_top200_monthly.csv'),
      `SELECT * FROM (VALUES ('2016-06-01', '1101', 1), ('2016-06-03', '1101', 1), ('2016-06-03', '1102', 2), ('2016-06-04', '1102', 1)) v (date, symbol, rank)`,
    );
    await write(
      join(from, 'tw_symbols.csv'),
      `SELECT '1101' AS symbol, 'Cement' AS name, 'TWSE' AS market, 'cement' AS industry`,
    );
    const out = join(scratch, 'tw');
    const { rows } = await importSource({
      mapping: await shippedMapping('taiwan-daily'),
      from,
      out,
      python: NO_PYTHON,
    });
    expect(rows).toMatchObject({ prices: 7, corporate_actions: 3 });
    const actions = await rowsOf(
      `SELECT symbol, kind, CAST(ex_date AS VARCHAR) AS ex FROM '${join(out, 'corporate_actions.parquet')}' ORDER BY ex, symbol`,
    );
    expect(actions).toEqual([
      { symbol: '1101', kind: 'cash_dividend', ex: '2016-06-02' },
      { symbol: '1102', kind: 'reverse_split', ex: '2016-06-02' },
      { symbol: '1102', kind: 'split', ex: '2016-06-04' },
    ]);
    const events = await rowsOf(
      `SELECT symbol, action, CAST(effective_date AS VARCHAR) AS d, CAST(knowledge_ts AS VARCHAR) AS k
       FROM '${join(out, 'membership.parquet')}' ORDER BY d, symbol`,
    );
    expect(events).toEqual([
      { symbol: '1101', action: 'add', d: '2016-06-01', k: '2016-06-01 01:00:00+00' },
      { symbol: '1102', action: 'add', d: '2016-06-03', k: '2016-06-02 05:30:00+00' },
      { symbol: '1101', action: 'drop', d: '2016-06-04', k: '2016-06-03 05:30:00+00' },
    ]);
    expect((await checkMarketFolder(out, 5)).errors).toBe(0);
  });
});

describe('a simulated market as a folder', () => {
  it('is sound, has the same bytes each time, and keeps its truth outside', async () => {
    const options = { symbols: 20, sessions: 90, seed: 4, flipSession: null } as const;
    const [a, b] = [join(scratch, 'sim-a'), join(scratch, 'sim-b')];
    const written = await writeSimulatedFolder({ outDir: a, market: simulateMarket(options) });
    await writeSimulatedFolder({ outDir: b, market: simulateMarket(options) });
    expect(await hashes(a)).toEqual(await hashes(b));
    expect((await checkMarketFolder(a, 5)).errors).toBe(0);
    expect(written.truthPath).toBe(`${a}.truth.json`);
    expect(JSON.parse(await readFile(written.truthPath, 'utf8'))).toMatchObject({ options: { seed: 4 } });
  });
});
