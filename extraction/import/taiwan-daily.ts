import type { DuckDBConnection } from '@duckdb/node-api';
import type { SourceNotes } from '../source-notes.ts';
import type { FolderQueries } from './write-folder.ts';

export const TAIWAN_FILES = {
  bars: {
    file: 'tw_daily.parquet',
    columns: [
      'symbol',
      'date',
      'open',
      'high',
      'low',
      'close',
      'volume',
      'value',
      'trades',
      'ex_flag',
      'adj_factor',
    ],
  },
  universe: { file: 'tw_universe_top200_monthly.csv', columns: ['date', 'symbol', 'rank'] },
  names: { file: 'tw_symbols.csv', columns: ['symbol', 'name', 'market', 'industry'] },
} as const;

export const TAIWAN_NOTES: SourceNotes = {
  source:
    'daily reports of the Taiwan Stock Exchange and the Taipei Exchange, 2014-01-02 to 2020-12-31, as collected in f121t2917/stocksdata',
  licence: 'none stated; not for redistribution',
  market: 'XTAI',
  adjustment: 'none',
};

/** 14:00 local: the exchange publishes after the close of 13:30. */
const PUBLICATION = 'INTERVAL 30 MINUTE';
/** A symbol without a bar for this long up to the end of the data counts as delisted. */
const SILENT_SESSIONS = 20;
/** An ex-day that lowers prices by a fifth is a split or a large stock dividend: the share count moved, volume with it. */
const SPLIT_FROM = 1.25;

const decimal = (column: string): string => `CAST(CAST(b.${column} AS VARCHAR) AS DOUBLE)`;

/** Queries over the tables `bars`, `universe`, `names` and `hours`. Days without a trade make no bar. */
export async function taiwanDailyQueries(connection: DuckDBConnection): Promise<FolderQueries> {
  await connection.run(`CREATE OR REPLACE TABLE traded AS SELECT * FROM bars WHERE close IS NOT NULL`);
  await connection.run(
    `CREATE OR REPLACE TABLE steps AS
     SELECT symbol, date, ex_flag, lag(close) OVER w AS prev_close, adj_factor / lag(adj_factor) OVER w AS factor
     FROM (SELECT symbol, date, ex_flag, ${decimal('close')} AS close, ${decimal('adj_factor')} AS adj_factor FROM traded b)
     WINDOW w AS (PARTITION BY symbol ORDER BY date)`,
  );
  await connection.run(`CREATE OR REPLACE TABLE changes AS ${membershipChanges()}`);
  return {
    prices: `SELECT b.symbol, b.date AS session_date, h.close_ts AS event_ts, h.close_ts + ${PUBLICATION} AS knowledge_ts,
        ${['open', 'high', 'low', 'close'].map((name) => `${decimal(name)} AS ${name}`).join(', ')},
        CAST(b.volume AS BIGINT) AS volume, row_number() OVER (ORDER BY b.date, b.symbol) AS seq,
        CAST(b.value AS BIGINT) AS value, CAST(b.trades AS BIGINT) AS trades
      FROM traded b JOIN hours h ON h.session_date = b.date ORDER BY b.date, b.symbol`,
    corporate_actions: `SELECT s.symbol, s.date AS ex_date,
        CASE WHEN s.factor < 1 THEN 'reverse_split' WHEN s.factor >= ${String(SPLIT_FROM)} THEN 'split'
          ELSE 'cash_dividend' END AS kind,
        CASE WHEN s.factor < 1 OR s.factor >= ${String(SPLIT_FROM)} THEN s.factor ELSE 1 END AS ratio,
        CASE WHEN s.factor < 1 OR s.factor >= ${String(SPLIT_FROM)} THEN 0
          ELSE round(s.prev_close * (1 - 1 / s.factor), 6) END AS amount,
        s.prev_close, h.close_ts AS knowledge_ts, row_number() OVER (ORDER BY s.date, s.symbol) AS seq
      FROM steps s JOIN hours h ON h.session_date = s.date
      WHERE s.factor IS NOT NULL AND abs(s.factor - 1) > 1e-5 ORDER BY s.date, s.symbol`,
    membership: `SELECT symbol, effective_date, action, knowledge_ts,
        row_number() OVER (ORDER BY effective_date, symbol) AS seq FROM changes ORDER BY effective_date, symbol`,
    symbols: symbolsQuery(),
    calendar: `SELECT session_date, weekday, open_ts, close_ts FROM hours ORDER BY session_date`,
  };
}

/** The monthly lists as events: who enters or leaves against the list before, known at the close before the month. */
function membershipChanges(): string {
  return `WITH months AS (SELECT DISTINCT CAST(date AS DATE) AS month FROM universe),
    ordered AS (SELECT month, lag(month) OVER (ORDER BY month) AS before FROM months),
    lists AS (SELECT CAST(date AS DATE) AS month, symbol FROM universe),
    events AS (
      SELECT o.month, l.symbol, 'add' AS action FROM ordered o JOIN lists l ON l.month = o.month
        ANTI JOIN lists p ON p.month = o.before AND p.symbol = l.symbol
      UNION ALL
      SELECT o.month, p.symbol, 'drop' FROM ordered o JOIN lists p ON p.month = o.before
        ANTI JOIN lists l ON l.month = o.month AND l.symbol = p.symbol)
    SELECT e.symbol, e.month AS effective_date, e.action, coalesce(h.previous_close_ts, h.open_ts) AS knowledge_ts
    FROM events e JOIN hours h ON h.session_date = e.month`;
}

function symbolsQuery(): string {
  return `WITH numbered AS (SELECT session_date, close_ts, row_number() OVER (ORDER BY session_date) AS idx FROM hours),
    lives AS (SELECT symbol, min(date) AS first_date, max(date) AS last_date FROM traded GROUP BY symbol),
    ends AS (SELECT l.*, n.idx, max(n.idx) OVER () AS newest
      FROM lives l JOIN numbered n ON n.session_date = l.last_date)
    SELECT e.symbol, e.first_date AS listed_date, d.session_date AS delisted_date, d.close_ts AS delisting_knowledge_ts,
      n.name, n.market, n.industry
    FROM ends e LEFT JOIN numbered d ON d.idx = e.idx + 1 AND e.newest - e.idx > ${String(SILENT_SESSIONS)}
    LEFT JOIN names n ON n.symbol = e.symbol ORDER BY e.symbol`;
}
