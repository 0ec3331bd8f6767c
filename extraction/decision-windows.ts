import type { DuckDBConnection } from '@duckdb/node-api';
import { PRICE_COLUMNS } from './bar-columns.ts';
import { identifier, instantLiteral } from './duckdb.ts';
import type { FarValue, FeatureSet } from './feature-set.ts';
import type { KnowledgePoint } from './knowledge-states.ts';
import { createMarketView } from './market-series.ts';

/**
 * The view that feature SQL reads: `windows`, one row per decision, with its past as lists.
 *
 * A decision is a member on a session. Each bar column is a list over the last `lookback` sessions of the calendar, oldest
 * first, the decision's own session last; a session without a visible bar is null in its place. So `close[-6]` is five
 * sessions before, whatever the symbol did in between, and nothing beyond the lookback exists to be read.
 *
 * How the past is put together: between two sessions on which something past changed (a late bar, a correction, a late
 * action), all decisions on a symbol see the same past. Such a run of decisions shares one series of bars, built as known
 * at its last row; each decision reads the part of it that ends with its own session. Prices of a series are divided by
 * the product of the price factors of all actions up to the bar, which keeps every ratio of adjusted prices (rule 5: the
 * anchor cancels) and makes them the same numbers for every decision; `price_anchor` turns them into levels.
 */
export interface DecisionRange {
  readonly fromIndex: number;
  readonly toIndex: number;
  readonly point: KnowledgePoint;
  /** True: a member without a visible bar on the session makes no row. */
  readonly requireBar: boolean;
}

const FOREVER = '2147483647';

/**
 * Creates the view `windows`; `decisions` with every member of the range; and `expected` with those that make a row. The
 * windows are a view, not a table: they are some fifty times the size of the bars they are made of.
 */
export async function createWindows(
  connection: DuckDBConnection,
  set: FeatureSet,
  range: DecisionRange,
): Promise<void> {
  const [from, to] = [String(range.fromIndex), String(range.toIndex)];
  await createMarketView(connection, set, range.point);
  const first = set.lookback === 'all' ? '0' : `greatest(r.from_idx - ${String(set.lookback)}, 0)`;
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE decisions AS
     SELECT m.symbol, s.idx FROM member_spans m
     JOIN sessions s ON s.idx BETWEEN m.from_idx AND m.to_idx WHERE s.idx BETWEEN ${from} AND ${to}`,
  );
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE runs AS
     SELECT CAST(row_number() OVER (ORDER BY symbol, from_idx) AS INTEGER) AS run, symbol, from_idx,
       coalesce(lead(from_idx) OVER (PARTITION BY symbol ORDER BY from_idx) - 1, ${to}) AS to_idx
     FROM (SELECT DISTINCT symbol, ${from} AS from_idx FROM decisions
       UNION SELECT c.symbol, c.idx FROM knowledge_changes c SEMI JOIN decisions d ON d.symbol = c.symbol
         WHERE c.idx > ${from} AND c.idx <= ${to})`,
  );
  await connection.run(`CREATE OR REPLACE TEMP TABLE factors AS ${runFactors(range.point)}`);
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE bars AS
     SELECT *${set.farValues.map((far) => `, ${farColumn(far, from)}`).join('')} FROM (
     SELECT *${derivedColumns(set)} FROM (SELECT *, close / previous_close - 1 AS ret FROM (
       SELECT *, lag(close) OVER (PARTITION BY run ORDER BY idx) AS previous_close FROM (
       SELECT r.run, s.idx, s.session_date, p.* EXCLUDE (symbol, idx, effect, until, open, high, low, close, volume),
         ${PRICE_COLUMNS.map((name) => `p.${name} / coalesce(f.price, 1) AS ${name}`).join(', ')},
         p.volume / coalesce(f.volume, 1) AS volume, p.close AS close_raw, p.volume AS volume_raw,
         p.close * p.volume AS turnover, CASE WHEN p.close IS NOT NULL THEN s.idx END AS seen,
         s.price_limit, k.market_ret, ${near(set)} AS near
       FROM runs r
       JOIN sessions s ON s.idx BETWEEN ${first} AND r.to_idx
       LEFT JOIN (SELECT * FROM price_states WHERE idx <= ${to}
         AND idx >= ${set.lookback === 'all' ? '0' : String(Math.max(0, range.fromIndex - set.lookback))}) p
         ON p.symbol = r.symbol AND p.idx = s.idx AND p.effect <= r.to_idx AND p.until >= r.to_idx
       LEFT JOIN factors f ON f.run = r.run AND s.idx BETWEEN f.from_idx AND f.to_idx
       LEFT JOIN market_view k ON k.idx = s.idx))))`,
  );
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE expected AS
     SELECT d.symbol, d.idx AS session_index, s.session_date AS session
     FROM decisions d JOIN sessions s ON s.idx = d.idx
     JOIN runs r ON r.symbol = d.symbol AND d.idx BETWEEN r.from_idx AND r.to_idx
     JOIN bars b ON b.run = r.run AND b.idx = d.idx ${range.requireBar ? 'WHERE b.seen IS NOT NULL' : ''}`,
  );
  await connection.run(`CREATE OR REPLACE TEMP VIEW windows AS ${windows(set, range)}`);
}

