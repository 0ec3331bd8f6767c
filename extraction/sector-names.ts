import type { Market } from '../contracts/primitives.ts';
import { queryRows } from './duckdb.ts';
import { withMarketFolder } from './folder-cache.ts';

const CLASSIFICATIONS = ['sector', 'industry'] as const;

/** Sector of each symbol as the table of symbols names it, else its industry; symbols without one are absent. */
export async function readSectorNames(folder: string, market: Market): Promise<ReadonlyMap<string, string>> {
  return withMarketFolder(folder, market, async (opened) => {
    const connection = await opened.connect();
    try {
      const described = await queryRows(connection, 'DESCRIBE main.symbols');
      const there = CLASSIFICATIONS.filter((name) => described.some(([column]) => column === name));
      if (there.length === 0) return new Map();
      const sector = `coalesce(${there.join(', ')})`;
      const rows = await queryRows(
        connection,
        `SELECT DISTINCT symbol, ${sector} FROM main.symbols WHERE ${sector} IS NOT NULL AND ${sector} <> ''`,
      );
      return new Map(rows.map(([symbol, name]) => [String(symbol), String(name)]));
    } finally {
      connection.closeSync();
    }
  });
}
