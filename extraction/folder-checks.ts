import type { DuckDBConnection } from '@duckdb/node-api';
import { queryNumber, queryRows } from './duckdb.ts';
import type { Finding, RefusalCode, WarningCode } from './findings.ts';
import type { RowOrigin } from './folder-origin.ts';
import { TABLE_RULES } from './folder-schema.ts';
import type { MarketTable } from './folder-schema.ts';

/**
 * A rule about rows: `where` selects the offenders of `from`, in which the table is `t`; `message` is an SQL text. Tables
 * are named in braces and put in when the rule runs: `{own}` is the one under examination, `{calendar}` and the like are
 * those it is held against.
 */
interface RowRule {
  readonly table: MarketTable;
  readonly code: RefusalCode | WarningCode;
  readonly severity: 'error' | 'warning';
  readonly column: string | null;
  readonly from: string;
  readonly where: string;
  readonly message: string;
}

function rule(
  severity: RowRule['severity'],
  code: RowRule['code'],
  place: `${MarketTable}.${string}`,
  where: string,
  message: string,
  join = '',
): RowRule {
  const [table, column] = place.split('.') as [MarketTable, string];
  return {
    table,
    code,
    severity,
    column: column === '*' ? null : column,
    from: `{own} t ${join}`,
    where,
    message,
  };
}

const FARTHEST_EVENT_MINUTES = 180;
const BAR = `t.symbol || ' ' || t.session_date`;
const SESSION_JOIN = 'LEFT JOIN {calendar} c ON c.session_date = t.session_date';

const priceRules = ['open', 'high', 'low', 'close'].map((column) =>
  rule(
    'error',
    'MARKET_PRICE_INVALID',
    `prices.${column}`,
    `NOT (isfinite(t.${column}) AND t.${column} > 0)`,
    `'${column} of ' || ${BAR} || ' is ' || t.${column} || ', not a positive number'`,
  ),
);

const symbolRules = (
  ['prices', 'fundamentals', 'corporate_actions', 'membership', 'sectors', 'short_bans'] as const
).map((table) =>
  rule(
    'error',
    'MARKET_SYMBOL_UNKNOWN',
    `${table}.symbol`,
    'k.symbol IS NULL',
    `'symbol ' || t.symbol || ' is not in the table of symbols'`,
    'LEFT JOIN {symbols} k ON k.symbol = t.symbol',
  ),
);

const duplicateRules = (Object.keys(TABLE_RULES) as MarketTable[]).map((table) => {
  const key = TABLE_RULES[table].key.join(', ');
  return {
    ...rule(
      'error',
      'MARKET_DUPLICATE_KEY',
      `${table}.*`,
      't.copies > 1',
      `t.copies || ' rows share ${key}: ' || concat_ws(', ', ${key})`,
    ),
    // The first of the rows that share a key is the one that is named.
    from: `(SELECT ${key}, count(*) AS copies, min(rowid) AS rowid FROM {own} GROUP BY ${key}) t`,
  };
});

/** What stops an extraction. */
const ERROR_RULES: readonly RowRule[] = [
  ...duplicateRules,
  ...symbolRules,
  rule(
    'error',
    'CALENDAR_INCOMPLETE',
    'calendar.close_ts',
    't.close_ts <= t.open_ts',
    `t.session_date || ' closes before it opens'`,
  ),
  rule(
    'error',
    'CALENDAR_INCOMPLETE',
    'prices.session_date',
    'c.session_date IS NULL',
    `'the calendar lacks the session of ' || ${BAR}`,
    SESSION_JOIN,
  ),
  ...priceRules,
  rule(
    'error',
    'MARKET_PRICE_INVALID',
    'prices.volume',
    'NOT (isfinite(t.volume) AND t.volume >= 0)',
    `'volume of ' || ${BAR} || ' is ' || t.volume`,
  ),
  rule(
    'error',
    'MARKET_BAR_INVERTED',
    'prices.high',
    't.high < t.low',
    `'high ' || t.high || ' of ' || ${BAR} || ' lies below its low ' || t.low`,
  ),
  rule(
    'error',
    'KNOWLEDGE_BEFORE_EVENT',
    'prices.knowledge_ts',
    't.knowledge_ts < t.event_ts',
    `${BAR} || ' was known at ' || t.knowledge_ts || ', before its event at ' || t.event_ts`,
  ),
  // An early close moves an event by at most three hours; an offset forgotten or applied twice by more.
  rule(
    'error',
    'EVENT_OUTSIDE_SESSION',
    'prices.event_ts',
    `abs(date_diff('minute', c.close_ts, t.event_ts)) > ${String(FARTHEST_EVENT_MINUTES)}`,
    `'event of ' || ${BAR} || ' is ' || t.event_ts || ', hours away from the close of its session at ' || c.close_ts || ': a wrong time zone?'`,
    SESSION_JOIN,
  ),
  rule(
    'error',
    'KNOWLEDGE_BEFORE_EVENT',
    'fundamentals.knowledge_ts',
    't.knowledge_ts < CAST(t.period_end AS TIMESTAMPTZ)',
    `'statement of ' || t.symbol || ' for ' || t.period_end || ' was known at ' || t.knowledge_ts || ', before the period ended'`,
  ),
  rule(
    'error',
    'MARKET_VALUE_INVALID',
    'membership.action',
    `t.action NOT IN ('add', 'drop')`,
    `t.action || ' is neither add nor drop'`,
  ),
  rule(
    'error',
    'CORPORATE_ACTION_INVALID',
    'corporate_actions.kind',
    `t.kind NOT IN ('split', 'reverse_split', 'cash_dividend')`,
    `t.kind || ' is not split, reverse_split or cash_dividend'`,
  ),
  rule(
    'error',
    'CORPORATE_ACTION_INVALID',
    'corporate_actions.ratio',
    `t.kind IN ('split', 'reverse_split') AND NOT coalesce(isfinite(t.ratio) AND t.ratio > 0, false)`,
    `'the split of ' || t.symbol || ' on ' || t.ex_date || ' has no positive ratio'`,
  ),
  rule(
    'error',
    'CORPORATE_ACTION_INVALID',
    'corporate_actions.amount',
    `t.kind = 'cash_dividend' AND NOT coalesce(isfinite(t.amount) AND t.amount >= 0 AND isfinite(t.prev_close) AND t.prev_close > t.amount, false)`,
    `'the dividend of ' || t.symbol || ' on ' || t.ex_date || ' is not between 0 and the previous close'`,
  ),
  rule(
    'error',
    'MARKET_VALUE_INVALID',
    'symbols.delisting_knowledge_ts',
    't.delisted_date IS NOT NULL AND t.delisting_knowledge_ts IS NULL',
    `t.symbol || ' has a delisting date that nobody learned of'`,
  ),
];

