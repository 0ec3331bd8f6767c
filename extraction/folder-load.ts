import type { DuckDBConnection } from '@duckdb/node-api';
import { identifier, queryNumber, queryRows, quoted } from './duckdb.ts';
import type { ErrorFinding } from './findings.ts';
import { checkCells } from './folder-cells.ts';
import type { CellFindings, CellRelation } from './folder-cells.ts';
import { csvRelation, headerFault, readCsvHeader, rowOfOpenQuote } from './folder-csv.ts';
import { fileFault, unknownColumn, unreadable } from './folder-faults.ts';
import type { TableFile } from './folder-files.ts';
import { originOfFiles, originOfTable } from './folder-origin.ts';
import type { RowOrigin } from './folder-origin.ts';
import { describeParquet, parquetRelation, undecodable } from './folder-parquet.ts';
import { mayBeCarried, STORED_TYPES, TABLE_RULES } from './folder-schema.ts';
import type { ColumnRule, MarketTable } from './folder-schema.ts';

export interface LoadedTable extends CellFindings {
  /** Numeric columns beyond the format, carried along. */
  readonly extraColumns: readonly string[];
  readonly origin: RowOrigin;
  readonly rows: readonly { readonly file: string; readonly rows: number }[];
}

/** Files of one table that are read in one go: a CSV file, or any number of Parquet files. */
interface FileGroup {
  readonly files: readonly TableFile[];
  readonly columns: ReadonlyMap<string, string>;
  readonly relation: CellRelation;
}

/** Tables in which a later file says anew what an earlier one said: sessions ahead move, listings end. */
const REPLACING: ReadonlySet<MarketTable> = new Set(['symbols', 'calendar']);

/**
 * Loads the files of one table into `target`, columns in the types of the format. Findings name what does not fit, at
 * most `limit` of each kind; the table exists only when there are none. Bars of sessions before `since` are left out, and then
 * the numbers of rows in findings are not those of the files.
 */
export async function loadTable(
  connection: DuckDBConnection,
  files: readonly TableFile[],
  target: string,
  limit: number,
  since: string | null = null,
): Promise<LoadedTable> {
  const [first] = files;
  if (first === undefined) throw new TypeError('no file to load');
  const { table } = first;
  const rows: { file: string; rows: number }[] = [];
  const refused = (found: CellFindings): LoadedTable => ({
    ...found,
    extraColumns: [],
    origin: originOfFiles([]),
    rows,
  });
  const groups = await groupFiles(connection, files, target, table === 'prices' ? since : null);
  if ('findings' in groups) return refused(groups);
  let names: readonly string[];
  try {
    const extras = await checkGroups(connection, table, groups, limit);
    if (extras.total > 0) return refused(extras);
    ({ names } = extras);
    await createTable(connection, table, target, names);
    for (const group of groups) rows.push(...(await insertGroup(connection, table, target, group, names)));
  } catch (cause) {
    const culprit = (await undecodable(connection, files)) ?? first;
    return refused({ findings: [unreadable(culprit, cause)], total: 1 });
  } finally {
    await dropStaging(connection, target);
  }
  const origin =
    files.length > 1 && REPLACING.has(table)
      ? await keepNewest(connection, table, target, rows)
      : originOfFiles(rows);
  return { extraColumns: names, findings: [], total: 0, origin, rows };
}

const ABSENT = 'stands for a file that is absent';

/** Makes the empty table that stands for an optional file that is absent. */
export async function createEmptyTable(connection: DuckDBConnection, table: MarketTable): Promise<void> {
  await createTable(connection, table, table, []);
  await connection.run(`COMMENT ON TABLE ${table} IS ${quoted(ABSENT)}`);
}

/** Whether a table of an opened folder has a file; one without any row yet is another thing than none. */
export async function hasFile(connection: DuckDBConnection, table: MarketTable): Promise<boolean> {
  const present = await queryNumber(
    connection,
    `SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'main' AND NOT internal
       AND table_name = ${quoted(table)} AND comment IS DISTINCT FROM ${quoted(ABSENT)}`,
  );
  return (present ?? 0) > 0;
}

async function createTable(
  connection: DuckDBConnection,
  table: MarketTable,
  target: string,
  extras: readonly string[],
): Promise<void> {
  const columns = [...columnsOf(table, extras)].map(([name, type]) => `${identifier(name)} ${type}`);
  await connection.run(`CREATE OR REPLACE TABLE ${target} (${columns.join(', ')})`);
}

