import type { ImportMapping, KnowledgeRule } from '../../contracts/import-mapping.ts';
import { identifier } from '../duckdb.ts';
import type { MarketTable } from '../folder-schema.ts';

/** A table of the folder as a query over the mapped tables; `nr` is the row of the source, or null. */
export interface DerivedTable {
  readonly table: MarketTable;
  readonly query: string;
  /** File that the rows come from. */
  readonly file: string;
}

/**
 * Queries over `bars` (nr, symbol, date, open, high, low, close, volume, carried columns and, where the mapping has
 * them, seq, known, factor), `hours` and the tables `actions`, `statements`, `changes` and `names` of other files.
 */
export function derivedTables(mapping: ImportMapping): readonly DerivedTable[] {
  const { prices, membership, corporateActions, fundamentals, adjustment } = mapping;
  const tables: DerivedTable[] = [
    { table: 'prices', query: pricesQuery(mapping), file: prices.file },
    {
      table: 'membership',
      query: membershipQuery(membership),
      file: membership.rule === 'first-bar' ? prices.file : membership.file,
    },
    { table: 'symbols', query: symbolsQuery(mapping), file: mapping.symbols.file ?? prices.file },
    {
      table: 'calendar',
      query: 'SELECT NULL AS nr, session_date, weekday, open_ts, close_ts FROM hours ORDER BY session_date',
      file: prices.file,
    },
  ];
  if (adjustment.factor !== null) {
    const { noise, splitFrom } = adjustment.factor;
    tables.push({ table: 'corporate_actions', query: factorQuery(noise, splitFrom), file: prices.file });
  }
  if (corporateActions !== null) {
    tables.push({ table: 'corporate_actions', query: actionsQuery(), file: corporateActions.file });
  }
  if (fundamentals !== null) {
    tables.push({
      table: 'fundamentals',
      query: statementsQuery(Object.keys(fundamentals.carry)),
      file: fundamentals.file,
    });
  }
  return tables;
}

/** When a bar was known, and the join that it takes. */
function knowledge(rule: KnowledgeRule): { readonly known: string; readonly join: string } {
  if (rule.rule === 'column') return { known: 'b.known', join: '' };
  if (rule.rule === 'after-close') {
    return { known: `h.close_ts + INTERVAL ${String(rule.minutes)} MINUTE`, join: '' };
  }
  return {
    known: `k.close_ts + INTERVAL ${String(rule.minutes)} MINUTE`,
    join: `LEFT JOIN hours k ON k.idx = h.idx + ${String(rule.sessions)}`,
  };
}

function pricesQuery({ knowledge: rule, prices }: ImportMapping): string {
  const { known, join } = knowledge(rule);
  // The rows of one bar are numbered by themselves: a source that grows leaves the numbers of its old rows alone.
  const seq =
    prices.seq === null ? 'row_number() OVER (PARTITION BY b.symbol, b.date ORDER BY b.nr)' : 'b.seq';
  const carried = Object.keys(prices.carry).map((name) => `, b.${identifier(name)}`);
  return `SELECT b.nr, b.symbol, b.date AS session_date, h.close_ts AS event_ts, ${known} AS knowledge_ts,
      b.open, b.high, b.low, b.close, b.volume, ${seq} AS seq${carried.join('')}
    FROM bars b LEFT JOIN hours h ON h.session_date = b.date ${join} ORDER BY b.date, b.symbol, b.nr`;
}

/**
 * Actions from the steps of a cumulative factor: prices before the step are multiplied by what the factor was over what it
 * is, whichever end it is anchored at. A step is known at the close of its session, the ex session.
 */
function factorQuery(noise: number, splitFrom: number | null): string {
  const split = splitFrom === null ? 'false' : `1 / s.step >= ${String(splitFrom)}`;
  const rises = `s.step > 1`;
  return `SELECT s.nr, s.symbol, s.date AS ex_date,
      CASE WHEN ${rises} THEN 'reverse_split' WHEN ${split} THEN 'split' ELSE 'cash_dividend' END AS kind,
      CASE WHEN ${rises} OR ${split} THEN 1 / s.step ELSE 1 END AS ratio,
      CASE WHEN ${rises} OR ${split} THEN 0 ELSE round(s.prev_close * (1 - s.step), 6) END AS amount,
      s.prev_close, h.close_ts AS knowledge_ts, 1 AS seq
    FROM (SELECT *, lag(close) OVER w AS prev_close, lag(factor) OVER w / factor AS step FROM newest_bars
      WINDOW w AS (PARTITION BY symbol ORDER BY date)) s
    JOIN hours h ON h.session_date = s.date
    WHERE s.step IS NOT NULL AND ${splitFrom === null ? `1 - s.step > ${String(noise)}` : `abs(1 / s.step - 1) > ${String(noise)}`}
    ORDER BY s.date, s.symbol`;
}

