import type { DuckDBConnection } from '@duckdb/node-api';
import { instantLiteral, queryRows } from './duckdb.ts';
import { hasFile } from './folder-load.ts';
import type { FeatureSet } from './feature-set.ts';
import type { KnowledgePoint } from './knowledge-states.ts';

/** The sector of a symbol on a session, as known then; empty text where none is known. */
export type SectorLookup = (symbol: string, sessionIndex: number) => string;

const FOREVER = 2147483647;

/**
 * Creates `sector_spans` (symbol, from_idx, to_idx, sector). A row of `sectors` counts from the first session on which it is
 * both in force and known; of those the greatest (effective_date, knowledge_ts, seq) holds, as with membership. Only in a
 * folder without that table the column `sector` (else `industry`) of `symbols` stands in: beside dated rows it would
 * say what nobody knew yet.
 */
export async function createSectorSpans(connection: DuckDBConnection, point: KnowledgePoint): Promise<void> {
  const create = point.kind === 'by-row' ? 'CREATE TABLE' : 'CREATE OR REPLACE TEMP TABLE';
  const events = (await hasFile(connection, 'sectors'))
    ? datedEvents(point)
    : await standingEvents(connection);
  await connection.run(
    `${create} sector_spans AS
     WITH events AS (${events}),
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

async function standingEvents(connection: DuckDBConnection): Promise<string> {
  const described = await queryRows(connection, 'DESCRIBE main.symbols');
  const columns = ['sector', 'industry'].filter((column) => described.some(([name]) => name === column));
  if (columns.length === 0) return `${standing(`''`)} WHERE false`;
  const sector = `coalesce(${columns.join(', ')})`;
  return `${standing(sector)} WHERE ${sector} <> ''`;
}

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
