import type { DuckDBConnection } from '@duckdb/node-api';
import { instantLiteral } from './duckdb.ts';
import { createSectorSpans } from './sector-spans.ts';

/**
 * Who knew what when, as whole numbers.
 *
 * Rows of session r are decided at one instant, `sessions.row_time`. A version of a thing therefore takes effect on the
 * first session whose row time is at or after its knowledge_ts (rule 1, inclusive), or on the thing's own session if
 * that is later, and holds until a newer version takes effect. Versions that take effect on one session are decided by
 * the greatest (knowledge_ts, seq) (rule 2). Everything later is `effect <= r AND r <= until`: no comparison of instants
 * is left that could be made the wrong way round.
 *
 * `by-row`: each session sees what was known at its own row time. An as-of instant needs no filter on top: rows exist
 * only where the row time is at or before it.
 * `at`: one cross-section at an instant of one's own. Everything known by then holds for all sessions.
 */
export type KnowledgePoint =
  | { readonly kind: 'by-row' }
  | {
      readonly kind: 'at';
      readonly instant: string;
      /** Calendar date of the instant in the market's zone. */
      readonly date: string;
      /** Newest session closed by then, and the first whose bars are needed. */
      readonly sessionIndex: number;
      readonly firstIndex: number;
    };

const FOREVER = 2147483647;

/** Creates price_states, action_states, member_spans, sector_spans, statement_states, latest_statements and knowledge_changes. */
export async function createKnowledgeStates(
  connection: DuckDBConnection,
  point: KnowledgePoint,
): Promise<void> {
  const create = point.kind === 'by-row' ? 'CREATE TABLE' : 'CREATE OR REPLACE TEMP TABLE';
  await connection.run(`${create} price_states AS ${priceStates(point)}`);
  await connection.run(`${create} action_states AS ${actionStates(point)}`);
  await connection.run(`${create} member_spans AS ${memberSpans(point)}`);
  await createSectorSpans(connection, point);
  await connection.run(`${create} statement_states AS ${statementStates(point)}`);
  await connection.run(`${create} latest_statements AS ${latestStatements()}`);
  // Sessions from which on something already past looks different: a late bar, a correction, an action recorded late.
  await connection.run(
    `${create} knowledge_changes AS
     SELECT DISTINCT symbol, effect AS idx FROM price_states WHERE effect > idx
     UNION SELECT DISTINCT symbol, effect FROM action_states WHERE effect > ex_idx`,
  );
}

/** The first session whose rows may use what `t.knowledge_ts` names; null when that lies beyond the calendar. */
function firstRow(point: KnowledgePoint): {
  readonly join: string;
  readonly index: string;
  readonly known: string;
} {
  if (point.kind === 'by-row') {
    return {
      join: 'ASOF LEFT JOIN sessions k ON k.row_time >= t.knowledge_ts',
      index: `coalesce(k.idx, ${String(FOREVER)})`,
      known: 'true',
    };
  }
  return { join: '', index: '0', known: `t.knowledge_ts <= ${instantLiteral(point.instant)}` };
}

/** Of the versions that take effect on one session the newest; each holds until the next takes effect. */
function versions(source: string, thing: string): string {
  return `SELECT * EXCLUDE (knowledge_ts, seq), CAST(coalesce(lead(effect) OVER (PARTITION BY ${thing} ORDER BY effect) - 1, ${String(FOREVER)}) AS INTEGER) AS until
    FROM (SELECT * FROM (${source}) WHERE effect < ${String(FOREVER)}
      QUALIFY row_number() OVER (PARTITION BY ${thing}, effect ORDER BY knowledge_ts DESC, seq DESC) = 1)`;
}

function priceStates(point: KnowledgePoint): string {
  const row = firstRow(point);
  const range =
    point.kind === 'at'
      ? `AND s.idx BETWEEN ${String(point.firstIndex)} AND ${String(point.sessionIndex)}`
      : '';
  const source = `SELECT t.* EXCLUDE (session_date, event_ts), s.idx,
      CAST(greatest(s.idx, ${row.index}) AS INTEGER) AS effect
    FROM prices t JOIN sessions s ON s.session_date = t.session_date ${range} ${row.join}
    WHERE ${row.known}`;
  return `${versions(source, 'symbol, idx')} ORDER BY idx, symbol, effect`;
}