function actionsQuery(): string {
  return `SELECT a.nr, a.symbol, a.ex_date, a.kind, a.ratio, a.amount, p.close AS prev_close, a.known AS knowledge_ts,
      row_number() OVER (PARTITION BY a.symbol, a.ex_date, a.kind ORDER BY a.known, a.nr) AS seq
    FROM actions a ASOF LEFT JOIN newest_bars p ON p.symbol = a.symbol AND p.date < a.ex_date
    ORDER BY a.ex_date, a.symbol, a.nr`;
}

function statementsQuery(carried: readonly string[]): string {
  const extras = carried.map((name) => `, f.${identifier(name)}`).join('');
  const order = 'PARTITION BY f.symbol, f.period_end ORDER BY f.known, f.nr';
  return `SELECT f.nr, f.symbol, f.period_end, row_number() OVER (${order}) AS version, f.known AS knowledge_ts,
      f.eps, f.revenue, f.book_value, row_number() OVER (${order}) AS seq${extras}
    FROM statements f ORDER BY f.period_end, f.symbol, f.nr`;
}

function membershipQuery(rule: ImportMapping['membership']): string {
  if (rule.rule === 'events') {
    return `SELECT c.nr, c.symbol, c.effective_date, c.action, c.known AS knowledge_ts,
        row_number() OVER (PARTITION BY c.symbol, c.effective_date ORDER BY c.known, c.nr) AS seq
      FROM changes c ORDER BY c.effective_date, c.symbol, c.nr`;
  }
  if (rule.rule === 'first-bar') {
    return `SELECT arg_min(b.nr, b.date) AS nr, b.symbol, min(b.date) AS effective_date, 'add' AS action,
        min(h.open_ts) AS knowledge_ts, 1 AS seq
      FROM bars b JOIN hours h ON h.session_date = b.date GROUP BY b.symbol ORDER BY effective_date, b.symbol`;
  }
  // Who enters or leaves against the list before, known at the close before the day of the list.
  return `WITH days AS (SELECT date, lag(date) OVER (ORDER BY date) AS before FROM (SELECT DISTINCT date FROM changes)),
    events AS (
      SELECT l.nr, d.date, l.symbol, 'add' AS action FROM days d JOIN changes l ON l.date = d.date
        ANTI JOIN changes p ON p.date = d.before AND p.symbol = l.symbol
      UNION ALL
      SELECT NULL, d.date, p.symbol, 'drop' FROM days d JOIN changes p ON p.date = d.before
        ANTI JOIN changes l ON l.date = d.date AND l.symbol = p.symbol)
    SELECT e.nr, e.symbol, e.date AS effective_date, e.action, coalesce(h.previous_close_ts, h.open_ts) AS knowledge_ts,
      row_number() OVER (PARTITION BY e.symbol, e.date ORDER BY e.nr) AS seq
    FROM events e ASOF LEFT JOIN hours h ON h.session_date >= e.date ORDER BY e.date, e.symbol`;
}

/** A delisting that only silence tells of is known once the silence has lasted long enough, not on its first day. */
function symbolsQuery({ symbols }: ImportMapping): string {
  const texts = Object.keys(symbols.texts).map((name) => `, n.${identifier(name)}`);
  const names = symbols.file === null ? '' : 'LEFT JOIN names n ON n.symbol = e.symbol';
  const silent =
    symbols.silentSessions === null ? 'false' : `e.newest - e.idx > ${String(symbols.silentSessions)}`;
  return `WITH lives AS (SELECT symbol, arg_min(nr, date) AS nr, min(date) AS first_date, max(date) AS last_date
      FROM bars GROUP BY symbol),
    placed AS (SELECT l.*, h.idx FROM lives l ASOF LEFT JOIN hours h ON h.session_date <= l.last_date),
    ends AS (SELECT *, (SELECT max(idx) FROM placed) AS newest FROM placed)
    SELECT CAST(NULL AS BIGINT) AS nr, e.symbol, e.first_date AS listed_date, d.session_date AS delisted_date,
      CASE WHEN d.session_date IS NOT NULL THEN s.close_ts END AS delisting_knowledge_ts${texts.join('')}
    FROM ends e LEFT JOIN hours d ON d.idx = e.idx + 1 AND ${silent}
    LEFT JOIN hours s ON s.idx = e.idx + 1 + ${String(symbols.silentSessions ?? 0)} ${names} ORDER BY e.symbol`;
}
