import { DuckDBDoubleVector, DuckDBFloatVector, DuckDBIntegerVector } from '@duckdb/node-api';
import type { DuckDBVector } from '@duckdb/node-api';
import { vectorAt } from './columnar-tables.ts';
import { TableShapeInvalid } from './errors.ts';

/**
 * Vectors of one type each: a loop that sees one class only is compiled to plain loads, several times as fast as one that has
 * to ask.
 */
export function integerVector(vectors: readonly DuckDBVector[], index: number): DuckDBIntegerVector {
  const vector = vectorAt(vectors, index);
  if (!(vector instanceof DuckDBIntegerVector)) throw wrongType(index, 'INTEGER');
  return vector;
}

export function doubleVector(vectors: readonly DuckDBVector[], index: number): DuckDBDoubleVector {
  const vector = vectorAt(vectors, index);
  if (!(vector instanceof DuckDBDoubleVector)) throw wrongType(index, 'DOUBLE');
  return vector;
}

export function floatVector(vectors: readonly DuckDBVector[], index: number): DuckDBFloatVector {
  const vector = vectorAt(vectors, index);
  if (!(vector instanceof DuckDBFloatVector)) throw wrongType(index, 'FLOAT');
  return vector;
}

const wrongType = (index: number, wanted: string): TableShapeInvalid =>
  new TableShapeInvalid(`column ${String(index)} of a join is not of type ${wanted}`);
