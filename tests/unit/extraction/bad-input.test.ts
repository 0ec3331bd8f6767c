import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ContenderError } from '../../../contracts/error.ts';
import { LabelSpec } from '../../../contracts/spec.ts';
import { checkMarketFolder } from '../../../extraction/check-folder.ts';
import { closeMarketFolders } from '../../../extraction/folder-cache.ts';
import { extractSession } from '../../../extraction/session.ts';
import { extractSnapshot } from '../../../extraction/snapshot.ts';
import { csvTables, rowsOf, temporaryFolder, TINY_FEATURES, writeCsvFolder } from './small-market.ts';

const AS_OF = '2024-01-10T07:00:00.000Z';
let scratch = '';
let made = 0;

beforeAll(async () => {
  scratch = await temporaryFolder();
});

afterAll(async () => {
  await closeMarketFolders();
  await rm(scratch, { recursive: true, force: true });
});

type Tables = Record<string, string[]>;

async function folderWith(change: (tables: Tables) => Tables): Promise<string> {
  made += 1;
  return writeCsvFolder(join(scratch, `market-${String(made)}`), change(csvTables()));
}

function extract(folder: string, options: { asOf?: string; sql?: string; fromSession?: string } = {}) {
  return extractSnapshot({
    folder,
    market: 'XTAI',
    features: { sql: options.sql ?? TINY_FEATURES },
    asOf: options.asOf ?? AS_OF,
    label: LabelSpec.parse({ horizonSessions: 1 }),
    fromSession: options.fromSession ?? null,
    outDir: join(scratch, `out-${String(made)}`),
  });
}

/** The refusal of an extraction, which must have written nothing. */
async function refusalOf(work: Promise<unknown>): Promise<ContenderError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ContenderError)) throw new Error(`not refused by a rule: ${String(error)}`);
  expect(error.remedy).not.toBe('');
  expect(await readdir(join(scratch, `out-${String(made)}`)).catch(() => [])).toEqual([]);
  return error;
}

/** Replaces a text in one line of a table; line 0 is the header. */
const edit =
  (table: string, line: number, from: string | RegExp, to: string) =>
  (tables: Tables): Tables => {
    const lines = [...(tables[table] ?? [])];
    const before = lines[line] ?? '';
    lines[line] = before.replace(from, to);
    if (lines[line] === before) throw new Error(`nothing to replace in ${before}`);
    return { ...tables, [table]: lines };
  };

const without = (table: string) => (tables: Tables) =>
  Object.fromEntries(Object.entries(tables).filter(([name]) => name !== table));

const CASES: readonly (readonly [
  what: string,
  change: (tables: Tables) => Tables,
  code: string,
  file: string,
  row: number | null,
])[] = [
  ['a missing table', without('membership'), 'MARKET_TABLE_MISSING', '', null],
  ['a missing column', edit('prices', 0, 'volume', 'quantity'), 'MARKET_COLUMN_MISSING', 'prices.csv', null],
  [
    'an unknown column that is no number',
    (t) => ({
      ...t,
      membership: (t['membership'] ?? []).map((line, at) => `${line},${at === 0 ? 'index' : 'big'}`),
    }),
    'MARKET_COLUMN_UNKNOWN',
    'membership.csv',
    null,
  ],
  [
    'a duplicate key',
    (t) => ({ ...t, prices: [...(t['prices'] ?? []), t['prices']?.[4] ?? ''] }),
    'MARKET_DUPLICATE_KEY',
    'prices.csv',
    4,
  ],
  ['a NaN price', edit('prices', 3, /,\d+,1000/u, ',nan,1000'), 'MARKET_PRICE_INVALID', 'prices.csv', 3],
  ['a price of zero', edit('prices', 5, /,\d+,1000/u, ',0,1000'), 'MARKET_PRICE_INVALID', 'prices.csv', 5],
  ['a negative volume', edit('prices', 5, ',1000,', ',-5,'), 'MARKET_PRICE_INVALID', 'prices.csv', 5],
  [
    'a high below the low',
    edit('prices', 2, /Z,\d+,\d+,/u, 'Z,109,50,'),
    'MARKET_BAR_INVERTED',
    'prices.csv',
    2,
  ],
  [
    'knowledge before the event',
    edit('prices', 6, '06:00:00Z', '05:00:00Z'),
    'KNOWLEDGE_BEFORE_EVENT',
    'prices.csv',
    6,
  ],
  [
    'an instant without a zone',
    edit('prices', 1, '06:00:00Z', '06:00:00'),
    'MARKET_VALUE_INVALID',
    'prices.csv',
    1,
  ],
  ['an empty cell', edit('prices', 7, ',1000,', ',,'), 'MARKET_VALUE_INVALID', 'prices.csv', 7],
  ['text for a number', edit('prices', 7, ',1000,', ',many,'), 'MARKET_VALUE_INVALID', 'prices.csv', 7],
  [
    'a date that does not exist',
    edit('calendar', 2, '2024-01-03,', '2024-02-30,'),
    'MARKET_VALUE_INVALID',
    'calendar.csv',
    2,
  ],
  [
    'a calendar without a day that has bars',
    (t) => ({ ...t, calendar: (t['calendar'] ?? []).filter((_, at) => at !== 3) }),
    'CALENDAR_INCOMPLETE',
    'prices.csv',
    7,
  ],
  [
    'a session twice in the calendar',
    (t) => ({ ...t, calendar: [...(t['calendar'] ?? []), t['calendar']?.[1] ?? ''] }),
    'MARKET_DUPLICATE_KEY',
    'calendar.csv',
    1,
  ],
  ['a bar of an unknown symbol', edit('prices', 8, '1102', '7777'), 'MARKET_SYMBOL_UNKNOWN', 'prices.csv', 8],
  [
    'a table without rows',
    (t) => ({ ...t, prices: [t['prices']?.[0] ?? ''] }),
    'MARKET_TABLE_EMPTY',
    'prices.csv',
    null,
  ],
  [
    'an unknown membership action',
    edit('membership', 2, 'add', 'join'),
    'MARKET_VALUE_INVALID',
    'membership.csv',
    2,
  ],
  [
    'a dividend above the price',
    (t) => ({
      ...t,
      corporate_actions: [
        'symbol,ex_date,kind,ratio,amount,prev_close,knowledge_ts,seq',
        '1101,2024-01-04,cash_dividend,1,120,101,2024-01-02T00:00:00Z,1',
      ],
    }),
    'CORPORATE_ACTION_INVALID',
    'corporate_actions.csv',
    1,
  ],
];

