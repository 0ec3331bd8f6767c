import type { DuckDBConnection, DuckDBVector } from '@duckdb/node-api';
import { queryNumber, streamChunks } from './duckdb.ts';
import { TableShapeInvalid } from './errors.ts';

/** Keys of a table, row by row, in the order of the file. */
export interface RowKeys {
  readonly session: readonly string[];
  readonly symbol: readonly string[];
}

/** The rows part of a snapshot. */
export interface SnapshotRows extends RowKeys {
  readonly sessionIndex: Int32Array;
  readonly featureNames: readonly string[];
  /** Row-major: feature f of row r is at r * featureNames.length + f; NaN where unknown. */
  readonly features: Float32Array;
  /** NaN where not yet known. */
  readonly label: Float32Array;
}

/** The returns part of a snapshot. */
export interface SnapshotReturns extends RowKeys {
  readonly sessionIndex: Int32Array;
  /** NaN on the first bar of a symbol. */
  readonly ret: Float64Array;
  /** 1 where a bar with volume exists. */
  readonly tradable: Uint8Array;
}

const DAY_MS = 86_400_000;

/** Names of the days that a stream of rows mentions; a table repeats each of them some hundred times. */
class DayNames {
  private readonly names = new Map<number, string>();

  name(day: number): string {
    let name = this.names.get(day);
    if (name === undefined) {
      name = new Date(day * DAY_MS).toISOString().slice(0, 10);
      this.names.set(day, name);
    }
    return name;
  }
}

/** `session` as a whole number of days, which is much faster to read than a date. */
export const SESSION_DAY = `CAST(session - DATE '1970-01-01' AS INTEGER)`;

/** The key columns of a chunk: symbol, day, further columns after them. */
export class KeyReader {
  readonly session: string[] = [];
  readonly symbol: string[] = [];
  private readonly days = new DayNames();
  private readonly symbols = new Map<string, string>();

  read(columns: readonly DuckDBVector[], rowCount: number): void {
    const symbols = vectorAt(columns, 0);
    const days = vectorAt(columns, 1);
    for (let row = 0; row < rowCount; row += 1) {
      const symbol = symbols.getItem(row);
      const day = days.getItem(row);
      if (typeof symbol !== 'string' || typeof day !== 'number') {
        throw new TableShapeInvalid('a row has no symbol or no session', {
          details: { row: this.symbol.length },
        });
      }
      // Each chunk decodes its own copies of the names; keep one of each.
      let name = this.symbols.get(symbol);
      if (name === undefined) this.symbols.set(symbol, (name = symbol));
      this.symbol.push(name);
      this.session.push(this.days.name(day));
    }
  }
}

export function vectorAt(columns: readonly DuckDBVector[], index: number): DuckDBVector {
  const vector = columns[index];
  if (vector === undefined) throw new TableShapeInvalid(`a result has no column ${String(index)}`);
  return vector;
}

/** Copies a numeric column into `target` from `offset` on, every `stride` places; null becomes NaN. */
export function copyNumbers(
  vector: DuckDBVector,
  rowCount: number,
  target: Float32Array | Float64Array | Int32Array,
  offset: number,
  stride = 1,
): void {
  for (let row = 0; row < rowCount; row += 1) {
    const value = vector.getItem(row);
    target[offset + row * stride] = typeof value === 'number' ? value : NaN;
  }
}

/** Reads (symbol, session, session_index, features, label) of a relation, in the order of `session, symbol`. */
export async function collectRows(
  connection: DuckDBConnection,
  relation: string,
  featureNames: readonly string[],
): Promise<SnapshotRows> {
  const count = (await queryNumber(connection, `SELECT count(*) FROM ${relation}`)) ?? 0;
  const width = featureNames.length;
  const keys = new KeyReader();
  const sessionIndex = new Int32Array(count);
  const features = new Float32Array(count * width);
  const label = new Float32Array(count);
  let offset = 0;
  const columns = featureNames.map((name) => `"${name}"`).join(', ');
  await streamChunks(
    connection,
    `SELECT symbol, ${SESSION_DAY}, session_index, label, ${columns} FROM ${relation} ORDER BY session, symbol`,
    (vectors, rowCount) => {
      keys.read(vectors, rowCount);
      copyNumbers(vectorAt(vectors, 2), rowCount, sessionIndex, offset);
      copyNumbers(vectorAt(vectors, 3), rowCount, label, offset);
      for (let feature = 0; feature < width; feature += 1) {
        copyNumbers(vectorAt(vectors, 4 + feature), rowCount, features, offset * width + feature, width);
      }
      offset += rowCount;
    },
  );
  return { session: keys.session, symbol: keys.symbol, sessionIndex, featureNames, features, label };
}

/** Reads (symbol, session, session_index, ret, tradable) of a relation, in the order of `session, symbol`. */
export async function collectReturns(
  connection: DuckDBConnection,
  relation: string,
): Promise<SnapshotReturns> {
  const count = (await queryNumber(connection, `SELECT count(*) FROM ${relation}`)) ?? 0;
  const keys = new KeyReader();
  const sessionIndex = new Int32Array(count);
  const ret = new Float64Array(count);
  const tradable = new Uint8Array(count);
  let offset = 0;
  await streamChunks(
    connection,
    `SELECT symbol, ${SESSION_DAY}, session_index, ret, tradable FROM ${relation} ORDER BY session, symbol`,
    (vectors, rowCount) => {
      keys.read(vectors, rowCount);
      copyNumbers(vectorAt(vectors, 2), rowCount, sessionIndex, offset);
      copyNumbers(vectorAt(vectors, 3), rowCount, ret, offset);
      const flags = vectorAt(vectors, 4);
      for (let row = 0; row < rowCount; row += 1)
        tradable[offset + row] = flags.getItem(row) === true ? 1 : 0;
      offset += rowCount;
    },
  );
  return { session: keys.session, symbol: keys.symbol, sessionIndex, ret, tradable };
}
