import type { DuckDBConnection } from '@duckdb/node-api';
import { identifier, queryRows, quoted } from './duckdb.ts';
import type { ErrorFinding } from './findings.ts';
import type { TableFile } from './folder-files.ts';
import { acceptsType, isNumeric, STORED_TYPES, TABLE_RULES } from './folder-schema.ts';
import type { ColumnRule, MarketTable } from './folder-schema.ts';

interface FileColumn {
  readonly name: string;
  readonly duckdbType: string;
}

export interface LoadedTable {
  /** Numeric columns beyond the format, carried along. */
  readonly extraColumns: readonly string[];
  readonly findings: readonly ErrorFinding[];
}

/** An instant as text must carry its zone: `2022-06-16T05:30:00Z` or an offset. */
const ZONED_INSTANT = String.raw`^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}(:?\d{2})?)$`;
const FINDINGS_PER_COLUMN = 50;

/**
 * Loads one file into the table of its name, columns in the types of the format. Findings name what does not fit; the
 * table exists only when there are none.
 */
export async function loadTable(connection: DuckDBConnection, file: TableFile): Promise<LoadedTable> {
  const reader = file.format === 'parquet' ? `read_parquet(${quoted(file.path)})` : csvReader(file.path);
  const columns = await describe(connection, reader, file);
  if ('finding' in columns) return { extraColumns: [], findings: [columns.finding] };
  const staging = identifier(`staging_${file.table}`);
  try {
    await connection.run(`CREATE OR REPLACE TABLE ${staging} AS SELECT * FROM ${reader}`);
  } catch (cause) {
    return { extraColumns: [], findings: [unreadable(file, cause)] };
  }
  const extraColumns = await findExtras(connection, staging, file, columns.list);
  const findings = [...missingColumns(file, columns.list), ...extraColumns.findings];
  if (findings.length === 0) {
    for (const rule of rulesOf(file.table, extraColumns.names)) {
      findings.push(...(await checkColumn(connection, staging, file, columns.list, rule)));
    }
  }
  if (findings.length === 0) await normalise(connection, staging, file, extraColumns.names, columns.list);
  await connection.run(`DROP TABLE ${staging}`);
  return { extraColumns: extraColumns.names, findings };
}

/** Makes the empty table that stands for an optional file that is absent. */
export async function createEmptyTable(connection: DuckDBConnection, table: MarketTable): Promise<void> {
  const columns = TABLE_RULES[table].columns.map(({ name, type }) => `${name} ${STORED_TYPES[type]}`);
  await connection.run(`CREATE OR REPLACE TABLE ${table} (${columns.join(', ')})`);
}

function csvReader(path: string): string {
  return `read_csv(${quoted(path)}, header = true, all_varchar = true, delim = ',', quote = '"', nullstr = '')`;
}

async function describe(
  connection: DuckDBConnection,
  reader: string,
  file: TableFile,
): Promise<{ readonly list: readonly FileColumn[] } | { readonly finding: ErrorFinding }> {
  try {
    const rows = await queryRows(connection, `DESCRIBE SELECT * FROM ${reader}`);
    return { list: rows.map(([name, type]) => ({ name: String(name), duckdbType: String(type) })) };
  } catch (cause) {
    return { finding: unreadable(file, cause) };
  }
}

function unreadable(file: TableFile, cause: unknown): ErrorFinding {
  const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
  return finding(
    file,
    'MARKET_FILE_UNREADABLE',
    null,
    null,
    `is not a readable ${file.format} file: ${reason}`,
  );
}

function finding(
  file: TableFile,
  code: ErrorFinding['code'],
  row: number | null,
  column: string | null,
  message: string,
): ErrorFinding {
  return { severity: 'error', code, file: file.file, row, column, message };
}

function missingColumns(file: TableFile, columns: readonly FileColumn[]): ErrorFinding[] {
  const names = new Set(columns.map(({ name }) => name));
  return TABLE_RULES[file.table].columns
    .filter(({ name }) => !names.has(name))
    .map(({ name }) => finding(file, 'MARKET_COLUMN_MISSING', null, name, 'the column is missing'));
}

