import { mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkMarketFolder } from '../../../extraction/check-folder.ts';
import { appendToFolder } from '../../../extraction/folder-append.ts';
import type { AppendReport } from '../../../extraction/folder-append.ts';
import { closeMarketFolders, withMarketFolder } from '../../../extraction/folder-cache.ts';
import { csvTables, rowsOf, temporaryFolder, writeCsvFolder } from './small-market.ts';

let scratch = '';
let made = 0;

beforeAll(async () => {
  scratch = await temporaryFolder();
});

afterAll(async () => {
  await closeMarketFolders();
  await rm(scratch, { recursive: true, force: true });
});

const PRICES = csvTables()['prices']?.[0] ?? '';
const NEXT_DAY = '2024-01-11';
const bar = (symbol: string, seq: number, change: (line: string) => string = (line) => line): string =>
  change(
    `${symbol},${NEXT_DAY},${NEXT_DAY}T05:30:00Z,${NEXT_DAY}T06:00:00Z,100,102,99,101,1000,${String(seq)}`,
  );

/** A folder whose calendar knows the next day already. */
async function market(): Promise<string> {
  made += 1;
  const tables = csvTables();
  tables['calendar']?.push(`${NEXT_DAY},${NEXT_DAY}T01:00:00Z,${NEXT_DAY}T05:30:00Z`);
  return writeCsvFolder(join(scratch, `market-${String(made)}`), tables);
}

async function append(
  folder: string,
  tables: Readonly<Record<string, readonly string[]>>,
  knownAt: string | null = null,
): Promise<AppendReport> {
  made += 1;
  const from = await writeCsvFolder(join(scratch, `rows-${String(made)}`), tables);
  return appendToFolder({ folder, from, knownAt });
}

const refusal = async (
  work: Promise<unknown>,
): Promise<{ code: string; message: string; details: unknown }> =>
  work.then(
    () => {
      throw new Error('nothing was refused');
    },
    (error: unknown) => error as { code: string; message: string; details: unknown },
  );

const oldBar = (text: string | RegExp, to: string): string =>
  (csvTables()['prices']?.[4] ?? '').replace(text, to);

