import { createHash } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { SimulatedMarket } from '../market/simulator.ts';
import { createTableFromColumns, isText } from './append-columns.ts';
import type { ColumnValues } from './append-columns.ts';
import { openEngine } from './duckdb.ts';
import { hashFile } from './folder-files.ts';
import { STORED_TYPES, TABLE_RULES } from './folder-schema.ts';
import type { MarketTable } from './folder-schema.ts';
import { writeMarketFolder } from './import/write-folder.ts';
import type { FolderQueries, WrittenFolder } from './import/write-folder.ts';

export interface SimulatedFolder extends WrittenFolder {
  /** What is true about the market: beside the folder, never in it, so that no extraction can read it. */
  readonly truthPath: string;
  /** SHA-256 over the names and the bytes of the tables: equal options give equal hashes. */
  readonly hash: string;
}

const ORDER: Readonly<Partial<Record<MarketTable, string>>> = {
  prices: 'session_date, symbol, knowledge_ts, seq',
  fundamentals: 'period_end, symbol, knowledge_ts, seq',
  corporate_actions: 'ex_date, symbol, knowledge_ts, seq',
  membership: 'effective_date, symbol, knowledge_ts, seq',
  symbols: 'symbol',
  calendar: 'session_date',
  sectors: 'effective_date, symbol, knowledge_ts, seq',
};

/**
 * Writes a simulated market as a market data folder, and its truth to `<outDir>.truth.json`. The same market gives the
 * same bytes.
 *
 * @throws ImportTargetOccupied when the folder exists and is not empty
 */
export async function writeSimulatedFolder(options: {
  readonly outDir: string;
  readonly market: SimulatedMarket;
}): Promise<SimulatedFolder> {
  const { market } = options;
  const instance = await openEngine({ threads: 1, memoryLimitMb: 2048 });
  try {
    const connection = await instance.connect();
    const queries: FolderQueries = {
      prices: await stage(connection, 'prices', { ...market.prices }),
      ...(market.fundamentals === null
        ? {}
        : { fundamentals: await stage(connection, 'fundamentals', { ...market.fundamentals }) }),
      corporate_actions: await stage(connection, 'corporate_actions', { ...market.corporate_actions }),
      membership: await stage(connection, 'membership', { ...market.membership }),
      symbols: await stage(connection, 'symbols', { ...market.symbols }),
      calendar: await stage(connection, 'calendar', { ...market.calendar }),
      ...(market.sectors === null
        ? {}
        : { sectors: await stage(connection, 'sectors', { ...market.sectors }) }),
    };
    const written = await writeMarketFolder(connection, options.outDir, queries, {
      source: `simulated, seed ${String(market.truth.options.seed)}`,
      licence: 'MIT',
      market: 'XTAI',
      adjustment: 'none',
    });
    const truthPath = await writeTruth(written.folder, market);
    return { ...written, truthPath, hash: await hashTables(written.folder, Object.keys(queries)) };
  } finally {
    instance.closeSync();
  }
}

/** Loads one table and gives the query that reads it in the types and the order of the format. */
async function stage(
  connection: DuckDBConnection,
  table: MarketTable,
  given: Readonly<Record<string, ColumnValues | null>>,
): Promise<string> {
  const columns = Object.fromEntries(
    Object.entries(given).flatMap(([name, values]) => (values === null ? [] : [[name, values] as const])),
  );
  await createTableFromColumns(connection, `simulated_${table}`, columns);
  const types = new Map(TABLE_RULES[table].columns.map(({ name, type }) => [name, STORED_TYPES[type]]));
  const casts = Object.keys(columns).map(
    (name) =>
      `CAST(${name} AS ${types.get(name) ?? (isText(columns[name] ?? []) ? 'VARCHAR' : 'DOUBLE')}) AS ${name}`,
  );
  return `SELECT ${casts.join(', ')} FROM simulated_${table} ORDER BY ${ORDER[table] ?? '1'}`;
}

async function hashTables(folder: string, tables: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const table of tables) {
    hash.update(`${table} ${await hashFile(join(folder, `${table}.parquet`))}\n`);
  }
  return hash.digest('hex');
}

async function writeTruth(folder: string, market: SimulatedMarket): Promise<string> {
  const truthPath = `${resolve(folder)}.truth.json`;
  await mkdir(dirname(truthPath), { recursive: true });
  await writeFile(`${truthPath}.draft`, `${JSON.stringify(market.truth, null, 2)}\n`);
  await rename(`${truthPath}.draft`, truthPath);
  return truthPath;
}