/** Columns of a loaded table in their order, with their types. */
function columnsOf(table: MarketTable, extras: readonly string[]): ReadonlyMap<string, string> {
  return new Map([
    ...rulesOf(table, extras).map(({ name, type }) => [name, STORED_TYPES[type]] as const),
    ...TABLE_RULES[table].optionalText.map((name) => [name, STORED_TYPES.text] as const),
  ]);
}

function rulesOf(table: MarketTable, extras: readonly string[]): readonly ColumnRule[] {
  const carried = extras.map((name) => ({ name, type: 'number', nullable: true }) satisfies ColumnRule);
  return [...TABLE_RULES[table].columns, ...carried];
}

/** The groups in the order of the files; the first file that cannot be read stops it. */
async function groupFiles(
  connection: DuckDBConnection,
  files: readonly TableFile[],
  target: string,
  since: string | null,
): Promise<readonly FileGroup[] | CellFindings> {
  const csv = files.filter(({ format }) => format === 'csv');
  const parquet = files.filter(({ format }) => format === 'parquet');
  const groups: FileGroup[] = [];
  const findings: ErrorFinding[] = [];
  for (const file of csv) {
    const group = await stageCsv(connection, file, stagingOf(target), since);
    if ('findings' in group) findings.push(...group.findings);
    else groups.push(group);
  }
  const described = [];
  for (const file of parquet) described.push(await describeParquet(connection, file));
  findings.push(...described.flatMap((found) => found.findings));
  if (findings.length > 0) return { findings, total: findings.length };
  const whole = described.filter(({ hollow }) => !hollow);
  for (const some of [...described.filter(({ hollow }) => hollow).map((one) => [one]), whole]) {
    const own = some.map(({ file }) => file);
    const columns = new Map(some.flatMap((one) => [...one.columns]));
    if (own.length > 0)
      groups.push({ files: own, columns, relation: parquetRelation(own, notBefore(since)) });
  }
  return groups;
}

const stagingOf = (target: string): string => identifier(`staging_${target}`);

async function dropStaging(connection: DuckDBConnection, target: string): Promise<void> {
  await connection.run(`DROP TABLE IF EXISTS ${stagingOf(target)}`);
}

/** CSV cells are read once, into a table of texts: its rowid is the number of the row. */
async function stageCsv(
  connection: DuckDBConnection,
  file: TableFile,
  staging: string,
  since: string | null,
): Promise<FileGroup | CellFindings> {
  const columns = await readCsvHeader(file.path);
  const refused = (finding: ErrorFinding): CellFindings => ({ findings: [finding], total: 1 });
  const header = headerFault(columns);
  if (header !== null) {
    const { column, reason } = header;
    const code = column === null ? 'MARKET_FILE_UNREADABLE' : 'MARKET_COLUMN_UNKNOWN';
    return refused(fileFault(file, code, null, column, reason));
  }
  const open = await rowOfOpenQuote(file.path);
  if (open !== null) {
    const reason = 'a quoted cell of the row never ends: every row behind it would be lost';
    return refused(fileFault(file, 'MARKET_FILE_UNREADABLE', open === 0 ? null : open, null, reason));
  }
  try {
    await connection.run(
      `CREATE OR REPLACE TABLE ${staging} AS SELECT * FROM ${csvRelation(file.path, columns)}${columns.includes(SESSION) ? notBefore(since) : ''}`,
    );
  } catch (cause) {
    return refused(unreadable(file, cause));
  }
  return {
    files: [file],
    columns: new Map(columns.map((name) => [name, STORED_TYPES.text])),
    relation: { sql: staging, file: quoted(file.file), row: 'rowid + 1', texts: true },
  };
}

const SESSION = 'session_date';

/** What is no date stays, so that it is found. */
const notBefore = (since: string | null): string =>
  since === null ? '' : ` WHERE coalesce(TRY_CAST(${SESSION} AS DATE) >= DATE ${quoted(since)}, true)`;

/** Looks at names, then at cells; gives the columns that are carried. */
async function checkGroups(
  connection: DuckDBConnection,
  table: MarketTable,
  groups: readonly FileGroup[],
  limit: number,
): Promise<CellFindings & { readonly names: readonly string[] }> {
  const rule = TABLE_RULES[table];
  const known = new Set([...rule.columns.map(({ name }) => name), ...rule.optionalText]);
  const names = new Set<string>();
  const findings: ErrorFinding[] = [];
  for (const group of groups) {
    const [file] = group.files;
    if (file === undefined) continue;
    if (group.relation.texts) findings.push(...missingColumns(file, group.columns));
    for (const name of group.columns.keys()) {
      if (known.has(name)) continue;
      const carried =
        !group.relation.texts ||
        (rule.carriesNumbers && mayBeCarried(name) && (await holdsNumbers(connection, group, name)));
      if (carried) names.add(name);
      else findings.push(unknownColumn(file, name));
    }
  }
  if (findings.length > 0) return { findings, total: findings.length, names: [] };
  let total = 0;
  for (const group of groups) {
    const columns = [...rulesOf(table, [...names]), ...optionalTexts(table)];
    const present = columns.filter(({ name }) => group.columns.has(name));
    const found = await checkCells(connection, group.relation, present, limit);
    findings.push(...found.findings);
    total += found.total;
  }
  return { findings, total, names: [...names] };
}

