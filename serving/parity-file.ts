import { DuckDBInstance } from '@duckdb/node-api';
import { ParitySetInvalid } from './errors.ts';
import type { ParityColumns } from './parity-columns.ts';

const quoted = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`;
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * Reads the parity set of a version: `kind` VARCHAR, one FLOAT column per feature, `expected` DOUBLE.
 * A null feature is a missing value (NaN); a null expectation is refused.
 * Of more than `mostRows` every so many, from the first to the last.
 * @throws ParitySetInvalid
 */
export async function readParityColumns(
  path: string,
  featureNames: readonly string[],
  mostRows = Number.POSITIVE_INFINITY,
): Promise<ParityColumns> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  try {
    const connection = await instance.connect();
    try {
      const file = `read_parquet(${literal(path)})`;
      const types = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${file}`);
      checkTypes(
        new Map(types.getRowObjects().map((row) => [String(row['column_name']), String(row['column_type'])])),
        featureNames,
      );
      const columns = ['kind', 'expected', ...featureNames].map(quoted).join(', ');
      const counted = await connection.runAndReadAll(`SELECT count(*)::INTEGER FROM ${file}`);
      const every = Math.max(1, Math.ceil(Number(counted.getColumns()[0]?.[0] ?? 0) / mostRows));
      const wanted =
        every === 1
          ? file
          : `read_parquet(${literal(path)}, file_row_number = true) WHERE file_row_number % ${String(every)} = 0`;
      const read = await connection.runAndReadAll(`SELECT ${columns} FROM ${wanted}`);
      const [kinds = [], expected = [], ...features] = read.getColumns();
      return {
        rows: read.currentRowCount,
        kinds: kinds.map(String),
        expected: Float64Array.from(expected, numberOrNan),
        features: features.map((column) => Float32Array.from(column, numberOrNan)),
      };
    } finally {
      connection.closeSync();
    }
  } catch (cause) {
    if (cause instanceof ParitySetInvalid) throw cause;
    throw new ParitySetInvalid('the parity set cannot be read', { cause });
  } finally {
    instance.closeSync();
  }
}

const numberOrNan = (value: unknown): number => (typeof value === 'number' ? value : Number.NaN);

function checkTypes(types: ReadonlyMap<string, string>, featureNames: readonly string[]): void {
  const wanted: readonly (readonly [string, string])[] = [
    ['kind', 'VARCHAR'],
    ['expected', 'DOUBLE'],
    ...featureNames.map((name) => [name, 'FLOAT'] as const),
  ];
  for (const [column, type] of wanted) {
    if (types.get(column) !== type) {
      throw new ParitySetInvalid(
        `column "${column}" of the parity set is ${types.get(column) ?? 'missing'}, not ${type}`,
      );
    }
  }
}
