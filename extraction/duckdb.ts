import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection, DuckDBVector } from '@duckdb/node-api';
import { TableShapeInvalid } from './errors.ts';

/** What a DuckDB database may use. */
export interface EngineLimits {
  readonly threads: number;
  readonly memoryLimitMb: number;
}

export const DEFAULT_LIMITS: EngineLimits = { threads: 2, memoryLimitMb: 2048 };

/** A cell as the project's own queries read it: they cast dates and instants to text and big integers to doubles. */
export type Cell = string | number | boolean | null;

/** What no database of this process may exceed; a process in the background says so when it begins. */
let most: EngineLimits = { threads: Number.POSITIVE_INFINITY, memoryLimitMb: Number.POSITIVE_INFINITY };

/** Holds every database that this process opens from now on to these limits, whatever its caller asks for. */
export function limitEngines(limits: EngineLimits): void {
  most = limits;
}

/** Opens an in-memory database with a fixed time zone: a query must not depend on the machine's zone. */
export async function openEngine(limits: EngineLimits): Promise<DuckDBInstance> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(Math.min(limits.threads, most.threads)),
    memory_limit: `${String(Math.min(limits.memoryLimitMb, most.memoryLimitMb))}MB`,
    autoinstall_known_extensions: 'false',
  });
  const connection = await instance.connect();
  await connection.run(`SET GLOBAL TimeZone = 'UTC'`);
  connection.closeSync();
  return instance;
}

/** A text as an SQL literal. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name as an SQL identifier. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** An instant as an SQL literal. */
export function instantLiteral(instant: string): string {
  return `TIMESTAMPTZ ${quoted(instant)}`;
}

/** Runs a query whose result is small and gives its rows. */
export async function queryRows(connection: DuckDBConnection, sql: string): Promise<readonly Cell[][]> {
  const reader = await connection.runAndReadAll(sql);
  return reader.getRowsJson().map((row) => row.map(toCell));
}

function toCell(value: unknown): Cell {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export async function queryRow(connection: DuckDBConnection, sql: string): Promise<readonly Cell[]> {
  const [row] = await queryRows(connection, sql);
  return row ?? [];
}

/** The first cell of the first row as a number; null when there is none. */
export async function queryNumber(connection: DuckDBConnection, sql: string): Promise<number | null> {
  const [cell] = await queryRow(connection, sql);
  if (cell === undefined || cell === null) return null;
  return Number(cell);
}

/**
 * Streams a query: `visit` sees the column vectors of one chunk (at most 2,048 rows) at a time, in order. Gives the number
 * of rows. An error of the query after its first chunk ends the stream without a word, so whoever knows how many
 * rows must come compares: `requireRows`.
 */
export async function streamChunks(
  connection: DuckDBConnection,
  sql: string,
  visit: (columns: readonly DuckDBVector[], rowCount: number) => void,
): Promise<number> {
  let rows = 0;
  const result = await connection.stream(sql);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return rows;
    const columns: DuckDBVector[] = [];
    for (let column = 0; column < chunk.columnCount; column += 1) columns.push(chunk.getColumnVector(column));
    visit(columns, chunk.rowCount);
    rows += chunk.rowCount;
  }
}

/** @throws TableShapeInvalid when a stream ended early */
export function requireRows(delivered: number, expected: number): void {
  if (delivered === expected) return;
  throw new TableShapeInvalid(`a query gave ${String(delivered)} of ${String(expected)} rows`, {
    remedy: 'A value may not fit its type, or memory ran out; the log of the database says more.',
  });
}
