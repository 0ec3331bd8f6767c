import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { DuckDBConnection } from '@duckdb/node-api';
import { queryRows, quoted } from '../duckdb.ts';
import { ImportSourceInvalid } from '../errors.ts';

const REENCODE_SCRIPT = join(import.meta.dirname, 'reencode_parquet.py');
const REENCODE_TIMEOUT_MS = 120_000;

export interface SourceTable {
  readonly name: string;
  readonly path: string;
  readonly columns: readonly string[];
}

/**
 * Loads a source file into a table. A Parquet file in an encoding that this DuckDB cannot decode (BYTE_STREAM_SPLIT of
 * whole numbers) is written anew by pyarrow, which the training sidecar brings along.
 *
 * @throws ImportSourceInvalid when the file is absent, unreadable or lacks a column
 */
export async function loadSourceTable(
  connection: DuckDBConnection,
  source: SourceTable,
  environment: { readonly python: string; readonly scratch: string },
): Promise<void> {
  const status = await stat(source.path).catch(() => null);
  if (status === null || !status.isFile()) throw unusable(source, 'the file does not exist');
  try {
    await read(connection, source.name, source.path);
  } catch (cause) {
    if (!(cause instanceof Error) || !cause.message.includes('BYTE_STREAM_SPLIT')) {
      throw unusable(source, 'it cannot be read as a table', cause);
    }
    const rewritten = join(environment.scratch, `${source.name}.parquet`);
    await reencode(environment.python, source, rewritten);
    await read(connection, source.name, rewritten);
  }
  const rows = await queryRows(connection, `DESCRIBE ${source.name}`);
  const present = new Set(rows.map(([name]) => String(name)));
  const missing = source.columns.filter((column) => !present.has(column));
  if (missing.length > 0) throw unusable(source, `it lacks the columns ${missing.join(', ')}`);
}

async function read(connection: DuckDBConnection, name: string, path: string): Promise<void> {
  const reader = path.endsWith('.csv')
    ? `read_csv(${quoted(path)}, header = true, all_varchar = true)`
    : `read_parquet(${quoted(path)})`;
  await connection.run(`CREATE OR REPLACE TABLE ${name} AS SELECT * FROM ${reader}`);
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

function unusable(source: SourceTable, reason: string, cause?: unknown): ImportSourceInvalid {
  return new ImportSourceInvalid(`${source.path} cannot be imported: ${reason}`, {
    remedy: 'Name the folder that holds the files of the source; `contender doctor` checks Python.',
    details: { path: source.path },
    ...(cause === undefined ? {} : { cause }),
  });
}
