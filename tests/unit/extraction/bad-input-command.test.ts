import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../../cli/program.ts';
import { closeMarketFolders } from '../../../extraction/folder-cache.ts';
import { csvTables, temporaryFolder, writeCsvFolder } from './small-market.ts';

/**
 * Every way in which input can be bad, once as CSV and once as Parquet, through the command line: `data check` names the
 * file, the row and the column, and `extract` refuses with the same code and writes nothing.
 */

type Tables = Record<string, string[]>;

interface Fault {
  readonly what: string;
  readonly code: string;
  readonly table: string;
  /** Data row; null: the whole file. */
  readonly row: number | null;
  readonly column: string | null;
  /** Changes the texts of the CSV tables; null: CSV cannot hold the fault. */
  readonly csv: ((tables: Tables) => Tables) | null;
  /** Query that replaces the faulty table's rows; null: Parquet cannot hold the fault. */
  readonly parquet: string | null;
}

const TYPES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  prices: {
    session_date: 'DATE',
    event_ts: 'TIMESTAMPTZ',
    knowledge_ts: 'TIMESTAMPTZ',
    open: 'DOUBLE',
    high: 'DOUBLE',
    low: 'DOUBLE',
    close: 'DOUBLE',
    volume: 'BIGINT',
    seq: 'BIGINT',
  },
  membership: { effective_date: 'DATE', knowledge_ts: 'TIMESTAMPTZ', seq: 'BIGINT' },
  symbols: { listed_date: 'DATE', delisted_date: 'DATE', delisting_knowledge_ts: 'TIMESTAMPTZ' },
  calendar: { session_date: 'DATE', open_ts: 'TIMESTAMPTZ', close_ts: 'TIMESTAMPTZ' },
};

const edit =
  (table: string, line: number, from: string | RegExp, to: string) =>
  (tables: Tables): Tables => {
    const lines = [...(tables[table] ?? [])];
    const before = lines[line] ?? '';
    lines[line] = before.replace(from, to);
    if (lines[line] === before) throw new Error(`nothing to replace in ${before}`);
    return { ...tables, [table]: lines };
  };

const replaced = (row: number, expression: string, column: string): string =>
  `SELECT * REPLACE (CASE WHEN nr = ${String(row)} THEN ${expression} ELSE ${column} END AS ${column}) FROM prices`;

const price = (
  what: string,
  row: number,
  column: string,
  text: string,
  value: string,
  code: string,
): Fault => {
  const at = [
    'symbol',
    'session_date',
    'event_ts',
    'knowledge_ts',
    'open',
    'high',
    'low',
    'close',
    'volume',
    'seq',
  ];
  return {
    what,
    code,
    table: 'prices',
    row,
    column,
    csv: (tables) => {
      const cells = (tables['prices']?.[row] ?? '').split(',');
      cells[at.indexOf(column)] = text;
      return {
        ...tables,
        prices: (tables['prices'] ?? []).map((line, nr) => (nr === row ? cells.join(',') : line)),
      };
    },
    parquet: replaced(row, value, column),
  };
};