/** Bars that the lists of a run can hold: those further back are there for the far values alone. */
function near(set: FeatureSet): string {
  const reaches = [...set.bars, ...set.derivedBars].map(({ sessions }) => sessions ?? set.lookback);
  const longest = reaches.includes('all') ? null : Math.max(1, ...reaches.map(Number));
  return longest === null ? 'true' : `s.idx > r.from_idx - ${String(longest)}`;
}

/** The set's own bar columns, each over those of the engine and of the set before it. */
function derivedColumns(set: FeatureSet): string {
  return set.derivedBars
    .map(({ name, expression }) => `, CAST((${expression}) AS DOUBLE) AS ${identifier(name)}`)
    .join('');
}

/**
 * Running products of the factors of a run, in the order of the ex-dates; multiplied one after the other, so the same bits
 * every time. At an instant of one's own, actions between the last session and that day count too, for the anchor.
 */
function runFactors(point: KnowledgePoint): string {
  const horizon = point.kind === 'at' ? 'r.to_idx + 1' : 'r.to_idx';
  const ordered = (column: string): string => `list(a.${column} ORDER BY a.ex_date, a.kind)`;
  return `WITH lists AS (
      SELECT r.run, ${ordered('ex_idx')} AS ex, ${ordered('price_factor')} AS price, ${ordered('volume_factor')} AS volume
      FROM runs r JOIN action_states a ON a.symbol = r.symbol AND a.effect <= ${horizon} AND a.until >= ${horizon}
      GROUP BY r.run),
    positions AS (SELECT *, unnest(range(1, len(ex) + 1)) AS k FROM lists)
    SELECT run, ex[k] AS from_idx, coalesce(ex[k + 1] - 1, ${FOREVER}) AS to_idx,
      list_product(price[1:k]) AS price, list_product(volume[1:k]) AS volume
    FROM positions`;
}

