import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DOUBLE, DuckDBDataChunk, INTEGER, VARCHAR } from '@duckdb/node-api';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import {
  collectReturns,
  collectRows,
  copyNumbers,
  KeyReader,
  SESSION_DAY,
  vectorAt,
} from './columnar-tables.ts';
import type { RowKeys, SnapshotReturns, SnapshotRows } from './columnar-tables.ts';
import { DEFAULT_LIMITS, openEngine, queryNumber, queryRows, requireRows, streamChunks } from './duckdb.ts';
import { TableShapeInvalid } from './errors.ts';
import { parquetFile } from './folder-parquet.ts';
import { writeTable } from './write-table.ts';

/** Out-of-sample predictions of a trial, or of a session. */
export interface Predictions extends RowKeys {
  readonly fold: Int32Array;
  readonly prediction: Float64Array;
}

let engine: Promise<DuckDBInstance> | undefined;

async function withFile<T>(
  path: string,
  needed: readonly string[],
  read: (connection: DuckDBConnection, relation: string, columns: readonly string[]) => Promise<T>,
): Promise<T> {
  engine ??= openEngine(DEFAULT_LIMITS);
  const connection = await (await engine).connect();
  const relation = parquetFile(path);
  try {
    const described = await queryRows(connection, `DESCRIBE SELECT * FROM ${relation}`).catch(
      (cause: unknown) => {
        throw new TableShapeInvalid(`${path} is not a readable Parquet table`, {
          cause,
          remedy: 'Extract it again, or copy it whole.',
          details: { path },
        });
      },
    );
    const columns = described.map(([name]) => String(name));
    const missing = needed.filter((name) => !columns.includes(name));
    if (missing.length > 0) {
      throw new TableShapeInvalid(`${path} lacks the columns ${missing.join(', ')}`, {
        remedy: 'Extract it again with this version of Contender.',
        details: { path, missing },
      });
    }
    return await read(connection, relation, columns);
  } finally {
    connection.closeSync();
  }
}

const ROW_KEYS = ['symbol', 'session', 'session_index'];

/** Reads the rows part of a snapshot. @throws TableShapeInvalid */
export function readRows(path: string): Promise<SnapshotRows> {
  return withFile(path, [...ROW_KEYS, 'label'], (connection, relation, columns) => {
    const features = columns.filter((name) => ![...ROW_KEYS, 'label'].includes(name));
    return collectRows(connection, relation, features);
  });
}

/**
 * Reads the returns part of a snapshot. One written before limits and bans were recorded has neither: its names count as
 * unlocked and shortable, as they did when it was judged. @throws TableShapeInvalid
 */
export function readReturns(path: string): Promise<SnapshotReturns> {
  return withFile(path, [...ROW_KEYS, 'ret', 'tradable'], (connection, relation, columns) => {
    const recorded = columns.includes('limit_lock') && columns.includes('shortable');
    const earlier = `(SELECT *, 0 AS limit_lock, true AS shortable FROM ${relation})`;
    return collectReturns(connection, recorded ? relation : earlier);
  });
}

/** Reads predictions: symbol, session, fold, prediction. @throws TableShapeInvalid */
export function readPredictions(path: string): Promise<Predictions> {
  return withFile(path, ['symbol', 'session', 'fold', 'prediction'], async (connection, relation) => {
    const count = (await queryNumber(connection, `SELECT count(*) FROM ${relation}`)) ?? 0;
    const keys = new KeyReader();
    const fold = new Int32Array(count);
    const prediction = new Float64Array(count);
    let offset = 0;
    const delivered = await streamChunks(
      connection,
      `SELECT symbol, ${SESSION_DAY}, CAST(fold AS INTEGER), prediction FROM ${relation} ORDER BY session, symbol, fold`,
      (vectors, rowCount) => {
        keys.read(vectors, rowCount);
        copyNumbers(vectorAt(vectors, 2), rowCount, fold, offset);
        copyNumbers(vectorAt(vectors, 3), rowCount, prediction, offset);
        offset += rowCount;
      },
    );
    requireRows(delivered, count);
    return { session: keys.session, symbol: keys.symbol, fold, prediction };
  });
}

const CHUNK_ROWS = 2048;

/** Writes predictions as Parquet, sorted by session, symbol: the same rows give the same bytes. */
export async function writePredictions(path: string, predictions: Predictions): Promise<void> {
  const instance = await openEngine({ ...DEFAULT_LIMITS, threads: 1 });
  const scratch = await mkdtemp(join(tmpdir(), 'contender-table-'));
  try {
    const connection = await instance.connect();
    await connection.run(
      'CREATE TABLE predictions (symbol VARCHAR, session VARCHAR, fold INTEGER, prediction DOUBLE)',
    );
    await appendPredictions(connection, predictions);
    await writeTable(
      connection,
      scratch,
      'SELECT symbol, CAST(session AS DATE) AS session, fold, prediction FROM predictions ORDER BY session, symbol, fold',
      path,
    );
  } finally {
    instance.closeSync();
    await rm(scratch, { recursive: true, force: true });
  }
}

async function appendPredictions(connection: DuckDBConnection, rows: Predictions): Promise<void> {
  const appender = await connection.createAppender('predictions');
  for (let from = 0; from < rows.session.length; from += CHUNK_ROWS) {
    const to = Math.min(from + CHUNK_ROWS, rows.session.length);
    const chunk = DuckDBDataChunk.create([VARCHAR, VARCHAR, INTEGER, DOUBLE], to - from);
    chunk.setColumnValues(0, rows.symbol.slice(from, to));
    chunk.setColumnValues(1, rows.session.slice(from, to));
    chunk.setColumnValues(2, Array.from(rows.fold.subarray(from, to)));
    chunk.setColumnValues(3, Array.from(rows.prediction.subarray(from, to)));
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}
