import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FeatureSetInvalid } from '../../../extraction/errors.ts';
import { checkFeatureFile } from '../../../extraction/feature-check.ts';
import type { FeatureCheckReport } from '../../../extraction/feature-check.ts';
import { guardFeatureSet } from '../../../extraction/feature-guard.ts';
import { featureSetNames, loadFeatureSet, parseFeatureSet } from '../../../extraction/feature-set.ts';
import { closeMarketFolders, withMarketFolder } from '../../../extraction/folder-cache.ts';
import { extractSession } from '../../../extraction/session.ts';
import { csvOf, makeOracleFolder } from '../../golden/extraction/oracle-folder.ts';
import { temporaryFolder, TINY_FEATURES, writeCsvFolder } from './small-market.ts';

let scratch = '';
let folder = '';

beforeAll(async () => {
  scratch = await temporaryFolder();
  folder = await writeCsvFolder(join(scratch, 'market'), csvOf(makeOracleFolder(4), 4));
  await mkdir(join(folder, 'features'));
});

afterAll(async () => {
  await closeMarketFolders();
  await rm(scratch, { recursive: true, force: true });
});

const changed = (from: string, to: string): string => {
  const text = TINY_FEATURES.replace(from, to);
  expect(text).not.toBe(TINY_FEATURES);
  return text;
};

async function checked(name: string, text: string): Promise<FeatureCheckReport> {
  const file = join(scratch, `${name}.sql`);
  await writeFile(file, text);
  return checkFeatureFile({ file, folder, market: 'XTAI', sessions: 12 });
}

const guarded = (text: string): Promise<readonly string[]> =>
  withMarketFolder(folder, 'XTAI', async (opened) => {
    const connection = await opened.connect();
    try {
      return await guardFeatureSet(connection, parseFeatureSet(text));
    } finally {
      connection.closeSync();
    }
  });

describe('a feature file', () => {
  const REFUSED: readonly (readonly [string, string, string, string])[] = [
    ['reads another table', 'FROM windows', 'FROM windows, prices', 'reads prices'],
    ['reads a file by its name', 'FROM windows', `FROM windows, 'secrets.csv'`, 'reads secrets.csv'],
    [
      'reads a file by a function',
      'FROM windows',
      `FROM windows, read_csv('secrets.csv')`,
      'reads read_csv()',
    ],
    ['reads a table in a subquery', 'ret[-1] AS up', '(SELECT max(close) FROM prices) AS up', 'reads prices'],
    ['draws at random', 'ret[-1] AS up', 'random() AS up', 'random()'],
    ['asks for the time', 'ret[-1] AS up', 'epoch(now()) AS up', 'now()'],
    ['asks for the date', 'ret[-1] AS up', 'year(current_date) AS up', 'current_date'],
    ['samples', 'FROM windows', 'FROM windows USING SAMPLE 50%', 'samples'],
    ['lets threads decide an order', 'ret[-1] AS up', 'any_value(ret[-1]) OVER () AS up', 'any_value()'],
    ['indexes beyond its lookback', 'ret[-1] AS up', 'close[-1] / close[-3] AS up', 'close[-3]'],
    ['slices beyond its lookback', 'ret[-1] AS up', 'sum_of(ret[-9:], 1) AS up', 'ret[-9]'],
    ['is no SELECT', 'SELECT', 'DELETE', 'one SELECT'],
    [
      'has a bar column with a query',
      '-- column up',
      '-- bar x: (SELECT 1)\n-- column up',
      'bar x: holds a query',
    ],
    [
      'has a bar column of two sessions',
      '-- column up',
      '-- bar x: lag(close) OVER ()\n-- column up',
      'looks at other',
    ],
  ];

  it.each(REFUSED)('is refused by name when it %s', async (_what, from, to, names) => {
    const faults = await guarded(changed(from, to));
    expect(faults.join('; ')).toContain(names);
  });

  it('is refused for scoring as well as for training', async () => {
    const made = makeOracleFolder(4);
    const session = made.calendar[40]?.date ?? '';
    const asOf = new Date((made.calendar[40]?.close ?? 0) + 3_600_000).toISOString();
    const features = { sql: changed('ret[-1] AS up', 'random() AS up') };
    await expect(extractSession({ folder, market: 'XTAI', features, session, asOf })).rejects.toThrow(
      'random()',
    );
  });

  it('may use common table expressions, lambdas, sorted lists and functions of their arguments', async () => {
    const honest = changed(
      'SELECT symbol, session_index, ret[-1] AS up, ret[-1] AS place FROM windows;',
      `WITH w AS (SELECT *, list_sum(list_transform(ret, lambda x: ln(1 + x))) AS s FROM windows)
       SELECT symbol, session_index, s AS up, list(s ORDER BY symbol) OVER (PARTITION BY session_index)[1] AS place FROM w;`,
    );
    expect(await guarded(honest)).toEqual([]);
    expect((await checked('honest', honest)).faults).toEqual([]);
  });
});

