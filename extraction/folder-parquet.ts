import type { DuckDBConnection } from '@duckdb/node-api';
import { identifier, queryNumber, queryRows, quoted } from './duckdb.ts';
import type { ErrorFinding } from './findings.ts';
import type { CellRelation } from './folder-cells.ts';
import { fileFault, unknownColumn, unreadable } from './folder-faults.ts';
import type { TableFile } from './folder-files.ts';
import { acceptsType, isNumeric, mayBeCarried, STORED_TYPES, TABLE_RULES } from './folder-schema.ts';
import type { ColumnRule } from './folder-schema.ts';

/** What a Parquet file gives to its table. */
export interface ParquetFile {
  readonly file: TableFile;
  /** Columns with their DuckDB types. */
  readonly columns: ReadonlyMap<string, string>;
  /**
   * Columns of another type that hold nothing at all: writers that guess types know none for a column without values. They count as
   * absent, and the file is read by itself, since their type would meet another one in the next file.
   */
  readonly hollow: boolean;
  readonly findings: readonly ErrorFinding[];
}

/** SQL of one Parquet file, whose path says nothing about its columns: `year=2024` is the name of a folder. */
export const parquetFile = (path: string): string =>
  `read_parquet(${quoted(path)}, hive_partitioning = false)`;

/** Reads names and types of the columns; findings say what cannot stand for a column of the format. */
export async function describeParquet(connection: DuckDBConnection, file: TableFile): Promise<ParquetFile> {
  const { columns: wanted, optionalText, carriesNumbers } = TABLE_RULES[file.table];
  let described: ReadonlyMap<string, string>;
  try {
    const rows = await queryRows(connection, `DESCRIBE SELECT * FROM ${parquetFile(file.path)}`);
    described = new Map(rows.map(([name, type]) => [String(name), String(type)]));
  } catch (cause) {
    return { file, columns: new Map(), hollow: false, findings: [unreadable(file, cause)] };
  }
  const findings: ErrorFinding[] = await doubleNames(connection, file);
  const columns = new Map(described);
  const texts = optionalText.map((name) => ({ name, type: 'text', nullable: true }) satisfies ColumnRule);
  for (const column of [...wanted, ...texts.filter(({ name }) => described.has(name))]) {
    const { name, type } = column;
    const actual = described.get(name);
    if (actual === undefined) {
      findings.push(fileFault(file, 'MARKET_COLUMN_MISSING', null, name, 'the column is missing'));
    } else if (!acceptsType(type, actual)) {
      if (await isHollow(connection, file, column)) columns.delete(name);
      else {
        const message = `has type ${actual}, needs ${STORED_TYPES[type]}`;
        findings.push(fileFault(file, 'MARKET_COLUMN_TYPE', null, name, message));
      }
    }
  }
  const known = new Set([...wanted.map(({ name }) => name), ...optionalText]);
  for (const [name, type] of described) {
    if (!known.has(name) && !(isNumeric(type) && carriesNumbers && mayBeCarried(name))) {
      findings.push(unknownColumn(file, name));
    }
  }
  return { file, columns, hollow: columns.size < described.size, findings };
}

/** The engine would rename the second of two columns of one name, and carry it. */
async function doubleNames(connection: DuckDBConnection, file: TableFile): Promise<ErrorFinding[]> {
  const rows = await queryRows(
    connection,
    `SELECT name FROM parquet_schema(${quoted(file.path)}) WHERE type IS NOT NULL GROUP BY name HAVING count(*) > 1 ORDER BY name`,
  );
  return rows.map(([name]) =>
    fileFault(
      file,
      'MARKET_COLUMN_UNKNOWN',
      null,
      String(name),
      `the file has the column ${String(name)} twice`,
    ),
  );
}

/** Whether nothing would be lost without a column: it may be empty and is, or there are no rows at all. */
async function isHollow(
  connection: DuckDBConnection,
  file: TableFile,
  { name, nullable }: ColumnRule,
): Promise<boolean> {
  const counted = nullable ? `count(${identifier(name)})` : 'count(*)';
  const count = await queryNumber(connection, `SELECT ${counted} FROM ${parquetFile(file.path)}`).catch(
    () => null,
  );
  return count === 0;
}

/** All rows of some files, in their order; `condition` is an SQL `WHERE`, or empty. */
export function parquetRelation(files: readonly TableFile[], condition: string): CellRelation {
  const paths = files.map(({ path }) => quoted(path)).join(', ');
  const names = files.map(({ path, file }) => `WHEN ${quoted(path)} THEN ${quoted(file)}`).join(' ');
  const all = `read_parquet([${paths}], union_by_name = true, hive_partitioning = false, filename = 'source_path', file_row_number = true)`;
  return {
    sql: condition === '' ? all : `(SELECT * FROM ${all}${condition})`,
    file: `CASE source_path ${names} END`,
    row: 'file_row_number + 1',
    texts: false,
  };
}

/** The first of some files whose pages cannot be decoded; a footer may be sound and the rest not. */
export async function undecodable(
  connection: DuckDBConnection,
  files: readonly TableFile[],
): Promise<TableFile | null> {
  for (const file of files) {
    if (file.format !== 'parquet') continue;
    try {
      await queryRows(connection, `SELECT sum(hash(*COLUMNS(*))) FROM ${parquetFile(file.path)}`);
    } catch {
      return file;
    }
  }
  return null;
}
