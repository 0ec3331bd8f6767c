import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ImportMapping } from '../../../contracts/import-mapping.ts';
import { LabelSpec } from '../../../contracts/spec.ts';
import { checkMarketFolder } from '../../../extraction/check-folder.ts';
import { closeMarketFolders } from '../../../extraction/folder-cache.ts';
import { importSource } from '../../../extraction/import/import-source.ts';
import { appendSource } from '../../../extraction/import/append-source.ts';
import { readMapping } from '../../../extraction/import/mapping-file.ts';
import { extractSnapshot } from '../../../extraction/snapshot.ts';
import { rowsOf, temporaryFolder, TINY_FEATURES } from './small-market.ts';

/** A vendor of its own kind: other names, other dates, local times, flows, statements, actions and index changes. */
const BARS = [
  'Ticker,TradeDate,O,H,L,C,Vol,ForeignBuy,Published',
  '2330,20240102,590,593,589,593,27997,1200,2024-01-02 14:00:00',
  '2330,20240103,584,585,576,578,37106,-800,2024-01-03 14:00:00',
  '2330,20240104,580,581,577,580,15309,,2024-01-05 09:00:00',
  '2330,20240105,578,580,574,576,18055,10,2024-01-05 14:00:00',
  '2330,20240103,584,585,576,579,37106,-800,2024-01-08 10:00:00',
  '1301,20240102,79,80,78,79.5,5000,5,2024-01-02 14:00:00',
  '1301,20240103,79,80,78,79,5000,5,2024-01-03 14:00:00',
  '1301,20240104,39.5,40,39,39.4,9000,5,2024-01-04 14:00:00',
  '1301,20240105,39,40,38,39,9000,5,2024-01-05 14:00:00',
];

const MAPPING = {
  schema: 1,
  market: 'XTAI',
  source: 'a vendor',
  timeZone: 'Asia/Taipei',
  dateFormat: '%Y%m%d',
  prices: {
    file: 'bars.csv',
    columns: {
      symbol: 'Ticker',
      date: 'TradeDate',
      open: 'O',
      high: 'H',
      low: 'L',
      close: 'C',
      volume: 'Vol',
    },
    carry: { foreign_net_shares: 'ForeignBuy' },
  },
  knowledge: { rule: 'column', column: 'Published' },
  corporateActions: {
    file: 'actions.csv',
    columns: {
      symbol: 'Ticker',
      ex_date: 'Ex',
      kind: 'Kind',
      ratio: 'Ratio',
      amount: 'Cash',
      known: 'Announced',
    },
  },
  fundamentals: {
    file: 'statements.csv',
    columns: {
      symbol: 'Ticker',
      period_end: 'Quarter',
      eps: 'EPS',
      revenue: 'Sales',
      book_value: 'Book',
      known: 'Published',
    },
    carry: { employees: 'Staff' },
  },
  membership: {
    rule: 'events',
    file: 'index.csv',
    columns: { symbol: 'Ticker', effective_date: 'From', action: 'What', known: 'Announced' },
  },
} as const;

const FILES: Readonly<Record<string, readonly string[]>> = {
  'bars.csv': BARS,
  'actions.csv': ['Ticker,Ex,Kind,Ratio,Cash,Announced', '1301,20240104,split,2,,2023-12-20 18:00:00'],
  'statements.csv': [
    'Ticker,Quarter,EPS,Sales,Book,Published,Staff',
    '2330,20230930,8.14,546700000000,1200,2023-11-14 16:00:00,76000',
    '2330,20230930,8.15,546700000000,1200,2024-01-04T08:00:00Z,',
  ],
  'index.csv': [
    'Ticker,From,What,Announced',
    '2330,20240102,add,2023-12-29 15:00:00',
    '1301,20240103,add,2023-12-29 15:00:00',
  ],
};

let scratch = '';
let made = 0;

beforeAll(async () => {
  scratch = await temporaryFolder();
});

afterAll(async () => {
  await closeMarketFolders();
  await rm(scratch, { recursive: true, force: true });
});

async function source(changes: Readonly<Record<string, readonly string[]>> = {}): Promise<string> {
  made += 1;
  const folder = join(scratch, `source-${String(made)}`);
  await mkdir(folder);
  for (const [file, lines] of Object.entries({ ...FILES, ...changes })) {
    await writeFile(join(folder, file), `${lines.join('\n')}\n`);
  }
  return folder;
}