describe('the check of a feature file', () => {
  it('finds nothing against an honest one, and rebuilds every row', async () => {
    const report = await checked('tiny', TINY_FEATURES);
    expect(report.faults).toEqual([]);
    expect(report.rows).toBeGreaterThan(20);
    expect(report.leak.checkedRows).toBe(report.rows);
    expect(report.leak.strictRows).toBeGreaterThan(0);
    expect(report.columns.map(({ name }) => name)).toEqual(['up', 'place']);
  });

  it('names column and row of a value that comes from the next session', async () => {
    const text = changed(
      'ret[-1] AS up',
      'lead(ret[-1]) OVER (PARTITION BY symbol ORDER BY session_index) AS up',
    );
    const { faults, leak } = await checked('peeking', text);
    expect(new Set(leak.leaks.map(({ column }) => column))).toEqual(new Set(['up']));
    expect(faults.join('; ')).toMatch(/up of \d{4} on \d{4}-\d{2}-\d{2} leaks/u);
    expect(faults.join('; ')).toContain('up is not the same every time');
  });

  it('names a column that is never known', async () => {
    const { faults } = await checked('empty', changed('ret[-1] AS up', 'CAST(NULL AS DOUBLE) AS up'));
    expect(faults).toEqual([expect.stringContaining('up has no value')]);
  });

  it('refuses a file that is absent, or that gives other columns than it declares', async () => {
    const absent = { file: join(scratch, 'absent.sql'), folder, market: 'XTAI', sessions: 5 } as const;
    await expect(checkFeatureFile(absent)).rejects.toThrow(FeatureSetInvalid);
    await expect(checked('other', changed('AS up', 'AS down'))).rejects.toThrow(FeatureSetInvalid);
  });
});

describe('a feature file in the data folder', () => {
  it('is found by its name, and a shipped name cannot be taken', async () => {
    await writeFile(join(folder, 'features', 'tiny.sql'), TINY_FEATURES);
    expect(await featureSetNames(folder)).toContain('tiny');
    expect((await loadFeatureSet('tiny', folder)).name).toBe('tiny');
    await writeFile(join(folder, 'features', 'other.sql'), TINY_FEATURES);
    await expect(loadFeatureSet('other', folder)).rejects.toThrow('calls itself tiny');
    await writeFile(join(folder, 'features', 'price_volume.sql'), TINY_FEATURES);
    await expect(loadFeatureSet('price_volume', folder)).rejects.toThrow('shipped set');
  });
});

describe('far values and sectors', () => {
  it('are the same number as a list gives, and a rank within the sector', async () => {
    const text = `-- feature-set: far
-- views: 1
-- lookback: 12
-- bars: close, high
-- bar spread[12]: (high - low) / close
-- far close_10: close at 10
-- far top: highest high of 12, least 4
-- far least_spread: lowest spread of 5, least 2
-- column a: by the far value less by the list
-- column b: the same
-- column c: the same
SELECT symbol, session_index, coalesce(close_10 - close[-11], 0) AS a,
  coalesce(top - highest_of(high, 4), 0) AS b, coalesce(least_spread - lowest_of(spread[-5:], 2), 0) AS c FROM windows
`;
    const { columns, faults } = await checked('far', text);
    expect(faults).toEqual([]);
    for (const { known, lowest, highest } of columns) expect([known, lowest, highest]).toEqual([1, 0, 0]);
  });
});
