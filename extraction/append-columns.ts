import { DOUBLE, DuckDBDataChunk, VARCHAR } from '@duckdb/node-api';
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { identifier } from './duckdb.ts';

/** A column held in memory: texts (dates and instants in ISO form included) or numbers. */
export type ColumnValues =
  readonly (string | null)[] | readonly (number | null)[] | Float64Array | Float32Array | Int32Array;

const CHUNK_ROWS = 2048;

/** Whether a column holds texts. */
export const isText = (values: ColumnValues): boolean => {
  if (!Array.isArray(values)) return false;
  return (values as readonly unknown[]).some((value) => typeof value === 'string');
};

/** Creates a table from columns of equal length: VARCHAR for texts, DOUBLE for numbers. */
export async function createTableFromColumns(
  connection: DuckDBConnection,
  name: string,
  columns: Readonly<Record<string, ColumnValues>>,
): Promise<void> {
  const entries = Object.entries(columns);
  const types = entries.map(([, values]) => (isText(values) ? VARCHAR : DOUBLE));
  const declarations = entries.map(([column], at) => `${identifier(column)} ${String(types[at])}`);
  await connection.run(`CREATE OR REPLACE TABLE ${name} (${declarations.join(', ')})`);
  const rows = entries[0]?.[1].length ?? 0;
  const appender = await connection.createAppender(name);
  for (let from = 0; from < rows; from += CHUNK_ROWS) {
    const to = Math.min(from + CHUNK_ROWS, rows);
    const chunk = DuckDBDataChunk.create(types, to - from);
    entries.forEach(([, values], column) => {
      chunk.setColumnValues(column, Array.from<DuckDBValue>(values.slice(from, to)));
    });
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}
