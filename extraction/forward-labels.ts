import type { DuckDBConnection } from '@duckdb/node-api';
import type { Market } from '../contracts/primitives.ts';
import type { LabelSpec } from '../contracts/spec.ts';
import { instantLiteral } from './duckdb.ts';
import { marketBan, withLimitLocks } from './limit-locks.ts';

/**
 * Labels and returns look back from the as-of instant: every version and every action known by then, whatever a row knew
 * at its own time.
 */

/** Sessions of the calendar by number, both ends included. */
export interface SessionRange {
  readonly fromIndex: number;
  readonly toIndex: number;
}

/**
 * Creates the temporary tables `known_bars` (symbol, idx, close, traded, raw_close, price_factor), the newest versions at
 * `asOf`: close adjusted, raw_close as published, their quotient; and `known_bans` (symbol, from_date, to_date).
 *
 * With a range `known_bars` holds its sessions, and of each symbol the last bar before it: all that labels and returns of the
 * range read. A factor is the product of the same numbers in the same order whatever the range, so every value keeps its bits.
 */
export async function createKnownBars(
  connection: DuckDBConnection,
  asOf: string,
  range: SessionRange | null = null,
): Promise<void> {
  const known = `knowledge_ts <= ${instantLiteral(asOf)}`;
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE known_factors AS
     WITH actions AS (SELECT a.*, x.idx AS ex_idx,
         CASE WHEN a.kind = 'cash_dividend' THEN 1 - a.amount / a.prev_close ELSE 1 / a.ratio END AS factor
       FROM (SELECT * FROM corporate_actions WHERE ${known}
         QUALIFY row_number() OVER (PARTITION BY symbol, ex_date, kind ORDER BY knowledge_ts DESC, seq DESC) = 1) a
       ASOF JOIN sessions x ON x.session_date >= a.ex_date),
     lists AS (SELECT symbol, list(ex_idx ORDER BY ex_date, kind) AS ex, list(factor ORDER BY ex_date, kind) AS factors
       FROM actions GROUP BY symbol),
     positions AS (SELECT *, unnest(range(1, len(ex) + 1)) AS k FROM lists)
     SELECT symbol, ex[k] AS from_idx, coalesce(ex[k + 1] - 1, 2147483647) AS to_idx, list_product(factors[1:k]) AS price
     FROM positions`,
  );
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE known_bars AS
     SELECT p.symbol, p.idx, p.close / coalesce(f.price, 1) AS close, p.volume > 0 AS traded,
       p.close AS raw_close, coalesce(f.price, 1) AS price_factor
     FROM (SELECT t.symbol, t.idx, t.close, t.volume FROM ${heardBars(known, range)} t
       QUALIFY row_number() OVER (PARTITION BY t.symbol, t.idx ORDER BY t.knowledge_ts DESC, t.seq DESC) = 1) p
     LEFT JOIN known_factors f ON f.symbol = p.symbol AND p.idx BETWEEN f.from_idx AND f.to_idx`,
  );
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE known_bans AS
     SELECT symbol, from_date, coalesce(to_date, DATE '9999-12-31') AS to_date FROM short_bans WHERE ${known}
     QUALIFY row_number() OVER (PARTITION BY symbol, from_date ORDER BY knowledge_ts DESC, seq DESC) = 1`,
  );
}

/** All versions of the bars that were known, with the number of their session. */
function heardBars(known: string, range: SessionRange | null): string {
  const until = range === null ? '' : `AND s.idx <= ${String(range.toIndex)}`;
  const heard = `SELECT t.symbol, s.idx, t.close, t.volume, t.knowledge_ts, t.seq
    FROM prices t JOIN sessions s ON s.session_date = t.session_date WHERE ${known} ${until}`;
  if (range === null) return `(${heard})`;
  const from = String(range.fromIndex);
  return `(SELECT h.* FROM (${heard}) h
    JOIN (SELECT symbol, coalesce(max(idx) FILTER (idx < ${from}), ${from}) AS first_idx FROM (${heard}) GROUP BY symbol) reach
      ON reach.symbol = h.symbol AND h.idx >= reach.first_idx)`;
}

/**
 * Creates `labels` (symbol, session_index, label) for the rows of `source` (symbol, session_index): the return from the
 * close of session s + delay to the close of s + delay + horizon as a rank among the session's rows in [-0.5, 0.5], ties
 * sharing the mean of their ranks. Null when either bar is unknown, and for every session after `lastLabelIndex`, whose
 * exit has not been decided at the as-of instant.
 */
export async function createLabels(
  connection: DuckDBConnection,
  source: string,
  label: LabelSpec,
  lastLabelIndex: number,
): Promise<void> {
  const entry = String(label.entryDelaySessions);
  const exit = String(label.entryDelaySessions + label.horizonSessions);
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE labels AS
     SELECT symbol, session_index, CAST(session_rank(forward) AS FLOAT) AS label FROM (
       SELECT r.symbol, r.session_index,
         CASE WHEN r.session_index <= ${String(lastLabelIndex)} THEN b.close / a.close - 1 END AS forward
       FROM ${source} r
       LEFT JOIN known_bars a ON a.symbol = r.symbol AND a.idx = r.session_index + ${entry}
       LEFT JOIN known_bars b ON b.symbol = r.symbol AND b.idx = r.session_index + ${exit})`,
  );
}

