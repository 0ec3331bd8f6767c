import type { DuckDBConnection } from '@duckdb/node-api';
import { identifier, instantLiteral, queryNumber, queryRow, queryRows } from './duckdb.ts';
import type { ErrorFinding } from './findings.ts';
import { TABLE_RULES } from './folder-schema.ts';
import type { MarketTable } from './folder-schema.ts';

/** Rows that somebody wants to append to a loaded table: `incoming` holds them in the order of their file. */
export interface IncomingTable {
  readonly table: MarketTable;
  readonly incoming: string;
  /** Name of the file, for findings. */
  readonly file: string;
  readonly extraColumns: readonly string[];
  /** Numeric columns beyond the format that the folder has already. */
  readonly presentExtras: readonly string[];
}

export interface AppendDecision {
  /** Newest knowledge_ts of the folder: whatever it says up to then may have been used. */
  readonly knownBefore: string;
  /** What late rows and corrections are declared to have become known at; null: their own knowledge_ts stands. */
  readonly knownAt: string | null;
}

export interface PlannedTable {
  readonly table: MarketTable;
  /** Table of the rows to add, in the order in which they are written. */
  readonly name: string;
  readonly added: number;
  /** Rows that the folder has already. */
  readonly present: number;
  /** Rows to which `knownAt` was given. */
  readonly restated: number;
}

/** Newest instant at which anything in the loaded folder became known. */
export async function knownBefore(
  connection: DuckDBConnection,
  tables: readonly MarketTable[],
): Promise<string> {
  const parts = tables.flatMap((table) => {
    const names = TABLE_RULES[table].columns.map(({ name }) => name);
    return ['knowledge_ts', 'delisting_knowledge_ts']
      .filter((name) => names.includes(name))
      .map((name) => `SELECT max(${name}) AS k FROM ${table}`);
  });
  const [cell] = await queryRow(
    connection,
    `SELECT strftime(max(k), '%Y-%m-%dT%H:%M:%S.%gZ') FROM (${parts.join(' UNION ALL ')})`,
  );
  return String(cell);
}

/** What a row to append is: already there, new, or something that would rewrite the past. */
const PRESENT = 'present';
const NEW = 'new';
const CHANGED = 'changed';
const LATE = 'late';

/**
 * Sorts incoming rows into what is there, what is new and what would change the past, and creates the table of rows to
 * add. With `knownAt`, late rows and corrections are added as known then.
 *
 * @param limit findings listed at most
 */
export async function planTable(
  connection: DuckDBConnection,
  incoming: IncomingTable,
  decision: AppendDecision,
  limit: number,
): Promise<{
  readonly planned: PlannedTable;
  readonly findings: readonly ErrorFinding[];
  readonly refused: number;
}> {
  const { table } = incoming;
  const dated = TABLE_RULES[table].columns.some(({ name }) => name === 'knowledge_ts');
  const knownAt = dated ? decision.knownAt : null;
  const restates = knownAt !== null;
  const judged = identifier(`judged_${table}`);
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE ${judged} AS ${judgement(incoming, decision.knownBefore, restates)}`,
  );
  const count = async (where: string): Promise<number> =>
    (await queryNumber(connection, `SELECT count(*) FROM ${judged} WHERE ${where}`)) ?? 0;
  const wrong = restates ? 'false' : `state IN ('${CHANGED}', '${LATE}')`;
  const refused = await count(wrong);
  const rows = await queryRows(
    connection,
    `SELECT nr, state FROM ${judged} WHERE ${wrong} ORDER BY nr LIMIT ${String(limit)}`,
  );
  const findings = rows.map(([row, state]) => ({
    severity: 'error' as const,
    code: 'HISTORY_REWRITTEN' as const,
    file: incoming.file,
    row: Number(row),
    column: dated ? 'knowledge_ts' : null,
    message: refusalText(table, String(state), decision),
  }));
  const name = identifier(`adding_${table}`);
  const instant =
    knownAt !== null
      ? `REPLACE (CASE WHEN state = '${NEW}' THEN knowledge_ts ELSE ${instantLiteral(knownAt)} END AS knowledge_ts)`
      : '';
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE ${name} AS
     SELECT * EXCLUDE (nr, state) ${instant} FROM ${judged} WHERE state <> '${PRESENT}' ORDER BY nr`,
  );
  return {
    planned: {
      table,
      name,
      added: await count(`state <> '${PRESENT}'`),
      present: await count(`state = '${PRESENT}'`),
      restated: restates ? await count(`state IN ('${CHANGED}', '${LATE}')`) : 0,
    },
    findings,
    refused,
  };
}

