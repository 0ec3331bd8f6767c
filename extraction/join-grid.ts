import type { DuckDBConnection } from '@duckdb/node-api';
import { queryRows } from './duckdb.ts';

/** SQL relations (tables, views or `read_parquet(...)`) that a join reads. */
export interface JoinSources {
  /** Rows of the format's `prices` and `fundamentals`; null: there are no statements. */
  readonly prices: string;
  readonly fundamentals: string | null;
  /** One row per symbol. */
  readonly symbols: string;
  /** (idx, session_date, row_time): positions from 0 without gaps, and the instant at which each session is decided. */
  readonly sessions: string;
}

/**
 * The cells of a join: one per symbol and session, that of symbol i and session s at `s * symbols.length + i`. Symbols
 * are sorted, sessions in the order of the calendar.
 */
export interface JoinGrid {
  readonly symbols: readonly string[];
  readonly sessions: readonly string[];
  /** Decision instants in microseconds since 1970, ascending. */
  readonly rowTimes: Float64Array;
  /** Position of a session by its day since 1970, counted from `firstDay`; -1: no session. */
  readonly indexOfDay: Int32Array;
  readonly firstDay: number;
}

/** Name of the temporary table (symbol, ordinal) that gives every symbol its place in the grid. */
export const ORDINALS = 'join_ordinals';

export async function createJoinGrid(connection: DuckDBConnection, sources: JoinSources): Promise<JoinGrid> {
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE ${ORDINALS} AS
     SELECT symbol, CAST(row_number() OVER (ORDER BY symbol) - 1 AS INTEGER) AS ordinal
     FROM (SELECT DISTINCT symbol FROM ${sources.symbols})`,
  );
  const symbols = await queryRows(connection, `SELECT symbol FROM ${ORDINALS} ORDER BY ordinal`);
  const sessions = await queryRows(
    connection,
    `SELECT CAST(session_date AS VARCHAR), CAST(session_date - DATE '1970-01-01' AS INTEGER), CAST(epoch_us(row_time) AS DOUBLE)
     FROM ${sources.sessions} ORDER BY idx`,
  );
  const days = sessions.map(([, day]) => Number(day));
  const firstDay = days[0] ?? 0;
  const indexOfDay = new Int32Array((days.at(-1) ?? firstDay) - firstDay + 1).fill(-1);
  days.forEach((day, index) => {
    indexOfDay[day - firstDay] = index;
  });
  return {
    symbols: symbols.map(([symbol]) => String(symbol)),
    sessions: sessions.map(([date]) => String(date)),
    rowTimes: Float64Array.from(sessions, ([, , time]) => Number(time)),
    indexOfDay,
    firstDay,
  };
}

/** Position of the first session decided at or after an instant: what becomes known then counts from there on. */
export function firstRowSeeing({ rowTimes }: JoinGrid, known: number): number {
  let low = 0;
  let high = rowTimes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rowTimes[middle] ?? Infinity) < known) low = middle + 1;
    else high = middle;
  }
  return low;
}