function actionStates(point: KnowledgePoint): string {
  const row = firstRow(point);
  // An action after the last closed session and up to today moves the anchor, not the bars (rule 5: c < ex_date <= D).
  const exIndex =
    point.kind === 'at'
      ? `least(coalesce(x.idx, ${String(FOREVER)}), ${String(point.sessionIndex + 1)})`
      : `coalesce(x.idx, ${String(FOREVER)})`;
  const due = point.kind === 'at' ? `AND t.ex_date <= DATE '${point.date}'` : '';
  const source = `SELECT t.symbol, t.ex_date, t.kind, t.knowledge_ts, t.seq, CAST(${exIndex} AS INTEGER) AS ex_idx,
      CASE WHEN t.kind = 'cash_dividend' THEN 1 - t.amount / t.prev_close ELSE 1 / t.ratio END AS price_factor,
      CASE WHEN t.kind = 'cash_dividend' THEN 1.0 ELSE t.ratio END AS volume_factor,
      CAST(greatest(${exIndex}, ${row.index}) AS INTEGER) AS effect
    FROM corporate_actions t ASOF LEFT JOIN sessions x ON x.session_date >= t.ex_date ${row.join}
    WHERE ${row.known} ${due}`;
  return versions(source, 'symbol, ex_date, kind');
}

/** Rule 3. Spans of sessions on which a symbol is a member. */
function memberSpans(point: KnowledgePoint): string {
  const row = firstRow(point);
  const due = point.kind === 'at' ? `AND t.effective_date <= DATE '${point.date}'` : '';
  const effective = point.kind === 'at' ? '0' : `coalesce(e.idx, ${String(FOREVER)})`;
  const gone =
    point.kind === 'at'
      ? `CASE WHEN t.delisted_date <= DATE '${point.date}' AND t.delisting_knowledge_ts <= ${instantLiteral(point.instant)} THEN 0 END`
      : `CASE WHEN t.delisted_date IS NOT NULL THEN greatest(coalesce(d.idx, ${String(FOREVER)}), coalesce(k.idx, ${String(FOREVER)})) END`;
  const goneJoins =
    point.kind === 'at'
      ? ''
      : `ASOF LEFT JOIN sessions d ON d.session_date >= t.delisted_date
         ASOF LEFT JOIN sessions k ON k.row_time >= t.delisting_knowledge_ts`;
  const last = point.kind === 'at' ? String(point.sessionIndex) : String(FOREVER - 1);
  return `WITH events AS (
      SELECT t.symbol, t.action, {'d': t.effective_date, 'k': t.knowledge_ts, 's': t.seq, 'a': t.action} AS rank,
        greatest(${effective}, ${row.index}) AS start_idx
      FROM membership t ${point.kind === 'at' ? '' : 'ASOF LEFT JOIN sessions e ON e.session_date >= t.effective_date'} ${row.join}
      WHERE ${row.known} ${due}),
    standing AS (
      -- The greatest event so far rules from its start on: max over all that started, ties of the start included.
      SELECT DISTINCT symbol, start_idx, (max(rank) OVER (PARTITION BY symbol ORDER BY start_idx)).a AS action
      FROM events WHERE start_idx < ${String(FOREVER)}),
    spans AS (
      SELECT symbol, action, start_idx,
        coalesce(lead(start_idx) OVER (PARTITION BY symbol ORDER BY start_idx) - 1, ${last}) AS end_idx
      FROM standing),
    departures AS (SELECT t.symbol, ${gone} AS gone_idx FROM symbols t ${goneJoins})
    SELECT s.symbol, CAST(s.start_idx AS INTEGER) AS from_idx,
      CAST(least(s.end_idx, coalesce(d.gone_idx - 1, s.end_idx)) AS INTEGER) AS to_idx
    FROM spans s JOIN departures d ON d.symbol = s.symbol
    WHERE s.action = 'add' AND s.start_idx <= least(s.end_idx, coalesce(d.gone_idx - 1, s.end_idx))`;
}

function statementStates(point: KnowledgePoint): string {
  const row = firstRow(point);
  const source = `SELECT t.*, CAST(${row.index} AS INTEGER) AS effect, p.idx AS known_idx
    FROM fundamentals t ${row.join} ASOF LEFT JOIN sessions p ON p.row_time >= t.knowledge_ts WHERE ${row.known}`;
  return versions(source, 'symbol, period_end');
}

/** Rule 6. The newest period of which any version is known; a late restatement of an older one changes nothing. */
function latestStatements(): string {
  return `SELECT symbol, period_end, from_idx,
      CAST(coalesce(lead(from_idx) OVER (PARTITION BY symbol ORDER BY from_idx) - 1, ${String(FOREVER)}) AS INTEGER) AS to_idx
    FROM (SELECT DISTINCT symbol, effect AS from_idx,
        max(period_end) OVER (PARTITION BY symbol ORDER BY effect) AS period_end
      FROM statement_states)`;
}