function refusalText(table: MarketTable, state: string, { knownBefore: before }: AppendDecision): string {
  const key = TABLE_RULES[table].key.join(', ');
  if (state === CHANGED) return `the folder has a row with the same ${key} and other values`;
  return `it says that it was known or in force by ${before}, when the folder was complete without it`;
}

/**
 * Each incoming row with its number and its state. With `restates` a row that says of a thing what its newest version
 * says is there already: a source that is read whole every day repeats its corrections.
 */
function judgement(incoming: IncomingTable, before: string, restates: boolean): string {
  const { table, extraColumns, presentExtras } = incoming;
  const rule = TABLE_RULES[table];
  const extras = [...new Set([...extraColumns, ...presentExtras])];
  const columns = [...rule.columns.map(({ name }) => name), ...rule.optionalText, ...extras];
  const side = (alias: string, carried: readonly string[], names: readonly string[]): string =>
    names
      .map((name) =>
        extras.includes(name) && !carried.includes(name) ? 'NULL' : `${alias}.${identifier(name)}`,
      )
      .join(', ');
  const same = (alias: string, names: readonly string[]): string =>
    `(${side(alias, presentExtras, names)}) IS NOT DISTINCT FROM (${side('t', extraColumns, names)})`;
  const keys = rule.key.map((name) => `b.${name} = t.${name}`).join(' AND ');
  const versioned = new Set(['knowledge_ts', 'seq']);
  const thing = rule.key.filter((name) => !versioned.has(name));
  const said = columns.filter((name) => !versioned.has(name));
  const newest = `LEFT JOIN (SELECT * FROM ${table}
      QUALIFY row_number() OVER (PARTITION BY ${thing.join(', ')} ORDER BY knowledge_ts DESC, seq DESC) = 1) v
    ON ${thing.map((name) => `v.${name} = t.${name}`).join(' AND ')}`;
  return `SELECT t.*, t.rowid + 1 AS nr,
      CASE WHEN b.symbol_or_date IS NOT NULL AND ${same('b', columns)} THEN '${PRESENT}'
        WHEN b.symbol_or_date IS NOT NULL AND ${replaceable(table, before)} THEN '${NEW}'
        ${restates ? `WHEN v.${thing[0] ?? ''} IS NOT NULL AND ${same('v', said)} THEN '${PRESENT}'` : ''}
        WHEN b.symbol_or_date IS NOT NULL THEN '${CHANGED}'
        WHEN ${fresh(table, before)} THEN '${NEW}'
        ELSE '${LATE}' END AS state
    FROM ${incoming.incoming} t LEFT JOIN ${table} b ON ${keys} ${restates ? newest : ''}`.replaceAll(
    'symbol_or_date',
    rule.key[0] ?? '',
  );
}

/** SQL of what makes a row new that the folder has nothing for: nobody could have known it before. */
function fresh(table: MarketTable, before: string): string {
  const known = instantLiteral(before);
  const columns = new Set(TABLE_RULES[table].columns.map(({ name }) => name));
  if (columns.has('knowledge_ts')) return `t.knowledge_ts > ${known}`;
  if (table === 'calendar') return `t.open_ts > ${known}`;
  // A symbol makes no row before it is a member and has bars; its delisting is knowledge like any other.
  return `coalesce(t.delisting_knowledge_ts > ${known}, true)`;
}

/** SQL of what lets a row stand in for the one with the same key: it changes nothing that was known. */
function replaceable(table: MarketTable, before: string): string {
  const known = instantLiteral(before);
  if (table === 'calendar') return `b.open_ts > ${known} AND t.open_ts > ${known}`;
  if (table !== 'symbols') return 'false';
  const kept = [...TABLE_RULES.symbols.columns, ...TABLE_RULES.symbols.optionalText.map((name) => ({ name }))]
    .map(({ name }) => name)
    .filter((name) => !name.startsWith('delist'));
  const others = (alias: string): string => kept.map((name) => `${alias}.${name}`).join(', ');
  return `b.delisted_date IS NULL AND t.delisting_knowledge_ts > ${known}
    AND (${others('b')}) IS NOT DISTINCT FROM (${others('t')})`;
}