/** What only a reader of the report wants to know. */
const WARNING_RULES: readonly RowRule[] = [
  rule(
    'warning',
    'CLOSE_OUTSIDE_BAR',
    'prices.close',
    't.close > t.high * 1.0001 OR t.close < t.low * 0.9999',
    `'close ' || t.close || ' of ' || ${BAR} || ' lies outside ' || t.low || ' to ' || t.high`,
  ),
  rule(
    'warning',
    'EVENT_NOT_AT_CLOSE',
    'prices.event_ts',
    't.event_ts <> c.close_ts',
    `'event of ' || ${BAR} || ' is ' || t.event_ts || ', its session closes at ' || c.close_ts`,
    SESSION_JOIN,
  ),
  rule(
    'warning',
    'BAR_WITHOUT_VOLUME',
    'prices.volume',
    't.volume = 0',
    `${BAR} || ' has prices but no volume'`,
  ),
  {
    ...rule(
      'warning',
      'LARGE_UNEXPLAINED_MOVE',
      'prices.close',
      `t.close / t.previous NOT BETWEEN 0.6 AND 1.7 AND NOT EXISTS (SELECT 1 FROM {corporate_actions} a WHERE a.symbol = t.symbol AND a.ex_date > t.previous_date AND a.ex_date <= t.session_date)`,
      `'close of ' || ${BAR} || ' is ' || round(t.close / t.previous, 3) || ' times that of ' || t.previous_date || ' without a corporate action'`,
    ),
    from: `(SELECT symbol, session_date, close, rowid AS rowid, lag(close) OVER w AS previous, lag(session_date) OVER w AS previous_date
      FROM {own} WINDOW w AS (PARTITION BY symbol ORDER BY session_date, knowledge_ts, seq)) t`,
  },
];

export interface RuleFindings {
  readonly findings: readonly Finding[];
  /** All offenders, those beyond the limit included. */
  readonly total: number;
}

/** A loaded table under examination: what it is called, and where its rows come from. */
export interface ExaminedTable {
  readonly table: MarketTable;
  readonly name: string;
  readonly origin: RowOrigin;
}

/** What the tables are called that rows are held against; a table is called by its own name unless it stands here. */
export type TableNames = Partial<Record<MarketTable, string>>;

/** Runs the rules over loaded tables; at most `limitPerRule` findings of each are listed. */
export async function checkRows(
  connection: DuckDBConnection,
  tables: readonly ExaminedTable[],
  severity: 'error' | 'warning',
  limitPerRule: number,
  names: TableNames = {},
): Promise<RuleFindings> {
  const findings: Finding[] = [];
  let total = 0;
  for (const rowRule of severity === 'error' ? ERROR_RULES : WARNING_RULES) {
    const examined = tables.find(({ table }) => table === rowRule.table);
    if (examined === undefined) continue;
    const sql = (text: string): string =>
      text.replaceAll(/\{([a-z_]+)\}/gu, (_, name: string) =>
        name === 'own' ? examined.name : (names[name as MarketTable] ?? name),
      );
    const offenders = `FROM ${sql(rowRule.from)} WHERE ${sql(rowRule.where)}`;
    const count = await queryNumber(connection, `SELECT count(*) ${offenders}`);
    if (count === null || count === 0) continue;
    total += count;
    const rows = await queryRows(
      connection,
      `SELECT t.rowid, ${sql(rowRule.message)} ${offenders} ORDER BY 1 LIMIT ${String(limitPerRule)}`,
    );
    const places = await examined.origin.locate(
      connection,
      rows.map(([rowId]) => Number(rowId)),
    );
    rows.forEach(([, message], at) => {
      const { file, row } = places[at] ?? { file: '', row: null };
      const { code, column } = rowRule;
      findings.push({ severity, code, file, row, column, message: String(message) });
    });
  }
  return { findings, total };
}
