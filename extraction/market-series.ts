import type { DuckDBConnection } from '@duckdb/node-api';
import type { FeatureSet } from './feature-set.ts';
import type { KnowledgePoint } from './knowledge-states.ts';

/**
 * What all members of a session did on it, as known at its own decision time. A number of the series never changes once
 * its session is decided: a correction that comes later does not reach back into it, so it can be read by all later rows.
 */

/** A single return beyond this counts as this much: one bar that is wrong by a factor of ten must not move a market. */
const CLIP = 0.5;

/** Creates the table `market_series` (idx, market_ret) of an opened folder. */
export async function createMarketSeries(connection: DuckDBConnection): Promise<void> {
  await connection.run(`CREATE TABLE market_series AS ${series('main.', 'true')}`);
}

/** Creates the view `market_view` for one extraction: at an instant of one's own the newest session is as known then. */
export async function createMarketView(
  connection: DuckDBConnection,
  set: FeatureSet,
  point: KnowledgePoint,
): Promise<void> {
  const needed = [
    ...set.bars.map(({ name }) => name),
    ...set.derivedBars.map(({ expression }) => expression),
    ...set.farValues.map(({ bar }) => bar),
  ];
  if (!needed.some((text) => text.includes('market_ret'))) {
    await connection.run(
      'CREATE OR REPLACE TEMP VIEW market_view AS SELECT 0 AS idx, CAST(NULL AS DOUBLE) AS market_ret WHERE false',
    );
    return;
  }
  const index = point.kind === 'at' ? String(point.sessionIndex) : '';
  const source =
    point.kind === 'at'
      ? `SELECT * FROM main.market_series WHERE idx < ${index} UNION ALL ${series('', `s.idx = ${index}`)}`
      : 'SELECT * FROM main.market_series';
  await connection.run(`CREATE OR REPLACE TEMP VIEW market_view AS ${source}`);
}

/** Adds up in the order of the symbols, so the same bits with any number of threads. */
function series(schema: string, where: string): string {
  return `SELECT idx, list_avg(list(greatest(least(ret, ${String(CLIP)}), -${String(CLIP)}) ORDER BY symbol)) AS market_ret FROM (
      SELECT s.idx, m.symbol, n.close / (b.close * coalesce(a.factor, 1)) - 1 AS ret
      FROM ${schema}member_spans m JOIN sessions s ON s.idx BETWEEN m.from_idx AND m.to_idx AND ${where}
      JOIN ${schema}price_states n ON n.symbol = m.symbol AND n.idx = s.idx AND n.effect <= s.idx AND n.until >= s.idx
      JOIN ${schema}price_states b ON b.symbol = m.symbol AND b.idx = s.idx - 1 AND b.effect <= s.idx AND b.until >= s.idx
      LEFT JOIN (SELECT symbol, ex_idx, list_product(list(price_factor ORDER BY ex_date, kind)) AS factor
        FROM ${schema}action_states WHERE effect <= ex_idx AND until >= ex_idx GROUP BY symbol, ex_idx) a
        ON a.symbol = m.symbol AND a.ex_idx = s.idx)
    GROUP BY idx`;
}
