import { join } from 'node:path';
import { extractTable } from '../../../extraction/cross-section.ts';
import { UniverseEmpty } from '../../../extraction/errors.ts';
import { loadFeatureSet } from '../../../extraction/feature-set.ts';
import { rowsOf, writeCsvFolder } from '../../unit/extraction/small-market.ts';
import { csvOf, makeOracleFolder } from './oracle-folder.ts';
import type { OracleFolder } from './oracle-folder.ts';
import { referenceRows } from './oracle-reference.ts';
import type { OracleRow } from './oracle-reference.ts';

/** What the comparison of one seed found. */
export interface SeedComparison {
  readonly cells: number;
  /** Cells that differ, as text that names seed, instant, symbol and column. */
  readonly wrong: readonly string[];
}

/**
 * Writes the folder of a seed (as CSV, or as Parquet for an odd seed), extracts the reference cross-section at each of its
 * instants, as CSV and as Parquet in turn, and compares each cell with plain loops.
 */
export async function compareSeed(seed: number, scratch: string): Promise<SeedComparison> {
  const made = makeOracleFolder(seed);
  const tables = csvOf(made, seed);
  const folder = await writeCsvFolder(join(scratch, `seed-${String(seed)}`), tables);
  if (seed % 2 === 1) await asParquet(folder, Object.keys(tables));
  return compareFolder(made, folder, seed);
}

/** CSV tables as typed Parquet, with instants in milliseconds of UTC. */
async function asParquet(folder: string, tables: readonly string[]): Promise<string> {
  const instants = ['knowledge_ts', 'event_ts', 'open_ts', 'close_ts', 'delisting_knowledge_ts'];
  for (const table of tables) {
    const file = join(folder, `${table}.csv`);
    const described = await rowsOf(`DESCRIBE SELECT * FROM read_csv('${file}', header = true)`);
    const casts = described.map((row) => {
      const name = String(row['column_name']);
      if (instants.includes(name)) return `CAST("${name}" AS TIMESTAMPTZ) AS "${name}"`;
      if (name === 'symbol') return `CAST("${name}" AS VARCHAR) AS "${name}"`;
      return name.endsWith('date') || name === 'period_end'
        ? `CAST("${name}" AS DATE) AS "${name}"`
        : `"${name}"`;
    });
    await rowsOf(
      `COPY (SELECT ${casts.join(', ')} FROM read_csv('${file}', header = true))
       TO '${join(folder, `${table}.parquet`)}' (FORMAT parquet)`,
    );
  }
  return folder;
}

async function extracted(
  folder: string,
  instant: number,
  ending: string,
): Promise<Record<string, unknown>[] | null> {
  const set = await loadFeatureSet('pit_oracle');
  const file = join(folder, `cross-section.${ending}`);
  const asOf = new Date(instant).toISOString();
  try {
    await extractTable({ folder, market: 'XTAI', set, asOf, file });
  } catch (error) {
    if (error instanceof UniverseEmpty) return null;
    throw error;
  }
  return rowsOf(
    `SELECT * REPLACE (strftime(CAST(as_of AS TIMESTAMPTZ), '%Y-%m-%dT%H:%M:%S.%gZ') AS as_of, CAST(symbol AS VARCHAR) AS symbol)
     FROM '${file}' ORDER BY symbol`,
  );
}

/** Cells that differ, as text that names them. Dates, versions, keys and nulls exactly; floats to 1e-9. */
export function wrongCells(
  actual: readonly Record<string, unknown>[] | null,
  expected: readonly OracleRow[],
): string[] {
  if (actual === null) return expected.length === 0 ? [] : ['an empty universe'];
  if (actual.map((row) => row['symbol']).join(' ') !== expected.map((row) => row['symbol']).join(' ')) {
    return [`members: ${actual.map((row) => row['symbol']).join(' ')}`];
  }
  return expected.flatMap((row, at) =>
    Object.entries(row).flatMap(([column, value]) => {
      const cell = actual[at]?.[column] ?? null;
      const same =
        typeof value === 'number' && cell !== null
          ? Math.abs(Number(cell) - value) <= 1e-9 * Math.max(Math.abs(value), Math.abs(Number(cell)))
          : cell === value;
      return same
        ? []
        : [`${String(row['symbol'])} ${column}: ${JSON.stringify(cell)} instead of ${String(value)}`];
    }),
  );
}

async function compareFolder(made: OracleFolder, folder: string, seed: number): Promise<SeedComparison> {
  let cells = 0;
  const wrong: string[] = [];
  for (const [at, instant] of made.instants.entries()) {
    const expected = referenceRows(made, instant);
    const actual = await extracted(folder, instant, (seed + at) % 2 === 0 ? 'csv' : 'parquet');
    const place = `seed ${String(seed)} at ${new Date(instant).toISOString()}`;
    wrong.push(...wrongCells(actual, expected).map((cell) => `${place}: ${cell}`));
    cells += expected.length * Object.keys(expected[0] ?? {}).length;
  }
  return { cells, wrong };
}
