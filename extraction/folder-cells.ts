import type { DuckDBConnection } from '@duckdb/node-api';
import { identifier, queryRow, queryRows, quoted } from './duckdb.ts';
import type { ErrorFinding } from './findings.ts';
import { STORED_TYPES } from './folder-schema.ts';
import type { ColumnRule, ColumnType } from './folder-schema.ts';

/** Something whose cells can be read: each row knows its file and its number there. */
export interface CellRelation {
  readonly sql: string;
  /** SQL of the file's name and of the number of the data row. */
  readonly file: string;
  readonly row: string;
  /** True when every cell is a text. */
  readonly texts: boolean;
}

export interface CellFindings {
  readonly findings: readonly ErrorFinding[];
  /** All offenders, those beyond the limit included. */
  readonly total: number;
}

interface CellRule {
  readonly code: ErrorFinding['code'];
  readonly where: string;
  /** SQL of the message. */
  readonly message: string;
}

/** An instant as text must carry its zone: `2022-06-16T05:30:00Z` or an offset. */
const ZONED_INSTANT = String.raw`^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}(:?\d{2})?)$`;
/** A date, at most with a midnight behind it; the engine would read `2024/1/5`, `epoch`, and instants without regard to their zone. */
const PLAIN_DATE = String.raw`^\d{4}-\d{2}-\d{2}([T ]00:00:00(\.0{1,6})?)?$`;
/** And it would round 1.5 to a whole number. */
const PLAIN_INTEGER = String.raw`^[+-]?\d+(\.0+)?$`;
/** Days of a market data folder; beyond them a date is a slip of a digit, or an infinity. */
const YEARS = `BETWEEN DATE '1900-01-01' AND DATE '2199-12-31'`;
/** Whole numbers from here on have no exact double: 2^53. */
const EXACT_BELOW = 9007199254740992;

const TYPE_WORDS: Readonly<Record<ColumnType, string>> = {
  text: 'a text',
  date: 'a date (YYYY-MM-DD) between 1900 and 2199',
  instant: 'an ISO instant with its zone, between 1900 and 2199',
  number: 'a number',
  integer: 'a whole number below 2^63',
};

/** How the texts of a column have to look; null: whatever the engine reads. */
const TEXT_SHAPES: Readonly<Record<ColumnType, string | null>> = {
  text: null,
  date: PLAIN_DATE,
  instant: ZONED_INSTANT,
  number: null,
  integer: PLAIN_INTEGER,
};

/** Columns of prices that have rules of their own about what is not finite. */
const BAR_NUMBERS = new Set(['open', 'high', 'low', 'close', 'volume']);

/** Looks at every cell of the columns in one pass; at most `limit` findings of each kind are listed. */
export async function checkCells(
  connection: DuckDBConnection,
  relation: CellRelation,
  columns: readonly ColumnRule[],
  limit: number,
): Promise<CellFindings> {
  const rules = columns.flatMap((column) =>
    cellRules(relation, column).map((rule) => ({ ...rule, column: column.name })),
  );
  if (rules.length === 0) return { findings: [], total: 0 };
  const counted = rules.map(({ where }) => `count(CASE WHEN ${where} THEN 1 END)`);
  const counts = await queryRow(connection, `SELECT ${counted.join(', ')} FROM ${relation.sql}`);
  const findings: ErrorFinding[] = [];
  let total = 0;
  for (const [at, { code, column, where, message }] of rules.entries()) {
    const count = Number(counts[at]);
    if (count === 0) continue;
    total += count;
    const rows = await queryRows(
      connection,
      `SELECT ${relation.file}, ${relation.row}, ${message} FROM ${relation.sql} WHERE ${where} ORDER BY 1, 2 LIMIT ${String(limit)}`,
    );
    for (const [file, row, text] of rows) {
      findings.push({
        severity: 'error',
        code,
        file: String(file),
        row: Number(row),
        column,
        message: String(text),
      });
    }
  }
  return { findings, total };
}

function cellRules(relation: CellRelation, { name, type, nullable }: ColumnRule): readonly CellRule[] {
  const cell = identifier(name);
  const value = `TRY_CAST(${cell} AS ${STORED_TYPES[type]})`;
  const invalid = (where: string, what: string): CellRule => ({
    code: 'MARKET_VALUE_INVALID',
    where: `${cell} IS NOT NULL AND (${where})`,
    message: `'"' || left(CAST(${cell} AS VARCHAR), 60) || ${quoted(`" is ${what}`)}`,
  });
  const rules: CellRule[] = [];
  if (!nullable) {
    rules.push({ code: 'MARKET_VALUE_INVALID', where: `${cell} IS NULL`, message: `'the cell is empty'` });
  }
  if (type === 'text') {
    // Names stand in keys, in hashes and on pages: nothing invisible in them.
    const invisible = `regexp_matches(${cell}, '[\\x00-\\x1f\\x7f]')`;
    const padded = nullable ? '' : ` OR ${cell} = '' OR ${cell} <> trim(${cell})`;
    rules.push(invalid(`${invisible}${padded}`, 'not a plain text without blanks around it'));
    return rules;
  }
  const unreadable = [`${value} IS NULL`];
  if (type === 'date' || type === 'instant') unreadable.push(`NOT (CAST(${value} AS DATE) ${YEARS})`);
  const shape = TEXT_SHAPES[type];
  if (shape !== null && relation.texts) {
    unreadable.unshift(`NOT regexp_full_match(${cell}, ${quoted(shape)})`);
  }
  rules.push(invalid(unreadable.join(' OR '), `not ${TYPE_WORDS[type]}`));
  if (type === 'instant' && relation.texts) rules.push(zoneRule(relation, cell));
  if (type === 'number') {
    rules.push(
      invalid(
        `isfinite(${value}) AND abs(${value}) >= ${String(EXACT_BELOW)}`,
        'too great to be held exactly (2^53 and beyond)',
      ),
    );
    if (!BAR_NUMBERS.has(name))
      rules.push(invalid(`NOT isfinite(${value})`, 'not finite; leave the cell empty'));
  }
  return rules;
}

/**
 * Rows whose offset from UTC differs by more than an hour, the step of daylight saving, from that of most rows of the
 * column: two exports were put together, and nobody can tell whether both were labelled rightly.
 */
function zoneRule(relation: CellRelation, cell: string): CellRule {
  const offset = `(date_diff('minute', TRY_CAST(${cell} AS TIMESTAMPTZ), TRY_CAST(regexp_replace(${cell}, '(Z|[+-]\\d{2}(:?\\d{2})?)$', 'Z') AS TIMESTAMPTZ)))`;
  const usual = `(SELECT mode(${offset}) FROM ${relation.sql} WHERE regexp_full_match(${cell}, ${quoted(ZONED_INSTANT)}))`;
  return {
    code: 'MARKET_TIME_ZONE_MIXED',
    where: `regexp_full_match(${cell}, ${quoted(ZONED_INSTANT)}) AND abs(${offset} - ${usual}) > 60`,
    message: `'"' || ${cell} || '" stands in another time zone than most rows of the column'`,
  };
}