describe('extraction refuses, names file and row, and writes nothing', () => {
  it.each(CASES)('%s', async (_what, change, code, file, row) => {
    const error = await refusalOf(extract(await folderWith(change)));
    expect(error.code).toBe(code);
    expect(error.kind).toBe('refused');
    if (file !== '') {
      expect(error.details).toMatchObject({ file, row });
      expect(error.message).toContain(row === null ? file : `${file} row ${String(row)}`);
    }
  });

  it('a folder that does not exist', async () => {
    expect((await refusalOf(extract(join(scratch, 'nowhere')))).code).toBe('MARKET_TABLE_MISSING');
  });

  it('a file that is no table', async () => {
    const folder = await folderWith((tables) => tables);
    await writeFile(join(folder, 'prices.parquet'), 'these are not the bytes of a table');
    expect((await refusalOf(extract(folder))).code).toBe('MARKET_FILE_UNREADABLE');
  });

  it('a Parquet column of another type', async () => {
    const folder = await folderWith(without('prices'));
    await rowsOf(
      `COPY (SELECT symbol, CAST(session_date AS DATE) AS session_date, CAST(event_ts AS TIMESTAMP) AS event_ts,
         CAST(knowledge_ts AS TIMESTAMP) AS knowledge_ts, 1.0 AS open, 1.0 AS high, 1.0 AS low, 1.0 AS close, 1 AS volume, 1 AS seq
       FROM (VALUES ('1101', '2024-01-02', '2024-01-02 05:30:00', '2024-01-02 06:00:00')) v (symbol, session_date, event_ts, knowledge_ts))
       TO '${join(folder, 'prices.parquet')}' (FORMAT parquet)`,
    );
    const error = await refusalOf(extract(folder));
    expect([error.code, error.details['column']]).toEqual(['MARKET_COLUMN_TYPE', 'event_ts']);
  });

  it('an empty universe', async () => {
    const error = await refusalOf(
      extract(
        await folderWith((t) => ({
          ...t,
          membership: (t['membership'] ?? []).map((line) => line.replace('add', 'drop')),
        })),
      ),
    );
    expect(error.code).toBe('UNIVERSE_EMPTY');
  });

  it('an as-of instant before the first row, and one before the first label', async () => {
    const folder = await folderWith((tables) => tables);
    expect((await refusalOf(extract(folder, { asOf: '2023-12-29T00:00:00.000Z' }))).code).toBe(
      'AS_OF_TOO_EARLY',
    );
    expect((await refusalOf(extract(folder, { asOf: '2024-01-04T07:00:00.000Z' }))).code).toBe(
      'AS_OF_TOO_EARLY',
    );
  });

  it('a session that is none, and a session that has not closed', async () => {
    const folder = await folderWith((tables) => tables);
    expect((await refusalOf(extract(folder, { fromSession: '2024-01-06' }))).code).toBe('SESSION_UNKNOWN');
    const session = {
      folder,
      market: 'XTAI',
      features: { sql: TINY_FEATURES },
      session: '2024-01-10',
    } as const;
    const open = extractSession({ ...session, asOf: '2024-01-10T04:00:00.000Z' });
    expect((await refusalOf(open)).code).toBe('AS_OF_TOO_EARLY');
  });

  it('a feature set of price levels when the prices were adjusted backwards', async () => {
    const folder = await folderWith((tables) => tables);
    await writeFile(join(folder, 'source.json'), JSON.stringify({ adjustment: 'backward' }));
    const sql = TINY_FEATURES.replace('-- column up', '-- levels: yes\n-- column up');
    expect((await refusalOf(extract(folder, { sql }))).code).toBe('PRICE_LEVELS_REFUSED');
    await extract(folder);
  });
});