async function imported(from: string, mapping: unknown = MAPPING): Promise<string> {
  const out = join(scratch, `folder-${String(made)}`);
  await importSource({ mapping: ImportMapping.parse(mapping), from, out, python: '/nowhere/python' });
  return out;
}

const rows = (folder: string, table: string, columns: string): Promise<Record<string, unknown>[]> =>
  rowsOf(`SELECT ${columns} FROM '${join(folder, `${table}.parquet`)}' ORDER BY ALL`);

const refusal = async (
  work: Promise<unknown>,
): Promise<{ code: string; message: string; details: Record<string, unknown> }> =>
  work.then(
    () => {
      throw new Error('nothing was refused');
    },
    (error: unknown) => error as { code: string; message: string; details: Record<string, unknown> },
  );

describe('an import by a mapping file', () => {
  it('gives a sound folder: versions, local times, carried flows, statements, actions and members', async () => {
    const folder = await imported(await source());
    expect(await checkMarketFolder(folder, 5)).toMatchObject({ errors: 0 });
    expect(
      await rows(
        folder,
        'prices',
        `symbol, CAST(session_date AS VARCHAR) AS d, close, foreign_net_shares AS f, CAST(knowledge_ts AS VARCHAR) AS k`,
      ),
    ).toEqual(
      expect.arrayContaining([
        { symbol: '2330', d: '2024-01-03', close: 578, f: -800, k: '2024-01-03 06:00:00+00' },
        { symbol: '2330', d: '2024-01-03', close: 579, f: -800, k: '2024-01-08 02:00:00+00' },
        { symbol: '2330', d: '2024-01-04', close: 580, f: null, k: '2024-01-05 01:00:00+00' },
      ]),
    );
    expect(
      await rows(folder, 'fundamentals', 'version, eps, employees, CAST(knowledge_ts AS VARCHAR) AS k'),
    ).toEqual([
      { version: '1', eps: 8.14, employees: 76000, k: '2023-11-14 08:00:00+00' },
      { version: '2', eps: 8.15, employees: null, k: '2024-01-04 08:00:00+00' },
    ]);
    expect(await rows(folder, 'corporate_actions', 'symbol, kind, ratio, prev_close')).toEqual([
      { symbol: '1301', kind: 'split', ratio: 2, prev_close: 79 },
    ]);
    expect(await rows(folder, 'membership', `symbol, action, CAST(knowledge_ts AS VARCHAR) AS k`)).toEqual([
      { symbol: '1301', action: 'add', k: '2023-12-29 07:00:00+00' },
      { symbol: '2330', action: 'add', k: '2023-12-29 07:00:00+00' },
    ]);
    // The next 60 sessions of the calendar stand behind the last bar.
    expect(await rows(folder, 'calendar', 'count(*) AS n')).toEqual([{ n: '64' }]);
  });

  it('reads the example of the documentation', async () => {
    const page = await readFile(join(import.meta.dirname, '../../../docs/market-data.md'), 'utf8');
    const example = /```yaml\n(schema: 1\n[\s\S]*?)```/u.exec(page)?.[1] ?? '';
    const file = join(scratch, 'example.yaml');
    await writeFile(file, example);
    expect(await readMapping(file)).toMatchObject({ market: 'XTAI', membership: { rule: 'lists' } });
  });

  it('knows bars by the rule of the mapping: after the close, or sessions later', async () => {
    const plain = { ...FILES, 'bars.csv': BARS.filter((_, at) => at !== 5) };
    const from = await source(plain);
    const knownAt = async (knowledge: unknown): Promise<unknown> => {
      made += 1;
      const folder = await imported(from, { ...MAPPING, knowledge });
      const [row] = await rows(folder, 'prices', `CAST(min(knowledge_ts) AS VARCHAR) AS k`);
      return row?.['k'];
    };
    expect(await knownAt({ rule: 'after-close', minutes: 30 })).toBe('2024-01-02 06:00:00+00');
    expect(await knownAt({ rule: 'sessions-later', sessions: 1, minutes: 0 })).toBe('2024-01-03 05:30:00+00');
  });

  it('carries the flag of backward adjusted prices, at which feature sets of levels are refused', async () => {
    const adjustment = { prices: 'backward' };
    const folder = await imported(await source(), { ...MAPPING, adjustment });
    const extract = (sql: string): Promise<unknown> =>
      extractSnapshot({
        folder,
        market: 'XTAI',
        features: { sql },
        asOf: '2024-01-08T23:00:00.000Z',
        label: LabelSpec.parse({ horizonSessions: 1 }),
        fromSession: null,
        outDir: join(scratch, `out-${String(made)}`),
      });
    const levels = TINY_FEATURES.replace('-- column up', '-- levels: yes\n-- column up');
    expect((await refusal(extract(levels))).code).toBe('PRICE_LEVELS_REFUSED');
    await extract(TINY_FEATURES);
  });

  it('derives the same actions from a factor that is anchored at either end', async () => {
    const lines = (factors: readonly number[]): readonly string[] => [
      'Ticker,TradeDate,O,H,L,C,Vol,F',
      ...['20240102,100', '20240103,98', '20240104,49', '20240105,50'].map(
        (head, at) => `2330,${head.replace(/,(\d+)/u, ',$1,$1,$1,$1')},1000,${String(factors[at])}`,
      ),
    ];
    const actions = async (factors: readonly number[]): Promise<unknown> => {
      const folder = await imported(await source({ 'bars.csv': lines(factors) }), {
        schema: 1,
        market: 'XTAI',
        dateFormat: '%Y%m%d',
        prices: { ...MAPPING.prices, carry: {} },
        knowledge: { rule: 'after-close', minutes: 30 },
        adjustment: { factor: { column: 'F' } },
      });
      return rows(
        folder,
        'corporate_actions',
        'CAST(ex_date AS VARCHAR) AS ex, kind, round(ratio, 6) AS ratio, amount',
      );
    };
    const expected = [
      { ex: '2024-01-03', kind: 'cash_dividend', ratio: 1, amount: 2 },
      { ex: '2024-01-04', kind: 'split', ratio: 2, amount: 0 },
    ];
    expect(await actions([1, 1 / 0.98, 2 / 0.98, 2 / 0.98])).toEqual(expected);
    expect(await actions([0.49, 0.5, 1, 1])).toEqual(expected);
  });

  it('appends what a source has gained, and refuses one that is not whole', async () => {
    const upTo = (day: string): readonly string[] =>
      BARS.filter((line, at) => at === 0 || line.slice(-19, -9) <= day);
    const folder = await imported(
      await source({
        'bars.csv': upTo('2024-01-04'),
        'statements.csv': (FILES['statements.csv'] ?? []).slice(0, 2),
      }),
    );
    const mapping = ImportMapping.parse(MAPPING);
    const options = { mapping, folder, knownAt: null, python: '/nowhere/python' };
    const report = await appendSource({
      ...options,
      from: await source({ 'statements.csv': (FILES['statements.csv'] ?? []).slice(0, 2) }),
    });
    expect(report.tables).toContainEqual({ table: 'prices', added: 4, present: 5, restated: 0 });
    expect(await checkMarketFolder(folder, 5)).toMatchObject({ errors: 0 });
    const whole = { ...options, from: await source() };
    // The statement came on the day before and was left out then.
    expect((await refusal(appendSource(whole))).code).toBe('HISTORY_REWRITTEN');
    const late = await appendSource({ ...whole, knownAt: '2024-01-09T00:00:00.000Z' });
    expect(late.tables).toContainEqual({ table: 'fundamentals', added: 1, present: 1, restated: 1 });
    const newest = {
      'bars.csv': [BARS[0] ?? '', BARS[4] ?? ''],
      'index.csv': (FILES['index.csv'] ?? []).slice(0, 2),
      'actions.csv': (FILES['actions.csv'] ?? []).slice(0, 1),
    };
    const part = await refusal(
      appendSource({
        ...options,
        mapping: { ...mapping, corporateActions: null },
        from: await source(newest),
      }),
    );
    expect(part.message).toContain('it is not whole');
  });

  const edited = (line: number, from: string, to: string): Record<string, readonly string[]> => ({
    'bars.csv': BARS.map((text, at) => (at === line ? text.replace(from, to) : text)),
  });
  const FAULTS: readonly (readonly [
    string,
    Record<string, readonly string[]>,
    string,
    string,
    number,
    string | null,
  ])[] = [
    [
      'a date that is none',
      edited(2, '20240103', '20241303'),
      'MARKET_VALUE_INVALID',
      'bars.csv',
      2,
      'TradeDate',
    ],
    ['text for a price', edited(3, ',580,581', ',n/a,581'), 'MARKET_VALUE_INVALID', 'bars.csv', 3, 'O'],
    ['an empty close', edited(4, ',576,18055', ',,18055'), 'MARKET_VALUE_INVALID', 'bars.csv', 4, 'C'],
    ['a price of zero', edited(1, ',593,27997', ',0,27997'), 'MARKET_PRICE_INVALID', 'bars.csv', 1, 'close'],
    [
      'a high below the low',
      edited(7, ',80,78,79,', ',70,78,79,'),
      'MARKET_BAR_INVERTED',
      'bars.csv',
      7,
      'high',
    ],
    [
      'a bar on a Sunday',
      edited(9, '20240105', '20240107'),
      'CALENDAR_INCOMPLETE',
      'bars.csv',
      9,
      'session_date',
    ],
    [
      'a bar known before its close',
      edited(6, '14:00:00', '09:00:00'),
      'KNOWLEDGE_BEFORE_EVENT',
      'bars.csv',
      6,
      'knowledge_ts',
    ],
    [
      'a row with a cell too many',
      edited(2, '37106', '37106,1'),
      'IMPORT_SOURCE_INVALID',
      'bars.csv',
      2,
      null,
    ],
    [
      'a member that has no bars',
      { 'index.csv': [...(FILES['index.csv'] ?? []), '9999,20240103,add,2023-12-29 15:00:00'] },
      'MARKET_SYMBOL_UNKNOWN',
      'index.csv',
      3,
      'symbol',
    ],
    [
      'an unknown kind of action',
      {
        'actions.csv': [
          'Ticker,Ex,Kind,Ratio,Cash,Announced',
          '1301,20240104,spin-off,2,,2023-12-20 18:00:00',
        ],
      },
      'CORPORATE_ACTION_INVALID',
      'actions.csv',
      1,
      'kind',
    ],
  ];

  it.each(FAULTS)(
    'refuses %s, names file, row and column, and writes nothing',
    async (_, changes, code, file, row, column) => {
      const out = `folder-${String(made + 1)}`;
      const error = await refusal(imported(await source(changes)));
      expect([error.code, error.details['row']]).toEqual([code, row]);
      expect(error.message).toContain(file);
      if (column !== null) expect(error.details).toMatchObject({ file, column });
      expect((await readdir(scratch)).filter((name) => name.includes(out))).toEqual([]);
    },
  );

  it('refuses two rows of one bar that no column orders', async () => {
    const knowledge = { rule: 'after-close', minutes: 30 };
    const error = await refusal(imported(await source(), { ...MAPPING, knowledge }));
    expect(error).toMatchObject({ code: 'MARKET_DUPLICATE_KEY', details: { file: 'bars.csv', row: 5 } });
  });

  it('refuses a local time when the mapping names no zone', async () => {
    const error = await refusal(imported(await source(), { ...MAPPING, timeZone: null }));
    expect(error).toMatchObject({ code: 'MARKET_VALUE_INVALID', details: { column: 'Published', row: 1 } });
  });

  it('refuses a source that lacks a column, and a mapping with a field that nobody knows', async () => {
    const error = await refusal(imported(await source({ 'bars.csv': ['Ticker,TradeDate', '1,20240102'] })));
    expect(error).toMatchObject({ code: 'IMPORT_SOURCE_INVALID' });
    expect(error.message).toContain('O, H, L, C');
    const file = join(scratch, 'mapping.yaml');
    await writeFile(file, 'schema: 1\nmarket: XTAI\ncolour: red\nprices: { file: bars.txt }\n');
    const invalid = await refusal(readMapping(file));
    expect(invalid.code).toBe('IMPORT_MAPPING_INVALID');
    expect(invalid.message).toMatch(/prices\.file: a \.csv or \.parquet file.*unknown field colour/u);
    expect((await refusal(readMapping(join(scratch, 'nowhere.yaml')))).code).toBe('IMPORT_MAPPING_INVALID');
  });
});
