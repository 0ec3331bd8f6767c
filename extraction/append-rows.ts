import { DATE, DuckDBDataChunk, DuckDBDateValue, FLOAT, INTEGER, VARCHAR } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { RowKeys } from './columnar-tables.ts';
import { identifier } from './duckdb.ts';

const CHUNK_ROWS = 2048;
const DAY_MS = 86_400_000;

export interface FeatureRows extends RowKeys {
  readonly sessionIndex: Int32Array;
  readonly featureNames: readonly string[];
  /** Row-major. */
  readonly features: Float32Array;
}

/** Creates the temporary table `feature_rows` (symbol, session, session_index, FLOAT columns) from arrays. */
export async function createFeatureRows(connection: DuckDBConnection, rows: FeatureRows): Promise<void> {
  const columns = rows.featureNames.map((name) => `${identifier(name)} FLOAT`);
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE feature_rows (symbol VARCHAR, session DATE, session_index INTEGER, ${columns.join(', ')})`,
  );
  const types = [VARCHAR, DATE, INTEGER, ...rows.featureNames.map(() => FLOAT)];
  const appender = await connection.createAppender('feature_rows', undefined, 'temp');
  const width = rows.featureNames.length;
  const days = new Map<string, DuckDBDateValue>();
  for (let from = 0; from < rows.session.length; from += CHUNK_ROWS) {
    const to = Math.min(from + CHUNK_ROWS, rows.session.length);
    const chunk = DuckDBDataChunk.create(types, to - from);
    chunk.setColumnValues(0, rows.symbol.slice(from, to));
    chunk.setColumnValues(
      1,
      rows.session.slice(from, to).map((session) => dayValue(days, session)),
    );
    chunk.setColumnValues(2, Array.from(rows.sessionIndex.subarray(from, to)));
    for (let feature = 0; feature < width; feature += 1) {
      const values: number[] = [];
      for (let row = from; row < to; row += 1) values.push(rows.features[row * width + feature] ?? NaN);
      chunk.setColumnValues(3 + feature, values);
    }
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}

function dayValue(days: Map<string, DuckDBDateValue>, session: string): DuckDBDateValue {
  let value = days.get(session);
  if (value === undefined) {
    value = new DuckDBDateValue(Date.parse(`${session}T00:00:00.000Z`) / DAY_MS);
    days.set(session, value);
  }
  return value;
}