const optionalTexts = (table: MarketTable): readonly ColumnRule[] =>
  TABLE_RULES[table].optionalText.map((name) => ({ name, type: 'text', nullable: true }));

function missingColumns(file: TableFile, columns: ReadonlyMap<string, string>): readonly ErrorFinding[] {
  return TABLE_RULES[file.table].columns
    .filter(({ name }) => !columns.has(name))
    .map(({ name }) => fileFault(file, 'MARKET_COLUMN_MISSING', null, name, 'the column is missing'));
}

/** A column of texts that are all numbers, or empty, can be carried. */
async function holdsNumbers(connection: DuckDBConnection, group: FileGroup, name: string): Promise<boolean> {
  const cell = identifier(name);
  const rows = await queryRows(
    connection,
    `SELECT 1 FROM ${group.relation.sql} WHERE ${cell} IS NOT NULL AND TRY_CAST(${cell} AS DOUBLE) IS NULL LIMIT 1`,
  );
  return rows.length === 0;
}

/** Inserts a group in the order of its files; gives the rows of each. */
async function insertGroup(
  connection: DuckDBConnection,
  table: MarketTable,
  target: string,
  group: FileGroup,
  extras: readonly string[],
): Promise<readonly { readonly file: string; readonly rows: number }[]> {
  const casts = [...columnsOf(table, extras)].map(([name, type]) =>
    group.columns.has(name)
      ? `CAST(${identifier(name)} AS ${type}) AS ${identifier(name)}`
      : `CAST(NULL AS ${type}) AS ${identifier(name)}`,
  );
  // Nothing reorders the rows: rowid follows the order of the files, so that a finding can name the row.
  await connection.run(`INSERT INTO ${target} SELECT ${casts.join(', ')} FROM ${group.relation.sql}`);
  const counts = group.relation.texts
    ? await queryRows(connection, `SELECT 0, count(*) FROM ${group.relation.sql}`)
    : await queryRows(
        connection,
        `SELECT file_name, num_rows FROM parquet_file_metadata([${group.files.map(({ path }) => quoted(path)).join(', ')}])`,
      );
  const rowsOf = new Map(counts.map(([path, rows]) => [String(path), Number(rows)]));
  return group.files.map(({ path, file }) => ({
    file,
    rows: rowsOf.get(group.relation.texts ? '0' : path) ?? 0,
  }));
}

/** Of rows that several files have for one key the one of the newest file stays; repeats within a file all stay. */
async function keepNewest(
  connection: DuckDBConnection,
  table: MarketTable,
  target: string,
  rows: readonly { readonly file: string; readonly rows: number }[],
): Promise<RowOrigin> {
  const key = TABLE_RULES[table].key.join(', ');
  const places = identifier(`places_${target}`);
  const origin = identifier(`origin_${target}`);
  let first = 0;
  const parts = rows.map(({ rows: count }, part) => {
    const range = `(${String(first)}, ${String(first + count)}, ${String(part)})`;
    first += count;
    return range;
  });
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE ${places} AS
     SELECT t.rowid AS id, p.part, t.rowid - p.lowest + 1 AS "row"
     FROM ${target} t JOIN (VALUES ${parts.join(', ')}) p (lowest, beyond, part) ON t.rowid >= p.lowest AND t.rowid < p.beyond
     QUALIFY p.part = max(p.part) OVER (PARTITION BY ${key})`,
  );
  await connection.run(`CREATE OR REPLACE TABLE ${origin} AS SELECT part, "row" FROM ${places} ORDER BY id`);
  await connection.run(
    `CREATE OR REPLACE TABLE ${target} AS SELECT t.* FROM ${target} t JOIN ${places} p ON p.id = t.rowid ORDER BY t.rowid`,
  );
  await connection.run(`DROP TABLE ${places}`);
  return originOfTable(
    origin,
    rows.map(({ file }) => file),
  );
}
