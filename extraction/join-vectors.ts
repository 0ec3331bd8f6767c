import { DuckDBDoubleVector, DuckDBFloatVector, DuckDBIntegerVector } from '@duckdb/node-api';
import type { DuckDBVector } from '@duckdb/node-api';
import { vectorAt } from './columnar-tables.ts';
import { TableShapeInvalid } from './errors.ts';

/**
 * Readers of one vector type each: a loop that sees one class only is compiled to plain loads, several times as fast as one
 * that has to ask. Null becomes NaN, or 0 among integers.
 */
export function readIntegers(
  vectors: readonly DuckDBVector[],
  index: number,
  rowCount: number,
  target: Int32Array,
): void {
  const vector = vectorAt(vectors, index);
  if (!(vector instanceof DuckDBIntegerVector)) throw wrongType(index, 'INTEGER');
  for (let row = 0; row < rowCount; row += 1) target[row] = vector.getItem(row) ?? 0;
}

export function readDoubles(
  vectors: readonly DuckDBVector[],
  index: number,
  rowCount: number,
  target: Float64Array,
): void {
  const vector = vectorAt(vectors, index);
  if (!(vector instanceof DuckDBDoubleVector)) throw wrongType(index, 'DOUBLE');
  for (let row = 0; row < rowCount; row += 1) target[row] = vector.getItem(row) ?? NaN;
}

export function floatVector(vectors: readonly DuckDBVector[], index: number): DuckDBFloatVector {
  const vector = vectorAt(vectors, index);
  if (!(vector instanceof DuckDBFloatVector)) throw wrongType(index, 'FLOAT');
  return vector;
}

const wrongType = (index: number, wanted: string): TableShapeInvalid =>
  new TableShapeInvalid(`column ${String(index)} of a join is not of type ${wanted}`);
