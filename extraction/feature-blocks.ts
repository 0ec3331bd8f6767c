import type { DuckDBConnection } from '@duckdb/node-api';
import { createWindows } from './decision-windows.ts';
import type { DecisionRange } from './decision-windows.ts';
import { identifier, queryRow } from './duckdb.ts';
import { runFeatureSql } from './feature-query.ts';
import { invalid } from './feature-set.ts';
import type { FeatureSet } from './feature-set.ts';

/** Decisions whose windows are held in memory at one time. */
const DECISIONS_PER_BLOCK = 25_000;
const SHORTEST_BLOCK = 8;
const LONGEST_BLOCK = 252;

export interface DecisionCounts {
  /** Members, times sessions. */
  readonly decisions: number;
  /** Of those, the ones without a visible bar on their session: they make no row. */
  readonly withoutBar: number;
}

/** Creates the empty table that the blocks fill; values as the query gives them. */
export async function createFeatureTable(connection: DuckDBConnection, set: FeatureSet): Promise<void> {
  const columns = set.columns.map(({ name }) => `${identifier(name)} DOUBLE`);
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE feature_values (symbol VARCHAR, session DATE, session_index INTEGER, ${columns.join(', ')})`,
  );
}

/**
 * Computes the features of a range of sessions into `feature_values`, as the query gives
 * them; `transformFeatures` comes after. The range is cut into blocks, so that memory stays
 * bounded; where it is cut makes no difference to any value.
 */
export async function computeFeatures(
  connection: DuckDBConnection,
  set: FeatureSet,
  range: DecisionRange,
  sessionsPerBlock?: number,
): Promise<DecisionCounts> {
  const step = sessionsPerBlock ?? (await blockLength(connection, range));
  let decisions = 0;
  let withoutBar = 0;
  for (let from = range.fromIndex; from <= range.toIndex; from += step) {
    const block = { ...range, fromIndex: from, toIndex: Math.min(from + step - 1, range.toIndex) };
    await createWindows(connection, set, block);
    const [members, rows] = await queryRow(
      connection,
      'SELECT (SELECT count(*) FROM decisions), (SELECT count(*) FROM expected)',
    );
    decisions += Number(members);
    withoutBar += Number(members) - Number(rows);
    if (Number(rows) > 0) await runFeatureQuery(connection, set, Number(rows));
  }
  await connection.run('DROP VIEW windows; DROP TABLE bars');
  return { decisions, withoutBar };
}

/** As many sessions as fit, by the mean number of members on a session of the range. */
async function blockLength(connection: DuckDBConnection, range: DecisionRange): Promise<number> {
  const [from, to] = [String(range.fromIndex), String(range.toIndex)];
  const [decisions] = await queryRow(
    connection,
    `SELECT coalesce(sum(least(to_idx, ${to}) - greatest(from_idx, ${from}) + 1), 0) FROM member_spans
     WHERE to_idx >= ${from} AND from_idx <= ${to}`,
  );
  const perSession = Math.max(1, Number(decisions) / (range.toIndex - range.fromIndex + 1));
  return Math.min(LONGEST_BLOCK, Math.max(SHORTEST_BLOCK, Math.floor(DECISIONS_PER_BLOCK / perSession)));
}

/** Runs the query of a set and appends its rows. */
async function runFeatureQuery(
  connection: DuckDBConnection,
  set: FeatureSet,
  expected: number,
): Promise<void> {
  const values = set.columns.map(({ name }) => {
    const value = `CAST(f.${identifier(name)} AS DOUBLE)`;
    return `CASE WHEN isfinite(${value}) AND abs(${value}) < 3e38 THEN ${value} END`;
  });
  const declared = ['symbol', 'session_index', ...set.columns.map(({ name }) => name)];
  await runFeatureSql(connection, set, declared, 'block_features');
  const [rows, matched] = await queryRow(
    connection,
    `SELECT count(*), (SELECT count(*) FROM expected SEMI JOIN block_features USING (symbol, session_index)) FROM block_features`,
  );
  if (Number(rows) !== expected || Number(matched) !== expected) {
    throw invalid(
      `${set.name} gives ${String(rows)} rows for ${String(expected)} decisions; it must give one each`,
    );
  }
  await connection.run(
    `INSERT INTO feature_values SELECT w.symbol, w.session, w.session_index, ${values.join(', ')}
     FROM expected w JOIN block_features f ON f.symbol = w.symbol AND f.session_index = w.session_index`,
  );
}