const FAULTS: readonly Fault[] = [
  price('a NaN price', 3, 'close', 'nan', `'nan'::DOUBLE`, 'MARKET_PRICE_INVALID'),
  price('an infinite price', 3, 'open', 'inf', `'inf'::DOUBLE`, 'MARKET_PRICE_INVALID'),
  price('a price of zero', 5, 'low', '0', '0', 'MARKET_PRICE_INVALID'),
  price('a negative volume', 5, 'volume', '-5', '-5', 'MARKET_PRICE_INVALID'),
  price('a high below the low', 2, 'high', '50', '50', 'MARKET_BAR_INVERTED'),
  price('a volume beyond 2^53', 4, 'volume', '9007199254740993', '9007199254740993', 'MARKET_VALUE_INVALID'),
  price('a price beyond 2^53', 4, 'close', '1e300', '1e300', 'MARKET_VALUE_INVALID'),
  price('an empty cell', 7, 'volume', '', 'NULL', 'MARKET_VALUE_INVALID'),
  price('an empty symbol', 7, 'symbol', '""', `''`, 'MARKET_VALUE_INVALID'),
  price(
    'an invisible sign in a symbol',
    7,
    'symbol',
    '1101\u0007',
    `'1101' || chr(7)`,
    'MARKET_VALUE_INVALID',
  ),
  price('an unknown symbol', 8, 'symbol', '7777', `'7777'`, 'MARKET_SYMBOL_UNKNOWN'),
  price('a date far away', 8, 'session_date', '2924-01-04', `DATE '2924-01-04'`, 'MARKET_VALUE_INVALID'),
  price('an endless date', 8, 'session_date', 'infinity', `'infinity'::DATE`, 'MARKET_VALUE_INVALID'),
  price(
    'a session that the calendar lacks',
    9,
    'session_date',
    '2024-01-06',
    `DATE '2024-01-06'`,
    'CALENDAR_INCOMPLETE',
  ),
  price(
    'knowledge before the event',
    6,
    'knowledge_ts',
    '2024-01-03T05:00:00Z',
    `TIMESTAMPTZ '2024-01-03 05:00:00+00'`,
    'KNOWLEDGE_BEFORE_EVENT',
  ),
  price(
    'an event hours away from its session: the offset was applied twice',
    6,
    'event_ts',
    '2024-01-02T21:30:00Z',
    `TIMESTAMPTZ '2024-01-02 21:30:00+00'`,
    'EVENT_OUTSIDE_SESSION',
  ),
  {
    what: 'an instant without a zone',
    code: 'MARKET_VALUE_INVALID',
    table: 'prices',
    row: 1,
    column: 'knowledge_ts',
    csv: edit('prices', 1, '06:00:00Z', '06:00:00'),
    parquet: null,
  },
  {
    what: 'mixed time zones',
    code: 'MARKET_TIME_ZONE_MIXED',
    table: 'prices',
    row: 4,
    column: 'event_ts',
    csv: edit('prices', 4, 'T05:30:00Z', 'T13:30:00+08:00'),
    parquet: null,
  },
  {
    what: 'a column of instants without their zone',
    code: 'MARKET_COLUMN_TYPE',
    table: 'prices',
    row: null,
    column: 'knowledge_ts',
    csv: null,
    parquet: 'SELECT * REPLACE (CAST(knowledge_ts AS TIMESTAMP) AS knowledge_ts) FROM prices',
  },
  {
    what: 'prices as texts',
    code: 'MARKET_COLUMN_TYPE',
    table: 'prices',
    row: null,
    column: 'close',
    csv: null,
    parquet: 'SELECT * REPLACE (CAST(close AS VARCHAR) AS close) FROM prices',
  },
  {
    what: 'a sequence number too great',
    code: 'MARKET_VALUE_INVALID',
    table: 'prices',
    row: 2,
    column: 'seq',
    csv: edit('prices', 2, /\d+$/u, '99999999999999999999'),
    parquet:
      'SELECT * REPLACE (CASE WHEN nr = 2 THEN 18446744073709551615 ELSE seq END::UBIGINT AS seq) FROM prices',
  },
  {
    what: 'a sequence number that is a fraction',
    code: 'MARKET_COLUMN_TYPE',
    table: 'prices',
    row: null,
    column: 'seq',
    csv: null,
    parquet: 'SELECT * REPLACE (CAST(seq AS DOUBLE) AS seq) FROM prices',
  },
  {
    what: 'text for a number',
    code: 'MARKET_VALUE_INVALID',
    table: 'prices',
    row: 7,
    column: 'volume',
    csv: edit('prices', 7, ',1000,', ',many,'),
    parquet: null,
  },
  {
    what: 'a duplicate key with its seq',
    code: 'MARKET_DUPLICATE_KEY',
    table: 'prices',
    row: 4,
    column: null,
    csv: (tables) => ({ ...tables, prices: [...(tables['prices'] ?? []), tables['prices']?.[4] ?? ''] }),
    parquet: 'SELECT * FROM prices UNION ALL SELECT * FROM prices WHERE nr = 4',
  },
  {
    what: 'no column that orders duplicates',
    code: 'MARKET_COLUMN_MISSING',
    table: 'prices',
    row: null,
    column: 'seq',
    csv: (tables) => ({
      ...tables,
      prices: (tables['prices'] ?? []).map((line) => line.replace(/,[^,]+$/u, '')),
    }),
    parquet: 'SELECT * EXCLUDE (seq) FROM prices',
  },
  {
    what: 'an unknown column that is no number',
    code: 'MARKET_COLUMN_UNKNOWN',
    table: 'prices',
    row: null,
    column: 'broker',
    csv: (tables) => ({
      ...tables,
      prices: (tables['prices'] ?? []).map((line, at) => `${line},${at === 0 ? 'broker' : 'A'}`),
    }),
    parquet: `SELECT *, 'A' AS broker FROM prices`,
  },
  {
    what: 'a column named twice',
    code: 'MARKET_COLUMN_UNKNOWN',
    table: 'prices',
    row: null,
    column: 'close',
    csv: edit('prices', 0, 'open', 'close'),
    parquet: null,
  },
  {
    what: 'a row with a cell too few',
    code: 'MARKET_FILE_UNREADABLE',
    table: 'prices',
    row: 5,
    column: null,
    csv: edit('prices', 5, /,\d+$/u, ''),
    parquet: null,
  },
  {
    what: 'a quoted cell that never ends, behind which every row would be lost',
    code: 'MARKET_FILE_UNREADABLE',
    table: 'prices',
    row: 5,
    column: null,
    csv: edit('prices', 5, /^/u, '"'),
    parquet: null,
  },
  {
    what: 'a date that is the date of an instant',
    code: 'MARKET_VALUE_INVALID',
    table: 'prices',
    row: 3,
    column: 'session_date',
    csv: edit('prices', 3, /^([^,]+),([^,]+)/u, '$1,$2T20:00:00Z'),
    parquet: null,
  },
  {
    what: 'a sequence number with a fraction',
    code: 'MARKET_VALUE_INVALID',
    table: 'prices',
    row: 3,
    column: 'seq',
    csv: edit('prices', 3, /\d+$/u, '1.5'),
    parquet: null,
  },
  {
    what: 'a column named like something that is derived',
    code: 'MARKET_COLUMN_UNKNOWN',
    table: 'prices',
    row: null,
    column: 'ret',
    csv: (tables) => ({
      ...tables,
      prices: (tables['prices'] ?? []).map((line, at) => `${line},${at === 0 ? 'ret' : '0.5'}`),
    }),
    parquet: 'SELECT *, 0.5 AS ret FROM prices',
  },
  {
    what: 'a column without a name',
    code: 'MARKET_FILE_UNREADABLE',
    table: 'prices',
    row: null,
    column: null,
    csv: (tables) => ({ ...tables, prices: (tables['prices'] ?? []).map((line) => `${line},`) }),
    parquet: null,
  },
  {
    what: 'a table without rows',
    code: 'MARKET_TABLE_EMPTY',
    table: 'prices',
    row: null,
    column: null,
    csv: (tables) => ({ ...tables, prices: [tables['prices']?.[0] ?? ''] }),
    parquet: 'SELECT * FROM prices WHERE false',
  },
  {
    what: 'a day closed by mistake in the calendar',
    code: 'CALENDAR_INCOMPLETE',
    table: 'prices',
    row: 7,
    column: 'session_date',
    csv: (tables) => ({ ...tables, calendar: (tables['calendar'] ?? []).filter((_, at) => at !== 3) }),
    parquet: null,
  },
];