describe('contender data append', () => {
  it('adds the rows of a day as a part, leaves every file alone, and shows them to whoever opens the folder', async () => {
    const folder = await market();
    const before = await readFile(join(folder, 'prices.csv'));
    await withMarketFolder(folder, 'XTAI', () => Promise.resolve());
    const report = await append(folder, { prices: [PRICES, bar('1101', 22), bar('1102', 23)] });
    expect(report).toMatchObject({
      part: 'parts/000001',
      knownBefore: '2024-01-10T06:00:00.000Z',
      tables: [{ table: 'prices', added: 2, present: 0, restated: 0 }],
    });
    expect(await readFile(join(folder, 'prices.csv'))).toEqual(before);
    const files = await withMarketFolder(folder, 'XTAI', ({ sources }) => Promise.resolve(sources));
    expect(files.map(({ file, rows }) => [file, rows])).toEqual(
      expect.arrayContaining([
        ['prices.csv', 21],
        ['parts/000001/prices.parquet', 2],
      ]),
    );
  });

  it('adds nothing when rows are there already, and only the new ones among them', async () => {
    const folder = await market();
    const all = csvTables()['prices'] ?? [];
    expect(await append(folder, { prices: all })).toMatchObject({
      part: null,
      tables: [{ added: 0, present: 21 }],
    });
    const report = await append(folder, { prices: [...all, bar('1101', 22)] });
    expect(report.tables).toMatchObject([{ added: 1, present: 21 }]);
    expect(await append(folder, { prices: [...all, bar('1101', 22)] })).toMatchObject({ part: null });
    expect(await readdir(join(folder, 'parts'))).toEqual(['000001']);
  });

  it('refuses a row that changes one that is there, one known too early, and writes nothing', async () => {
    const folder = await market();
    const changed = await refusal(
      append(folder, { prices: [PRICES, bar('1101', 22), oldBar(',1000,', ',999,')] }),
    );
    expect(changed).toMatchObject({ code: 'HISTORY_REWRITTEN', details: { file: 'prices.csv', row: 2 } });
    expect(changed.message).toContain('other values');
    const late = await refusal(append(folder, { prices: [PRICES, oldBar(/\d+$/u, '900')] }));
    expect(late).toMatchObject({ code: 'HISTORY_REWRITTEN', details: { file: 'prices.csv', row: 1 } });
    expect(late.message).toContain('2024-01-10T06:00:00.000Z');
    expect(await readdir(folder)).not.toContain('parts');
  });

  it('takes a correction with a later knowledge_ts, and late rows as known at the instant that is named', async () => {
    const folder = await market();
    const correction = oldBar('T06:00:00Z', 'T06:00:00Z').replace(
      /2024-01-03T06:00:00Z/u,
      '2024-01-11T07:00:00Z',
    );
    expect(await append(folder, { prices: [PRICES, correction] })).toMatchObject({ part: 'parts/000001' });
    const knownAt = '2024-01-12T00:00:00.000Z';
    const changed = csvTables()['prices']?.[7]?.replace(',1000,', ',999,') ?? '';
    const restated = await append(folder, { prices: [PRICES, changed] }, knownAt);
    expect(restated.tables).toMatchObject([{ added: 1, present: 0, restated: 1 }]);
    const [row] = await rowsOf(`SELECT * FROM '${join(folder, 'parts/000002/prices.parquet')}'`);
    expect(row).toMatchObject({ volume: 999, knowledge_ts: '2024-01-12 00:00:00+00' });
    // The same source read whole on the next day says nothing new.
    expect(await append(folder, { prices: [PRICES, changed] }, '2024-01-13T00:00:00.000Z')).toMatchObject({
      part: null,
    });
    const past = await refusal(append(folder, { prices: [PRICES, changed] }, '2024-01-05T00:00:00.000Z'));
    expect(past.code).toBe('IMPORT_SOURCE_INVALID');
  });

  it('applies every rule of the format to the new rows and names their file', async () => {
    const folder = await market();
    const wrong = await refusal(
      append(folder, {
        prices: [PRICES, bar('1101', 22), bar('1102', 23, (line) => line.replace(',102,99,', ',90,99,'))],
      }),
    );
    expect(wrong).toMatchObject({ code: 'MARKET_BAR_INVERTED', details: { file: 'prices.csv', row: 2 } });
    const unknown = await refusal(append(folder, { prices: [PRICES, bar('7777', 22)] }));
    expect(unknown).toMatchObject({ code: 'MARKET_SYMBOL_UNKNOWN', details: { file: 'prices.csv', row: 1 } });
    const noSession = await refusal(
      append(folder, { prices: [PRICES, bar('1101', 22).replaceAll(NEXT_DAY, '2024-01-12')] }),
    );
    expect(noSession).toMatchObject({ code: 'CALENDAR_INCOMPLETE', details: { row: 1 } });
  });

  it('takes new symbols, sessions ahead and a delisting, but neither an old session nor another listing date', async () => {
    const folder = await market();
    const report = await append(folder, {
      symbols: [
        'symbol,listed_date,delisted_date,delisting_knowledge_ts',
        '1101,2020-01-02,,',
        '1102,2020-01-02,2024-01-12,2024-01-11T02:00:00Z',
        '1104,2024-01-11,,',
      ],
      calendar: [
        'session_date,open_ts,close_ts',
        `${NEXT_DAY},${NEXT_DAY}T01:00:00Z,${NEXT_DAY}T04:00:00Z`,
        '2024-01-12,2024-01-12T01:00:00Z,2024-01-12T05:30:00Z',
      ],
      prices: [PRICES, bar('1104', 22).replace('T05:30:00Z', 'T04:00:00Z')],
    });
    expect(report.tables).toMatchObject([
      { table: 'prices', added: 1 },
      { table: 'symbols', added: 2, present: 1 },
      { table: 'calendar', added: 2 },
    ]);
    expect(await checkMarketFolder(folder, 5)).toMatchObject({ errors: 0 });
    await withMarketFolder(folder, 'XTAI', async ({ calendar, connect }) => {
      expect(calendar.session(NEXT_DAY).closeInstant).toBe('2024-01-11T04:00:00.000Z');
      const connection = await connect();
      const symbols = await connection.runAndReadAll(
        'SELECT symbol, delisted_date IS NULL FROM symbols ORDER BY 1',
      );
      connection.closeSync();
      expect(symbols.getRowsJson()).toEqual([
        ['1101', true],
        ['1102', false],
        ['1103', true],
        ['1104', true],
      ]);
    });
    const symbols = ['symbol,listed_date,delisted_date,delisting_knowledge_ts', '1103,2019-01-02,,'];
    expect((await refusal(append(folder, { symbols }))).code).toBe('HISTORY_REWRITTEN');
    const calendar = [
      'session_date,open_ts,close_ts',
      '2024-01-06,2024-01-06T01:00:00Z,2024-01-06T05:30:00Z',
    ];
    expect(await refusal(append(folder, { calendar }))).toMatchObject({
      code: 'HISTORY_REWRITTEN',
      details: { file: 'calendar.csv', row: 1 },
    });
  });

  it('lets one of two appends at the same time win, and the other says so', async () => {
    const folder = await market();
    const settled = await Promise.allSettled([
      append(folder, { prices: [PRICES, bar('1101', 22)] }),
      append(folder, { prices: [PRICES, bar('1102', 23)] }),
    ]);
    const lost = settled.filter((result) => result.status === 'rejected');
    expect(settled.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    expect(lost.map(({ reason }) => (reason as { code: string }).code)).toEqual(['APPEND_OVERTAKEN']);
    expect(await readdir(join(folder, 'parts'))).toEqual(['000001']);
  });

  it('does not see a draft that a killed append left, and sweeps an old one', async () => {
    const folder = await market();
    const draft = join(folder, 'parts', '.draft-abandoned');
    await mkdir(draft, { recursive: true });
    await writeFile(join(draft, 'prices.parquet'), 'half a file');
    expect(await checkMarketFolder(folder, 5)).toMatchObject({ errors: 0 });
    await utimes(draft, new Date(0), new Date(0));
    await append(folder, { prices: [PRICES, bar('1101', 22)] });
    expect(await readdir(join(folder, 'parts'))).toEqual(['000001']);
  });

  it('finds a part that was changed, and one that was taken away', async () => {
    const folder = await market();
    await append(folder, { prices: [PRICES, bar('1101', 22)] });
    await append(folder, { prices: [PRICES, bar('1102', 23).replace('T06:00:00Z', 'T06:30:00Z')] });
    await rowsOf(
      `COPY (SELECT * REPLACE (close + 1 AS close) FROM '${join(folder, 'parts/000002/prices.parquet')}')
       TO '${join(folder, 'parts/000002/prices.parquet')}' (FORMAT parquet)`,
    );
    const report = await checkMarketFolder(folder, 5);
    expect(report.findings).toMatchObject([
      { code: 'MARKET_PART_BROKEN', file: 'parts/000002/prices.parquet', row: null },
    ]);
    await rm(join(folder, 'parts', '000001'), { recursive: true });
    expect((await refusal(checkMarketFolder(folder, 5))).code).toBe('MARKET_PART_BROKEN');
  });

  it('names what cannot be appended', async () => {
    const folder = await market();
    const odd = await temporaryFolder();
    await writeFile(join(odd, 'bars.csv'), 'a,b\n1,2\n');
    for (const from of [odd, join(odd, 'bars.csv'), join(odd, 'nothing')]) {
      expect((await refusal(appendToFolder({ folder, from, knownAt: null }))).code).toBe(
        'IMPORT_SOURCE_INVALID',
      );
    }
    await rm(odd, { recursive: true });
  });
});