describe('feature SQL cannot', () => {
  const withQuery = (query: string): string => TINY_FEATURES.replace(/SELECT[\s\S]*/u, query);
  const QUERIES: readonly (readonly [string, string])[] = [
    [
      'read a file',
      `SELECT symbol, session_index, (SELECT count(*) FROM read_text('/etc/hostname')) AS up, 1 AS place FROM windows`,
    ],
    ['write a table', 'DROP TABLE prices'],
    [
      'hide a second statement',
      'SELECT symbol, session_index, 1 AS up, 1 AS place FROM windows); DROP TABLE prices; SELECT * FROM (SELECT 1',
    ],
    [
      'leave out a decision',
      `SELECT symbol, session_index, 1 AS up, 1 AS place FROM windows WHERE symbol > '1101'`,
    ],
    ['repeat a decision', 'SELECT symbol, session_index, 1 AS up, unnest([1, 2]) AS place FROM windows'],
    ['give other columns than it declares', 'SELECT symbol, session_index, 1 AS place, 1 AS up FROM windows'],
    [
      'read what it does not declare',
      'SELECT symbol, session_index, volume[-1] AS up, 1 AS place FROM windows',
    ],
  ];

  it.each(QUERIES)('%s', async (_what, query) => {
    const folder = await folderWith((tables) => tables);
    expect((await refusalOf(extract(folder, { sql: withQuery(query) }))).code).toBe('FEATURE_SET_INVALID');
    const honest = await extract(folder);
    expect(honest.manifest.shape.rows).toBe(18);
  });
});

describe('contender data check', () => {
  it('finds nothing in a sound folder', async () => {
    const report = await checkMarketFolder(await folderWith((tables) => tables), 10);
    expect(report).toMatchObject({ errors: 0, warnings: 0, findings: [] });
    expect(report.files).toContainEqual({ file: 'prices.csv', rows: 21 });
  });

  it('lists every offending row with its number, and counts those it does not list', async () => {
    const folder = await folderWith((t) => ({
      ...t,
      prices: (t['prices'] ?? []).map((line, at) =>
        at === 2 || at > 18 ? line.replace(/,\d+,1000/u, ',-1,1000') : line,
      ),
    }));
    const report = await checkMarketFolder(folder, 2);
    expect(report.errors).toBe(4);
    expect(report.findings.map(({ row, column, code }) => [row, column, code])).toEqual([
      [2, 'close', 'MARKET_PRICE_INVALID'],
      [19, 'close', 'MARKET_PRICE_INVALID'],
    ]);
  });

  it('warns of a move that no corporate action explains', async () => {
    const folder = await folderWith(edit('prices', 19, /Z,\d+,\d+,\d+,\d+,/u, 'Z,53,54,52,53,'));
    const report = await checkMarketFolder(folder, 10);
    expect(report.errors).toBe(0);
    expect(report.findings.map(({ code, row }) => [code, row])).toEqual([['LARGE_UNEXPLAINED_MOVE', 19]]);
  });
});

describe('extra numeric columns', () => {
  it('are carried into the windows', async () => {
    const folder = await folderWith((t) => ({
      ...t,
      prices: (t['prices'] ?? []).map((line, at) => `${line},${at === 0 ? 'foreign_net' : String(at * 10)}`),
    }));
    const sql = TINY_FEATURES.replace('close, ret', 'foreign_net').replaceAll('ret[-1]', 'foreign_net[-1]');
    const { rowsPath } = await extract(folder, { sql });
    const rows = await rowsOf(`SELECT up FROM '${rowsPath}' ORDER BY session, symbol LIMIT 3`);
    expect(rows.map((row) => row['up'])).toEqual([40, 50, 60]);
  });
});
