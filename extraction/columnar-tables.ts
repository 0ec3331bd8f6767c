import type { DuckDBConnection, DuckDBVector } from '@duckdb/node-api';
import { identifier, queryNumber, requireRows, streamChunks } from './duckdb.ts';
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
  /** 1, -1 where the close stands at the upper, lower daily limit; else 0. */
  readonly limitLock: Int32Array;
  /** 0 where a ban forbids short sales. */
  readonly shortable: Uint8Array;
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

/** Reads (symbol, session, session_index, label, features) of a relation, in the order of `session, symbol`. */
export async function collectRows(
  connection: DuckDBConnection,
  relation: string,
  featureNames: readonly string[],
): Promise<SnapshotRows> {
  const count = (await queryNumber(connection, `SELECT count(*) FROM ${relation}`)) ?? 0;
  const label = new Float32Array(count);
  const { keys, sessionIndex, values } = await collectMatrix(
    connection,
    { relation, names: featureNames, count, also: ['label'] },
    Float32Array,
    (vectors, rowCount, offset) => {
      copyNumbers(vectorAt(vectors, 3), rowCount, label, offset);
    },
  );
  return { session: keys.session, symbol: keys.symbol, sessionIndex, featureNames, features: values, label };
}

/** Rows of `feature_values` before their transforms. */
export interface RawFeatures extends RowKeys {
  readonly sessionIndex: Int32Array;
  /** Row-major doubles; NaN where null. */
  readonly values: Float64Array;
}

/** Reads (symbol, session, session_index, features) of a relation, in the order of `session, symbol`. */
export async function collectRawFeatures(
  connection: DuckDBConnection,
  relation: string,
  names: readonly string[],
): Promise<RawFeatures> {
  const count = (await queryNumber(connection, `SELECT count(*) FROM ${relation}`)) ?? 0;
  const request = { relation, names, count, also: [] };
  const { keys, sessionIndex, values } = await collectMatrix(
    connection,
    request,
    Float64Array,
    () => undefined,
  );
  return { session: keys.session, symbol: keys.symbol, sessionIndex, values };
}

interface MatrixRequest {
  readonly relation: string;
  readonly names: readonly string[];
  readonly count: number;
  /** Columns between the keys and the matrix, left to the caller. */
  readonly also: readonly string[];
}

async function collectMatrix<T extends Float32Array | Float64Array>(
  connection: DuckDBConnection,
  request: MatrixRequest,
  Numbers: new (length: number) => T,
  visit: (vectors: readonly DuckDBVector[], rowCount: number, offset: number) => void,
): Promise<{ readonly keys: KeyReader; readonly sessionIndex: Int32Array; readonly values: T }> {
  const width = request.names.length;
  const keys = new KeyReader();
  const sessionIndex = new Int32Array(request.count);
  const values = new Numbers(request.count * width);
  const columns = [...request.also, ...request.names].map(identifier).join(', ');
  let offset = 0;
  const delivered = await streamChunks(
    connection,
    `SELECT symbol, ${SESSION_DAY}, session_index, ${columns} FROM ${request.relation} ORDER BY session, symbol`,
    (vectors, rowCount) => {
      keys.read(vectors, rowCount);
      copyNumbers(vectorAt(vectors, 2), rowCount, sessionIndex, offset);
      visit(vectors, rowCount, offset);
      const first = 3 + request.also.length;
      for (let column = 0; column < width; column += 1) {
        copyNumbers(vectorAt(vectors, first + column), rowCount, values, offset * width + column, width);
      }
      offset += rowCount;
    },
  );
  requireRows(delivered, request.count);
  return { keys, sessionIndex, values };
}

/** Reads (symbol, session, session_index, ret, tradable, limit_lock, shortable) of a relation, by session and symbol. */
export async function collectReturns(
  connection: DuckDBConnection,
  relation: string,
): Promise<SnapshotReturns> {
  const count = (await queryNumber(connection, `SELECT count(*) FROM ${relation}`)) ?? 0;
  const keys = new KeyReader();
  const sessionIndex = new Int32Array(count);
  const ret = new Float64Array(count);
  const tradable = new Uint8Array(count);
  const limitLock = new Int32Array(count);
  const shortable = new Uint8Array(count);
  let offset = 0;
  const delivered = await streamChunks(
    connection,
    `SELECT symbol, ${SESSION_DAY}, session_index, ret, CAST(limit_lock AS INTEGER), tradable, shortable
     FROM ${relation} ORDER BY session, symbol`,
    (vectors, rowCount) => {
      keys.read(vectors, rowCount);
      copyNumbers(vectorAt(vectors, 2), rowCount, sessionIndex, offset);
      copyNumbers(vectorAt(vectors, 3), rowCount, ret, offset);
      copyNumbers(vectorAt(vectors, 4), rowCount, limitLock, offset);
      copyFlags(vectorAt(vectors, 5), rowCount, tradable, offset);
      copyFlags(vectorAt(vectors, 6), rowCount, shortable, offset);
      offset += rowCount;
    },
  );
  requireRows(delivered, count);
  return { session: keys.session, symbol: keys.symbol, sessionIndex, ret, tradable, limitLock, shortable };
}

function copyFlags(vector: DuckDBVector, rowCount: number, target: Uint8Array, offset: number): void {
  for (let row = 0; row < rowCount; row += 1) target[offset + row] = vector.getItem(row) === true ? 1 : 0;
}
