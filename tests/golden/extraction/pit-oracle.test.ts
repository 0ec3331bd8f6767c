import { readFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { extractTable } from '../../../extraction/cross-section.ts';
import { loadFeatureSet } from '../../../extraction/feature-set.ts';
import { closeMarketFolders } from '../../../extraction/folder-cache.ts';
import { rewriteFolder, rowsOf, temporaryFolder } from '../../unit/extraction/small-market.ts';

/**
 * 40 symbols, 300 sessions with late, corrected and tied versions, and what a plain nested loop says about them at three
 * instants: dates, versions, keys and nulls exactly, floats to 1e-9. Two of the instants hit a knowledge time exactly, one
 * lies a millisecond before one.
 */
const DATA = join(import.meta.dirname, '..', 'data', 'pit');
const TABLES = ['prices', 'fundamentals', 'corporate_actions', 'membership', 'symbols', 'calendar'];
const INSTANTS = (JSON.parse(readFileSync(join(DATA, 'manifest.json'), 'utf8')) as { as_of: string[] }).as_of;

let scratch = '';
let expected: Record<string, unknown>[] = [];

beforeAll(async () => {
  scratch = await temporaryFolder();
  expected = await rowsOf(`SELECT * FROM '${join(DATA, 'expected.parquet')}' ORDER BY as_of, symbol`);
});

afterAll(async () => {
  await closeMarketFolders();
  await rm(scratch, { recursive: true, force: true });
});

async function crossSections(folder: string, name: string): Promise<Record<string, unknown>[]> {
  const set = await loadFeatureSet('pit_oracle');
  const files: string[] = [];
  for (const [at, asOf] of INSTANTS.entries()) {
    const file = join(scratch, `${name}-${String(at)}.parquet`);
    await extractTable({ folder, market: 'XTAI', set, asOf, file });
    files.push(`'${file}'`);
  }
  return rowsOf(`SELECT * FROM read_parquet([${files.join(', ')}]) ORDER BY as_of, symbol`);
}

/** Whole numbers arrive as numbers or as text, by their width. */
const cellsDiffer = (a: unknown, b: unknown): boolean =>
  typeof a === 'number' && typeof b === 'number'
    ? Math.abs(a - b) > 1e-9 * Math.max(Math.abs(a), Math.abs(b))
    : String(a) !== String(b);

/** Keys of the expected rows that a result has otherwise, or not at all. */
function wrongRows(actual: readonly Record<string, unknown>[]): string[] {
  const key = (row: Record<string, unknown>): string => `${String(row['as_of'])} ${String(row['symbol'])}`;
  const byKey = new Map(actual.map((row) => [key(row), row]));
  return expected
    .filter((row) => {
      const given = byKey.get(key(row));
      return (
        given === undefined ||
        Object.entries(row).some(([column, value]) => cellsDiffer(value, given[column]))
      );
    })
    .map(key);
}

describe('the reference cross-sections', () => {
  it('are met in every cell at all three instants', async () => {
    const actual = await crossSections(DATA, 'exact');
    expect(actual).toHaveLength(expected.length);
    expect(Object.keys(actual[0] ?? {}).sort()).toEqual(Object.keys(expected[0] ?? {}).sort());
    expect(wrongRows(actual)).toEqual([]);
  });

  it('come out of CSV tables as well', async () => {
    const set = await loadFeatureSet('pit_oracle');
    const folder = join(scratch, 'csv');
    await mkdir(folder);
    for (const table of TABLES) {
      await rowsOf(
        `COPY (SELECT * FROM '${join(DATA, `${table}.parquet`)}') TO '${join(folder, `${table}.csv`)}'
         (FORMAT csv, HEADER, TIMESTAMPFORMAT '%Y-%m-%dT%H:%M:%S.%gZ')`,
      );
    }
    const file = join(scratch, 'from-csv.csv');
    await extractTable({ folder, market: 'XTAI', set, asOf: INSTANTS[0] ?? '', file });
    const [count] = await rowsOf(`SELECT count(*) AS rows FROM '${file}'`);
    const asOf = String(expected[0]?.['as_of']);
    expect(Number(count?.['rows'])).toBe(expected.filter((row) => row['as_of'] === asOf).length);
  });
});

/** Each naive reading of the data as a change of the data that makes the careful extraction behave like it. */
const NAIVE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'prices as of their event, not of their publication': {
    prices: 'SELECT * REPLACE (event_ts AS knowledge_ts) FROM prices',
  },
  'only the first version of each bar': {
    prices:
      'SELECT * FROM prices QUALIFY row_number() OVER (PARTITION BY symbol, session_date ORDER BY knowledge_ts, seq) = 1',
  },
  'only the first version of each statement': {
    fundamentals: 'SELECT * FROM fundamentals WHERE version = 1',
  },
  'the members of the end on all days': {
    membership: `SELECT symbol, DATE '2021-12-01' AS effective_date, action,
        TIMESTAMPTZ '2021-12-01 00:00:00Z' AS knowledge_ts, seq
      FROM membership QUALIFY row_number() OVER (PARTITION BY symbol ORDER BY effective_date DESC, knowledge_ts DESC, seq DESC) = 1`,
  },
  'actions known from the beginning': {
    corporate_actions: `SELECT * REPLACE (DATE '2022-01-03' AS ex_date, TIMESTAMPTZ '2022-01-01 00:00:00Z' AS knowledge_ts) FROM corporate_actions`,
  },
  'knowledge strictly before the instant': {
    prices: `SELECT * REPLACE (knowledge_ts + INTERVAL 1 MILLISECOND AS knowledge_ts) FROM prices`,
    fundamentals: `SELECT * REPLACE (knowledge_ts + INTERVAL 1 MILLISECOND AS knowledge_ts) FROM fundamentals`,
  },
};

describe('a naive reading', () => {
  it.each(Object.entries(NAIVE))('of %s gives other rows', async (name, changes) => {
    const folder = join(scratch, name.replaceAll(/[ ,]/gu, '-'));
    const all = Object.fromEntries(
      TABLES.map((table) => [table, changes[table] ?? `SELECT * FROM ${table}`]),
    );
    await rewriteFolder(DATA, folder, all);
    expect(wrongRows(await crossSections(folder, name.slice(0, 12).replaceAll(' ', '-')))).not.toEqual([]);
  });
});
