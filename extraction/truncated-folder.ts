import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { instantLiteral, quoted } from './duckdb.ts';
import { hasFile } from './folder-load.ts';
import type { MarketFolder } from './market-folder.ts';

export interface Truncation {
  /** Rows known after this instant do not exist in the copy. */
  readonly knownAt: string;
  /** Bars before this session do not exist in the copy either. */
  readonly fromSession: string;
}

/**
 * Writes a copy of a market data folder from which everything learned after an instant is gone, as files: whatever reads
 * the copy cannot see the future, by whatever route. The calendar stays whole, since sessions are announced ahead.
 *
 * @returns the folder of the copy, inside the scratch folder
 */
export async function writeTruncatedFolder(
  connection: DuckDBConnection,
  folder: MarketFolder,
  truncation: Truncation,
): Promise<string> {
  const target = join(folder.scratch, randomUUID());
  await mkdir(target);
  const known = `knowledge_ts <= ${instantLiteral(truncation.knownAt)}`;
  const delisted = `delisting_knowledge_ts <= ${instantLiteral(truncation.knownAt)}`;
  const tables = {
    prices: `SELECT * FROM main.prices WHERE ${known} AND session_date >= DATE ${quoted(truncation.fromSession)}`,
    fundamentals: `SELECT * FROM main.fundamentals WHERE ${known}`,
    corporate_actions: `SELECT * FROM main.corporate_actions WHERE ${known}`,
    membership: `SELECT * FROM main.membership WHERE ${known}`,
    symbols: `SELECT * REPLACE (CASE WHEN ${delisted} THEN delisted_date END AS delisted_date,
        CASE WHEN ${delisted} THEN delisting_knowledge_ts END AS delisting_knowledge_ts) FROM main.symbols`,
    calendar: 'SELECT * FROM main.calendar',
    // Its absence means that the column of the symbols counts, which a copy must not change.
    ...((await hasFile(connection, 'sectors'))
      ? { sectors: `SELECT * FROM main.sectors WHERE ${known}` }
      : {}),
    short_bans: `SELECT * FROM main.short_bans WHERE ${known}`,
  };
  for (const [table, query] of Object.entries(tables)) {
    await connection.run(`COPY (${query}) TO ${quoted(join(target, `${table}.parquet`))} (FORMAT parquet)`);
  }
  await writeFile(join(target, 'source.json'), JSON.stringify(folder.notes));
  return target;
}
