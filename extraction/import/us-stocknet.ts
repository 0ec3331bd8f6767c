import type { DuckDBConnection } from '@duckdb/node-api';
import type { SourceNotes } from '../source-notes.ts';
import type { FolderQueries } from './write-folder.ts';

export const US_FILES = {
  bars: {
    file: 'us_stocknet88_daily.parquet',
    columns: ['symbol', 'date', 'open', 'high', 'low', 'close', 'volume', 'adj_factor'],
  },
  names: { file: 'us_stocknet88_symbols.csv', columns: ['symbol', 'sector', 'company'] },
} as const;

export const US_NOTES: SourceNotes = {
  source: 'stocknet-dataset by Yumo Xu: 88 US large caps, daily, 2012-09-04 to 2017-09-01',
  licence: 'MIT, copyright (c) 2018 Yumo Xu',
  market: 'XNYS',
  adjustment: 'backward',
};

/** Bars are published half an hour after the close. */
const PUBLICATION = 'INTERVAL 30 MINUTE';

/**
 * The vendor's factor carries four decimals, so that it wanders by up to 1.2e-4 of itself between dividends; the smallest
 * real dividend of the set moves it by 2.0e-4. Between the two nothing lies.
 */
const ROUNDING_NOISE = 1.5e-4;

/** The shortest decimal that is the same float32: 0.1 instead of 0.10000000149. */
const decimal = (column: string): string => `CAST(CAST(b.${column} AS VARCHAR) AS DOUBLE)`;

/** Queries over the tables `bars`, `names` and `hours`. */
export async function usStocknetQueries(connection: DuckDBConnection): Promise<FolderQueries> {
  await connection.run(
    `CREATE OR REPLACE TABLE steps AS
     SELECT symbol, date, lag(close) OVER w AS prev_close, lag(adj_factor) OVER w / adj_factor AS factor
     FROM (SELECT symbol, date, ${decimal('close')} AS close, CAST(adj_factor AS DOUBLE) AS adj_factor FROM bars b)
     WINDOW w AS (PARTITION BY symbol ORDER BY date)`,
  );
  return {
    prices: `SELECT b.symbol, b.date AS session_date, h.close_ts AS event_ts, h.close_ts + ${PUBLICATION} AS knowledge_ts,
        ${['open', 'high', 'low', 'close'].map((name) => `${decimal(name)} AS ${name}`).join(', ')},
        CAST(b.volume AS BIGINT) AS volume, row_number() OVER (ORDER BY b.date, b.symbol) AS seq
      FROM bars b JOIN hours h ON h.session_date = b.date WHERE b.close IS NOT NULL ORDER BY b.date, b.symbol`,
    // The factor before an ex-date is that after it times (1 - amount / previous close).
    corporate_actions: `SELECT s.symbol, s.date AS ex_date, 'cash_dividend' AS kind, CAST(1 AS DOUBLE) AS ratio,
        round(s.prev_close * (1 - s.factor), 6) AS amount, s.prev_close, h.close_ts AS knowledge_ts,
        row_number() OVER (ORDER BY s.date, s.symbol) AS seq
      FROM steps s JOIN hours h ON h.session_date = s.date
      WHERE s.factor IS NOT NULL AND 1 - s.factor > ${String(ROUNDING_NOISE)} ORDER BY s.date, s.symbol`,
    membership: `SELECT f.symbol, f.date AS effective_date, 'add' AS action, h.open_ts AS knowledge_ts,
        row_number() OVER (ORDER BY f.date, f.symbol) AS seq
      FROM (SELECT symbol, min(date) AS date FROM bars GROUP BY symbol) f JOIN hours h ON h.session_date = f.date
      ORDER BY f.date, f.symbol`,
    symbols: `SELECT f.symbol, f.date AS listed_date, CAST(NULL AS DATE) AS delisted_date,
        CAST(NULL AS TIMESTAMPTZ) AS delisting_knowledge_ts, n.sector, n.company
      FROM (SELECT symbol, min(date) AS date FROM bars GROUP BY symbol) f LEFT JOIN names n ON n.symbol = f.symbol
      ORDER BY f.symbol`,
    calendar: `SELECT session_date, weekday, open_ts, close_ts FROM hours ORDER BY session_date`,
  };
}
