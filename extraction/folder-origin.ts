import type { DuckDBConnection } from '@duckdb/node-api';
import { queryRows } from './duckdb.ts';

/** Where a row of a loaded table comes from. */
export interface RowPlace {
  readonly file: string;
  /** Number of the data row in the file, the first is 1; null when the row was derived from several. */
  readonly row: number | null;
}

/** Finds the places of rows of a loaded table by their rowid. */
export interface RowOrigin {
  locate(connection: DuckDBConnection, rowIds: readonly number[]): Promise<readonly RowPlace[]>;
}

/** Rows that stand in the order of files, each file whole. */
export function originOfFiles(files: readonly { readonly file: string; readonly rows: number }[]): RowOrigin {
  const place = (rowId: number): RowPlace => {
    let first = 0;
    for (const { file, rows } of files) {
      if (rowId < first + rows) return { file, row: rowId - first + 1 };
      first += rows;
    }
    return { file: files.at(-1)?.file ?? '', row: null };
  };
  return { locate: (_, rowIds) => Promise.resolve(rowIds.map(place)) };
}

/**
 * Rows whose places stand in a table of their own, in the same order: `part` is an index into `files`, `row` the number
 * of the data row, or null.
 */
export function originOfTable(table: string, files: readonly string[]): RowOrigin {
  return {
    async locate(connection, rowIds) {
      if (rowIds.length === 0) return [];
      const rows = await queryRows(
        connection,
        `SELECT rowid, part, "row" FROM ${table} WHERE rowid IN (${rowIds.join(', ')})`,
      );
      const places = new Map(
        rows.map(([id, part, row]) => [
          Number(id),
          { file: files[Number(part)] ?? '', row: row === null || row === undefined ? null : Number(row) },
        ]),
      );
      return rowIds.map((id) => places.get(id) ?? { file: files[0] ?? '', row: null });
    },
  };
}