function windows(set: FeatureSet, range: DecisionRange): string {
  const lists = [...set.bars, ...set.derivedBars].map(({ name, sessions }) => {
    const column = name === 'session_dates' ? 'session_date' : identifier(name);
    const reach = sessions ?? set.lookback;
    const frame = reach === 'all' ? 'UNBOUNDED' : frameOf(reach, String(range.fromIndex));
    return `list(${column}) OVER (PARTITION BY run ORDER BY idx ROWS BETWEEN ${frame} PRECEDING AND CURRENT ROW) AS ${identifier(name)}`;
  });
  const values = [...lists, ...set.farValues.map(({ name }) => identifier(name))];
  const statements = set.fundamentals ? statementColumns() : { columns: '', joins: '' };
  const single = range.point.kind === 'at' ? range.point : null;
  const rowTime = single === null ? 's.row_time' : instantLiteral(single.instant);
  const date = single === null ? 's.session_date' : `DATE '${single.date}'`;
  const anchor = single === null ? 'b.session_index' : 'b.session_index + 1';
  return `SELECT d.symbol, s.session_date AS session, b.* EXCLUDE (run, latest_close), ${rowTime} AS row_time,
      ${date} AS decision_date, coalesce(f.price, 1) AS price_anchor, coalesce(f.volume, 1) AS volume_anchor${statements.columns}
    FROM (SELECT run, idx AS session_index, close_raw AS latest_close, ${values.join(', ')} FROM bars WHERE near) b
    JOIN runs r ON r.run = b.run AND b.session_index BETWEEN r.from_idx AND r.to_idx
    JOIN decisions d ON d.symbol = r.symbol AND d.idx = b.session_index
    JOIN sessions s ON s.idx = b.session_index
    LEFT JOIN factors f ON f.run = b.run AND ${anchor} BETWEEN f.from_idx AND f.to_idx
    ${statements.joins}
    ${range.requireBar ? 'WHERE b.latest_close IS NOT NULL' : ''}`;
}

/**
 * Rows before a row of the range. Bars before the range are read by those within it and decide nothing themselves: theirs are
 * not put together, which is most of the work for a single session.
 */
function frameOf(sessions: number, from: string): string {
  return `(CASE WHEN idx >= ${from} THEN ${String(sessions - 1)} ELSE 0 END)`;
}

function farColumn({ name, kind, bar, sessions, least }: FarValue, from: string): string {
  const column = identifier(bar);
  const order = 'PARTITION BY run ORDER BY idx';
  if (kind === 'at') return `lag(${column}, ${String(sessions)}) OVER (${order}) AS ${identifier(name)}`;
  const frame = `OVER (${order} ROWS BETWEEN ${frameOf(sessions, from)} PRECEDING AND CURRENT ROW)`;
  const extreme = kind === 'highest' ? 'max' : 'min';
  return `CASE WHEN count(${column}) ${frame} >= ${String(least)} THEN ${extreme}(${column}) ${frame} END AS ${identifier(name)}`;
}

/**
 * The newest statement at the decision as fund_* columns, and that of the same quarter a year before as prior_* columns,
 * each in the version of the time (rules 2 and 6).
 */
function statementColumns(): { readonly columns: string; readonly joins: string } {
  const names = ['version', 'eps', 'revenue', 'book_value'];
  const columns = names.flatMap((name) => [`now.${name} AS fund_${name}`, `ago.${name} AS prior_${name}`]);
  // The end of February moves; every other quarter ends on the same day each year.
  const yearBefore = `CASE WHEN now.period_end = last_day(now.period_end)
    THEN last_day(now.period_end - INTERVAL 1 YEAR) ELSE CAST(now.period_end - INTERVAL 1 YEAR AS DATE) END`;
  return {
    columns: `, now.period_end AS fund_period_end, ${columns.join(', ')},
      coalesce(f.volume, 1) / coalesce(g.volume, 1) AS fund_splits`,
    joins: `LEFT JOIN latest_statements n ON n.symbol = d.symbol AND d.idx BETWEEN n.from_idx AND n.to_idx
      LEFT JOIN statement_states now ON now.symbol = n.symbol AND now.period_end = n.period_end
        AND d.idx BETWEEN now.effect AND now.until
      LEFT JOIN factors g ON g.run = b.run AND now.known_idx BETWEEN g.from_idx AND g.to_idx
      LEFT JOIN statement_states ago ON ago.symbol = now.symbol AND ago.period_end = ${yearBefore}
        AND d.idx BETWEEN ago.effect AND ago.until`,
  };
}