async function findExtras(
  connection: DuckDBConnection,
  staging: string,
  file: TableFile,
  columns: readonly FileColumn[],
): Promise<{ readonly names: readonly string[]; readonly findings: readonly ErrorFinding[] }> {
  const rule = TABLE_RULES[file.table];
  const known = new Set([...rule.columns.map(({ name }) => name), ...rule.optionalText]);
  const names: string[] = [];
  const findings: ErrorFinding[] = [];
  for (const { name, duckdbType } of columns) {
    if (known.has(name)) continue;
    const numeric =
      file.format === 'parquet'
        ? isNumeric(duckdbType)
        : (await unreadableCells(connection, staging, name, 'number')).length === 0;
    if (numeric && rule.carriesNumbers && /^[a-z][a-z0-9_]*$/u.test(name)) names.push(name);
    else {
      const reason =
        'unknown column; only numeric columns in lower case can be carried beside those of the format';
      findings.push(finding(file, 'MARKET_COLUMN_UNKNOWN', null, name, reason));
    }
  }
  return { names, findings };
}

function rulesOf(table: MarketTable, extras: readonly string[]): readonly ColumnRule[] {
  const carried = extras.map((name) => ({ name, type: 'number', nullable: true }) satisfies ColumnRule);
  return [...TABLE_RULES[table].columns, ...carried];
}

async function checkColumn(
  connection: DuckDBConnection,
  staging: string,
  file: TableFile,
  columns: readonly FileColumn[],
  rule: ColumnRule,
): Promise<readonly ErrorFinding[]> {
  const actual = columns.find(({ name }) => name === rule.name)?.duckdbType ?? '';
  if (file.format === 'parquet' && !acceptsType(rule.type, actual)) {
    const message = `has type ${actual}, needs ${STORED_TYPES[rule.type]}`;
    return [finding(file, 'MARKET_COLUMN_TYPE', null, rule.name, message)];
  }
  const findings: ErrorFinding[] = [];
  if (file.format === 'csv') {
    for (const [row, text] of await unreadableCells(connection, staging, rule.name, rule.type)) {
      const message = `${JSON.stringify(text)} is not ${describeType(rule.type)}`;
      findings.push(finding(file, 'MARKET_VALUE_INVALID', row, rule.name, message));
    }
  }
  if (!rule.nullable) {
    const empty = await queryRows(
      connection,
      `SELECT rowid + 1 FROM ${staging} WHERE ${identifier(rule.name)} IS NULL ORDER BY 1 LIMIT ${String(FINDINGS_PER_COLUMN)}`,
    );
    for (const [row] of empty) {
      findings.push(finding(file, 'MARKET_VALUE_INVALID', Number(row), rule.name, 'the cell is empty'));
    }
  }
  return findings;
}

function describeType(type: ColumnRule['type']): string {
  if (type === 'instant') return 'an ISO instant with its zone';
  if (type === 'date') return 'a date (YYYY-MM-DD)';
  return type === 'integer' ? 'a whole number' : 'a number';
}

async function unreadableCells(
  connection: DuckDBConnection,
  staging: string,
  name: string,
  type: ColumnRule['type'],
): Promise<readonly (readonly [number, string])[]> {
  if (type === 'text') return [];
  const cell = identifier(name);
  const unreadable =
    type === 'instant'
      ? `(NOT regexp_full_match(${cell}, ${quoted(ZONED_INSTANT)}) OR TRY_CAST(${cell} AS TIMESTAMPTZ) IS NULL)`
      : `TRY_CAST(${cell} AS ${STORED_TYPES[type]}) IS NULL`;
  const rows = await queryRows(
    connection,
    `SELECT rowid + 1, ${cell} FROM ${staging} WHERE ${cell} IS NOT NULL AND ${unreadable}
     ORDER BY 1 LIMIT ${String(FINDINGS_PER_COLUMN)}`,
  );
  return rows.map(([row, text]) => [Number(row), String(text)] as const);
}

async function normalise(
  connection: DuckDBConnection,
  staging: string,
  file: TableFile,
  extras: readonly string[],
  columns: readonly FileColumn[],
): Promise<void> {
  const present = new Set(columns.map(({ name }) => name));
  const casts = rulesOf(file.table, extras).map(
    ({ name, type }) => `CAST(${identifier(name)} AS ${STORED_TYPES[type]}) AS ${identifier(name)}`,
  );
  const texts = TABLE_RULES[file.table].optionalText
    .filter((name) => present.has(name))
    .map((name) => `CAST(${identifier(name)} AS VARCHAR) AS ${identifier(name)}`);
  // rowid follows the order of the file, so that a finding can name the row.
  await connection.run(
    `CREATE OR REPLACE TABLE ${file.table} AS SELECT ${[...casts, ...texts].join(', ')} FROM ${staging} ORDER BY rowid`,
  );
}