let scratch = '';
let made = 0;

beforeAll(async () => {
  scratch = await temporaryFolder();
});

afterAll(async () => {
  await closeMarketFolders();
  await rm(scratch, { recursive: true, force: true });
});

async function parquetFolder(fault: Fault | null): Promise<string> {
  made += 1;
  const csv = await writeCsvFolder(join(scratch, `texts-${String(made)}`), csvTables());
  const out = join(scratch, `parquet-${String(made)}`);
  await mkdir(out);
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`SET TimeZone = 'UTC'`);
  for (const [table, types] of Object.entries(TYPES)) {
    const casts = Object.entries(types).map(([name, type]) => `CAST(${name} AS ${type}) AS ${name}`);
    await connection.run(
      `CREATE TABLE ${table} AS SELECT *, row_number() OVER () AS nr FROM (SELECT * REPLACE (${casts.join(', ')})
       FROM read_csv('${join(csv, `${table}.csv`)}', all_varchar = true, header = true))`,
    );
    const query = fault?.table === table && fault.parquet !== null ? fault.parquet : `SELECT * FROM ${table}`;
    await connection.run(
      `COPY (SELECT * EXCLUDE (nr) FROM (${query})) TO '${join(out, `${table}.parquet`)}' (FORMAT parquet)`,
    );
  }
  instance.closeSync();
  return out;
}

async function csvFolder(change: (tables: Tables) => Tables): Promise<string> {
  made += 1;
  return writeCsvFolder(join(scratch, `csv-${String(made)}`), change(csvTables()));
}

async function contender(...args: string[]): Promise<{ readonly exit: number; readonly printed: string }> {
  let printed = '';
  const exit = await runCli([...args, '--json'], {
    showStacks: false,
    streams: {
      stdin: new PassThrough(),
      stdout: { write: (text: string) => (printed += text) },
      stderr: { write: () => undefined },
    },
    interrupted: new AbortController().signal,
    sources: { environment: {}, root: scratch },
  });
  return { exit, printed };
}

interface Printed {
  readonly error: {
    readonly code: string;
    readonly details: { readonly report?: { readonly findings: readonly Record<string, unknown>[] } };
  };
}

