import type { DuckDBConnection } from '@duckdb/node-api';
import { createJoinGrid } from './join-grid.ts';
import type { JoinGrid, JoinSources } from './join-grid.ts';
import { joinPrices } from './join-prices.ts';
import { joinStatements } from './join-statements.ts';

export interface JoinRequest {
  readonly priceColumns: readonly string[];
  readonly statementColumns: readonly string[];
  /** Sessions for which a bar is carried on; 0: a session shows its own bar or none. */
  readonly maxAgeSessions: number;
}

/** What was known of every symbol when each session was decided; values as published, not adjusted. */
export interface AsOfPanel extends JoinGrid {
  /** Price columns, then statement columns. */
  readonly columns: readonly string[];
  /** One array per column; the cell of symbol i and session s lies at `s * symbols.length + i`; NaN: not known. */
  readonly values: readonly Float32Array[];
}

/**
 * Joins bars and statements to every symbol and session on two time axes: what happened by then, as far as it was known by
 * then (rules 1, 2 and 6 of docs/market-data.md). Whatever the order of the rows, the result has the same bits.
 *
 * @throws MarketDuplicateKey, TableShapeInvalid
 */
export async function joinAsOf(
  connection: DuckDBConnection,
  sources: JoinSources,
  request: JoinRequest,
): Promise<AsOfPanel> {
  const grid = await createJoinGrid(connection, sources);
  const { priceColumns, statementColumns } = request;
  const prices = await joinPrices(connection, sources, grid, priceColumns, request.maxAgeSessions);
  const statements = await joinStatements(connection, sources.fundamentals, grid, statementColumns);
  return {
    ...grid,
    columns: [...priceColumns, ...statementColumns],
    values: [...prices, ...statements],
  };
}
