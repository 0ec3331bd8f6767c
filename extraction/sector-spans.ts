import type { DuckDBConnection } from '@duckdb/node-api';
import { instantLiteral, queryRows } from './duckdb.ts';
import type { FeatureSet } from './feature-set.ts';
import type { KnowledgePoint } from './knowledge-states.ts';

/** The sector of a symbol on a session, as known then; empty text where none is known. */
export type SectorLookup = (symbol: string, sessionIndex: number) => string;

const FOREVER = 2147483647;

/**
 * Creates `sector_spans` (symbol, from_idx, to_idx, sector). A row of `sectors` counts from the first session on which it is
 * both in force and known; of those the greatest (effective_date, knowledge_ts, seq) holds, as with membership. Before the
 * first of them, and in a folder without that table, the column `sector` (else `industry`) of `symbols` stands in.
 */
export async function createSectorSpans(connection: DuckDBConnection, point: KnowledgePoint): Promise<void> {
  const create = point.kind === 'by-row' ? 'CREATE TABLE' : 'CREATE OR REPLACE TEMP TABLE';
  const columns = await queryRows(
    connection,
    `SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'main' AND NOT internal`,
  );
  const has = (table: string, column: string): boolean =>
    columns.some(([inTable, name]) => inTable === table && name === column);
  const fallback = ['sector', 'industry'].filter((column) => has('symbols', column));
  const events = [
    ...(has('sectors', 'effective_date') ? [datedEvents(point)] : []),
    fallback.length === 0 ? emptyEvents() : standingEvents(fallback),
  ];
  await connection.run(
    `${create} sector_spans AS
     WITH events AS (${events.join(' UNION ALL ')}),
     standing AS (SELECT DISTINCT symbol, start_idx, (max(rank) OVER (PARTITION BY symbol ORDER BY start_idx)).a AS sector
       FROM events WHERE start_idx < ${String(FOREVER)})
     SELECT symbol, CAST(start_idx AS INTEGER) AS from_idx, sector,
       CAST(coalesce(lead(start_idx) OVER (PARTITION BY symbol ORDER BY start_idx) - 1, ${String(FOREVER)}) AS INTEGER) AS to_idx
     FROM standing`,
  );
}

function datedEvents(point: KnowledgePoint): string {
  const rank = `{'d': t.effective_date, 'k': t.knowledge_ts, 's': t.seq, 'a': t.sector} AS rank`;
  if (point.kind === 'at') {
    return `SELECT t.symbol, ${rank}, 0 AS start_idx FROM main.sectors t
      WHERE t.knowledge_ts <= ${instantLiteral(point.instant)} AND t.effective_date <= DATE '${point.date}'`;
  }
  return `SELECT t.symbol, ${rank}, greatest(coalesce(e.idx, ${String(FOREVER)}), coalesce(k.idx, ${String(FOREVER)})) AS start_idx
    FROM main.sectors t ASOF LEFT JOIN sessions e ON e.session_date >= t.effective_date
    ASOF LEFT JOIN sessions k ON k.row_time >= t.knowledge_ts`;
}

const standing = (sector: string): string =>
  `SELECT symbol, {'d': DATE '0001-01-01', 'k': TIMESTAMPTZ '0001-01-01 00:00:00Z', 's': CAST(-1 AS BIGINT), 'a': ${sector}} AS rank,
    0 AS start_idx FROM main.symbols`;

function standingEvents(columns: readonly string[]): string {
  const sector = `coalesce(${columns.join(', ')})`;
  return `${standing(sector)} WHERE ${sector} IS NOT NULL`;
}

const emptyEvents = (): string => `${standing(`''`)} WHERE false`;

/** Reads the spans; a set without a transform by sector needs none. */
export async function readSectors(connection: DuckDBConnection, set: FeatureSet): Promise<SectorLookup> {
  const spans = new Map<string, { readonly from: number; readonly to: number; readonly sector: string }[]>();
  if (set.columns.some(({ transform }) => transform.startsWith('sector'))) {
    const rows = await queryRows(
      connection,
      'SELECT symbol, from_idx, to_idx, sector FROM sector_spans ORDER BY symbol, from_idx',
    );
    for (const [symbol, from, to, sector] of rows) {
      const own = spans.get(String(symbol)) ?? [];
      own.push({ from: Number(from), to: Number(to), sector: String(sector) });
      spans.set(String(symbol), own);
    }
  }
  return (symbol, index) =>
    spans.get(symbol)?.find(({ from, to }) => from <= index && index <= to)?.sector ?? '';
}