async function expectRefused(folder: string, fault: Fault, format: string): Promise<void> {
  const check = await contender('data', 'check', folder);
  expect(check.exit).toBe(1);
  const checked = JSON.parse(check.printed) as Printed;
  expect(checked.error.code).toBe('MARKET_FOLDER_REFUSED');
  const file = `${fault.table}.${format}`;
  expect(checked.error.details.report?.findings).toContainEqual(
    expect.objectContaining({ code: fault.code, file, row: fault.row, column: fault.column }),
  );
  const out = join(scratch, `out-${String(made)}`);
  const asOf = '2024-01-10T07:00:00.000Z';
  const extract = await contender(
    ...['extract', '--data', folder, '--features', 'price_volume', '--as-of', asOf, '--out', out],
  );
  expect(extract.exit).toBe(1);
  expect((JSON.parse(extract.printed) as Printed).error).toMatchObject({
    code: checked.error.details.report?.findings[0]?.['code'],
  });
  expect(await readdir(out).catch(() => [])).toEqual([]);
}

const named = (fault: Fault): [string, Fault] => [fault.what, fault];

describe('bad input through the command line is named by file and row, and nothing is written', () => {
  it.each(FAULTS.filter(({ csv }) => csv !== null).map(named))('as CSV: %s', async (_, fault) => {
    await expectRefused(await csvFolder(fault.csv ?? ((tables) => tables)), fault, 'csv');
  });

  it.each(FAULTS.filter(({ parquet }) => parquet !== null).map(named))('as Parquet: %s', async (_, fault) => {
    await expectRefused(await parquetFolder(fault), fault, 'parquet');
  });

  it('an empty file, a header without an end, and bytes that are no table', async () => {
    for (const [name, bytes] of [
      ['prices.csv', ''],
      ['prices.csv', '\u0000\u0001'],
      ['prices.parquet', ''],
      ['prices.parquet', 'PAR1 these are not the bytes of a table PAR1'],
    ] as const) {
      const folder = await csvFolder((tables) => tables);
      await writeFile(join(folder, name), bytes);
      const { exit, printed } = await contender('data', 'check', folder);
      expect(exit, name).toBe(1);
      const [finding] = (JSON.parse(printed) as Printed).error.details.report?.findings ?? [];
      expect(finding, name).toMatchObject({ file: name, row: null });
      expect(['MARKET_FILE_UNREADABLE', 'MARKET_COLUMN_MISSING']).toContain(finding?.['code']);
    }
  });

  it('pages of a Parquet file that cannot be decoded, behind a sound footer', async () => {
    const folder = await parquetFolder(null);
    const path = join(folder, 'prices.parquet');
    const bytes = await readFile(path);
    // The header of the first page stands behind the four bytes of the format's name.
    bytes.fill(0xff, 4, 60);
    await writeFile(path, bytes);
    const { exit, printed } = await contender('data', 'check', folder);
    expect(exit).toBe(1);
    const findings = (JSON.parse(printed) as Printed).error.details.report?.findings;
    expect(findings?.[0]).toMatchObject({ code: 'MARKET_FILE_UNREADABLE', file: 'prices.parquet' });
  });

  it('but a folder may stand under any name, and a column without values may have any type', async () => {
    const parquet = await parquetFolder(null);
    const csv = await csvFolder((tables) => tables);
    for (const [name, from] of [
      ['year=2024', parquet],
      ['a[1] *?', parquet],
      ["o'brien", csv],
      ['b[1]', csv],
    ] as const) {
      const folder = join(scratch, name);
      await cp(from, folder, { recursive: true });
      expect(await contender('data', 'check', folder), name).toMatchObject({ exit: 0 });
    }
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const hollow = `CAST(NULL AS INTEGER)`;
    const symbols = join(parquet, 'symbols.parquet');
    await connection.run(
      `CREATE TABLE s AS SELECT * REPLACE (${hollow} AS delisted_date, ${hollow} AS delisting_knowledge_ts) FROM '${symbols}'`,
    );
    await connection.run(`COPY s TO '${symbols}' (FORMAT parquet)`);
    instance.closeSync();
    expect(await contender('data', 'check', parquet)).toMatchObject({ exit: 0 });
  });

  it('but sound folders are not, in whatever order their rows stand', async () => {
    const unsorted = await csvFolder((tables) =>
      Object.fromEntries(
        Object.entries(tables).map(([table, [header = '', ...lines]]) => [
          table,
          [header, ...lines.toReversed()],
        ]),
      ),
    );
    for (const folder of [unsorted, await csvFolder((tables) => tables), await parquetFolder(null)]) {
      expect(await contender('data', 'check', folder)).toMatchObject({ exit: 0 });
    }
  });
});
