import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { DuckDBConnection } from '@duckdb/node-api';
import { queryRows } from '../duckdb.ts';
import { ImportSourceInvalid } from '../errors.ts';
import { csvRelation, csvRowOf, headerFault, readCsvHeader, rowOfOpenQuote } from '../folder-csv.ts';
import { parquetFile } from '../folder-parquet.ts';

const REENCODE_SCRIPT = join(import.meta.dirname, 'reencode_parquet.py');
const REENCODE_TIMEOUT_MS = 120_000;

export interface SourceTable {
  readonly name: string;
  readonly path: string;
  readonly columns: readonly string[];
}

/**
 * Loads a source file into a table, its rows in the order of the file. A Parquet file in an encoding that this DuckDB
 * cannot decode (BYTE_STREAM_SPLIT of whole numbers) is written anew by pyarrow, which the training sidecar brings along.
 *
 * @throws ImportSourceInvalid when the file is absent, unreadable, empty or lacks a column
 */
export async function loadSourceTable(
  connection: DuckDBConnection,
  source: SourceTable,
  environment: { readonly python: string; readonly scratch: string },
): Promise<void> {
  const status = await stat(source.path).catch(() => null);
  if (status === null || !status.isFile()) throw unusable(source, 'the file does not exist');
  if (source.path.endsWith('.csv')) await readCsv(connection, source);
  else await readParquet(connection, source, environment);
  const rows = await queryRows(connection, `DESCRIBE ${source.name}`);
  const present = new Set(rows.map(([name]) => String(name)));
  const missing = source.columns.filter((column) => !present.has(column));
  if (missing.length > 0) throw unusable(source, `it lacks the columns ${missing.join(', ')}`);
  const [first] = await queryRows(connection, `SELECT 1 FROM ${source.name} LIMIT 1`);
  if (first === undefined) throw unusable(source, 'it has no rows');
}

async function readCsv(connection: DuckDBConnection, source: SourceTable): Promise<void> {
  const columns = await readCsvHeader(source.path);
  const header = headerFault(columns);
  if (header !== null) throw unusable(source, header.reason);
  const open = await rowOfOpenQuote(source.path);
  if (open !== null) {
    const reason = `a quoted cell of row ${String(open)} never ends: every row behind it would be lost`;
    throw unusable(source, reason, undefined, open);
  }
  try {
    await connection.run(
      `CREATE OR REPLACE TABLE ${source.name} AS SELECT * FROM ${csvRelation(source.path, columns)}`,
    );
  } catch (cause) {
    const row = csvRowOf(cause instanceof Error ? cause.message : '');
    throw unusable(
      source,
      row === null ? 'it cannot be read as a table' : `row ${String(row)} cannot be read`,
      cause,
      row,
    );
  }
}

async function readParquet(
  connection: DuckDBConnection,
  source: SourceTable,
  environment: { readonly python: string; readonly scratch: string },
): Promise<void> {
  const read = (path: string): Promise<unknown> =>
    connection.run(`CREATE OR REPLACE TABLE ${source.name} AS SELECT * FROM ${parquetFile(path)}`);
  try {
    await read(source.path);
  } catch (cause) {
    if (!(cause instanceof Error) || !cause.message.includes('BYTE_STREAM_SPLIT')) {
      throw unusable(source, 'it cannot be read as a table', cause);
    }
    const rewritten = join(environment.scratch, `${source.name}.parquet`);
    await reencode(environment.python, source, rewritten);
    await read(rewritten);
  }
}

async function reencode(python: string, source: SourceTable, target: string): Promise<void> {
  try {
    await promisify(execFile)(python, [REENCODE_SCRIPT, source.path, target], {
      timeout: REENCODE_TIMEOUT_MS,
    });
  } catch (cause) {
    throw unusable(source, 'its encoding needs Python with pyarrow, which failed', cause);
  }
}

function unusable(
  source: SourceTable,
  reason: string,
  cause?: unknown,
  row: number | null = null,
): ImportSourceInvalid {
  return new ImportSourceInvalid(`${source.path} cannot be imported: ${reason}`, {
    remedy:
      row === null
        ? 'Name the folder that holds the files of the source; `contender doctor` checks Python.'
        : 'Repair the row in the source, or export the file again.',
    details: { path: source.path, row },
    ...(cause === undefined ? {} : { cause }),
  });
}