/**
 * Creates `daily_returns` (symbol, session, session_index, ret, tradable, limit_lock, shortable) for the symbols of
 * `universe` (symbol) and the sessions of the closed range. `ret` is the adjusted close over the last known close before,
 * less 1. Between the first and the last known bar of a symbol every session has a row; one without a bar returns 0 and
 * is not tradable, so that the return over a gap falls on the session on which trading resumes. `limit_lock` says whether
 * the close stands at a daily limit of the market, `shortable` whether no ban forbids a short sale.
 */
export async function createReturns(
  connection: DuckDBConnection,
  market: Market,
  universe: string,
  range: SessionRange,
): Promise<void> {
  const from = String(range.fromIndex);
  const to = String(range.toIndex);
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE daily_returns AS
     WITH lives AS (SELECT symbol, min(idx) AS first_idx, max(idx) AS last_idx FROM known_bars
       WHERE symbol IN (SELECT symbol FROM ${universe}) AND idx <= ${to} GROUP BY symbol),
     listings AS (SELECT k.symbol, min(s.idx) AS listed_idx FROM main.symbols k
       JOIN sessions s ON s.session_date >= k.listed_date
       -- A listing from before the calendar is not one of its first session.
       WHERE k.listed_date >= (SELECT min(session_date) FROM sessions) GROUP BY k.symbol),
     grid AS (SELECT l.symbol, s.idx, s.session_date, b.close, coalesce(b.traded, false) AS traded, b.raw_close,
         b.price_factor, s.idx - n.listed_idx AS listed_sessions
       FROM lives l JOIN sessions s ON s.idx BETWEEN l.first_idx AND l.last_idx
       LEFT JOIN known_bars b ON b.symbol = l.symbol AND b.idx = s.idx
       LEFT JOIN listings n ON n.symbol = l.symbol),
     carried AS (SELECT *, last_value(close IGNORE NULLS) OVER (PARTITION BY symbol ORDER BY idx
         ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS previous FROM grid),
     wanted AS (SELECT *, previous * price_factor AS reference FROM carried WHERE idx BETWEEN ${from} AND ${to}),
     locked AS (${withLimitLocks(market, 'wanted')})
     SELECT symbol, session_date AS session, idx AS session_index,
       CASE WHEN close IS NULL THEN 0 ELSE close / previous - 1 END AS ret, traded AS tradable, limit_lock,
       NOT ${marketBan(market, 'session_date')} AND NOT EXISTS (SELECT 1 FROM known_bans x
         WHERE x.symbol = locked.symbol AND locked.session_date BETWEEN x.from_date AND x.to_date) AS shortable
     FROM locked`,
  );
}
