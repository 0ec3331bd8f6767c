import { InvalidFeature, InvalidRequest } from './errors.ts';
import type { ServableVersion } from './ports.ts';

/** What a version wants of a row, by position; made once per version. */
type Schema = Pick<ServableVersion, 'featureNames' | 'missingAllowed'>;

/**
 * Rows given by name: every feature of the version, no other. Values are rounded to float32, the type the model was trained
 * on. @throws InvalidFeature naming `rows[i].feature`
 */
export function batchFromNamedRows(version: Schema, rows: readonly unknown[]): Float32Array<ArrayBuffer> {
  const batch = new Float32Array(rows.length * version.featureNames.length);
  for (const [index, row] of rows.entries())
    putNamedRow(version, row, `rows[${String(index)}]`, batch, index);
  return batch;
}

/** Writes one row given by name into row `at` of a batch. @throws InvalidFeature naming `field` and the feature */
export function putNamedRow(
  version: Schema,
  row: unknown,
  field: string,
  batch: Float32Array,
  at: number,
): void {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) {
    throw new InvalidFeature(field, 'has to be an object of feature values');
  }
  const values = row as Readonly<Record<string, unknown>>;
  let cell = at * version.featureNames.length;
  for (const name of version.featureNames) {
    if (!Object.hasOwn(values, name)) throw new InvalidFeature(`${field}.${name}`, 'is missing');
    batch[cell] = featureValue(version, name, values[name], () => `${field}.${name}`);
    cell += 1;
  }
  refuseUnknown(version, values, field);
}

function refuseUnknown(version: Schema, values: Readonly<Record<string, unknown>>, field: string): void {
  const keys = Object.keys(values);
  if (keys.length === version.featureNames.length) return;
  const unknown = keys.find((key) => !version.featureNames.includes(key)) ?? '';
  throw new InvalidFeature(`${field}.${unknown.slice(0, 100)}`, 'is not a feature of this version');
}

/** Rows given by position, in the order of the version's features. @throws InvalidFeature naming `features[i][j] (name)` */
export function batchFromVectors(version: Schema, vectors: readonly unknown[]): Float32Array<ArrayBuffer> {
  const batch = new Float32Array(vectors.length * version.featureNames.length);
  for (const [index, vector] of vectors.entries())
    putVector(version, vector, `features[${String(index)}]`, batch, index);
  return batch;
}

/** Writes one row given by position into row `at` of a batch. @throws InvalidFeature naming `field`, position and feature */
export function putVector(
  version: Schema,
  vector: unknown,
  field: string,
  batch: Float32Array,
  at: number,
): void {
  const { featureNames } = version;
  if (!Array.isArray(vector)) throw new InvalidFeature(field, 'has to be an array of numbers');
  if (vector.length !== featureNames.length) {
    throw new InvalidFeature(
      field,
      `has ${String(vector.length)} values, the version takes ${String(featureNames.length)}`,
    );
  }
  const offset = at * featureNames.length;
  for (const [position, name] of featureNames.entries()) {
    batch[offset + position] = featureValue(
      version,
      name,
      vector[position],
      () => `${field}[${String(position)}] (${name})`,
    );
  }
}

/**
 * Rows as raw little-endian float32, in the order of the version's features; NaN is missing. What is returned lies in the memory
 * of `bytes` where that is possible.
 * @throws InvalidFeature naming `row i feature`, InvalidRequest when the bytes are not whole rows
 */
export function batchFromBytes(version: Schema, bytes: Uint8Array): Float32Array {
  const width = version.featureNames.length;
  const rowBytes = width * Float32Array.BYTES_PER_ELEMENT;
  if (bytes.length === 0 || bytes.length % rowBytes !== 0) {
    throw new InvalidRequest(
      `${String(bytes.length)} bytes are not whole rows of ${String(width)} float32 features`,
      {
        remedy: `Send ${String(rowBytes)} bytes per row.`,
        details: { field: 'body', bytes: bytes.length, features: width },
      },
    );
  }
  const batch = float32Of(bytes);
  for (let at = 0; at < batch.length; at += 1) {
    const value = batch[at] ?? Number.NaN;
    if (value - value === 0) continue;
    const name = version.featureNames[at % width] ?? '';
    if (Number.isNaN(value) && version.missingAllowed.has(name)) continue;
    const problem = Number.isNaN(value)
      ? 'is missing, and this version has never seen it missing'
      : 'is infinite';
    throw new InvalidFeature(`row ${String(Math.floor(at / width))} ${name}`, problem);
  }
  return batch;
}

/** Bytes of a request may lie at any offset of their memory, and numbers only at multiples of their size. */
function float32Of(bytes: Uint8Array): Float32Array {
  const { buffer, byteOffset, byteLength } = bytes;
  return byteOffset % Float32Array.BYTES_PER_ELEMENT === 0
    ? new Float32Array(buffer, byteOffset, byteLength / Float32Array.BYTES_PER_ELEMENT)
    : new Float32Array(new Uint8Array(bytes).buffer);
}

function featureValue(version: Schema, name: string, value: unknown, field: () => string): number {
  if (value === null) {
    if (version.missingAllowed.has(name)) return Number.NaN;
    throw new InvalidFeature(field(), 'is null, and this version has never seen it missing');
  }
  if (typeof value !== 'number') throw new InvalidFeature(field(), `is a ${typeof value}, not a number`);
  const rounded = Math.fround(value);
  if (!Number.isFinite(rounded)) throw new InvalidFeature(field(), 'is not a finite float32');
  return rounded;
}

export interface AdmittedUniverse {
  readonly symbols: readonly string[];
  readonly batch: Float32Array<ArrayBuffer>;
  readonly skipped: readonly { readonly symbol: string; readonly reason: string }[];
}

/**
 * The rows of a universe that the version can score. Features come from extraction as float32 with NaN for missing; the same
 * rule holds for them as for a request, but one symbol's gap does not cost the others their score.
 */
export function admitUniverse(
  version: Schema,
  features: Float32Array,
  symbols: readonly string[],
): AdmittedUniverse {
  const width = version.featureNames.length;
  if (features.length !== symbols.length * width) {
    throw new InvalidRequest(`${String(features.length)} values for ${String(symbols.length)} symbols`);
  }
  const admitted: string[] = [];
  const skipped: { symbol: string; reason: string }[] = [];
  const batch = new Float32Array(features.length);
  for (const [index, symbol] of symbols.entries()) {
    const row = features.subarray(index * width, (index + 1) * width);
    const reason = gapIn(version, row);
    if (reason === null) {
      batch.set(row, admitted.length * width);
      admitted.push(symbol);
    } else {
      skipped.push({ symbol, reason });
    }
  }
  return { symbols: admitted, batch: batch.slice(0, admitted.length * width), skipped };
}

/** Why a row of extracted features cannot be scored; null when it can. */
export function gapIn(version: Schema, row: Float32Array): string | null {
  for (const [position, value] of row.entries()) {
    const name = version.featureNames[position] ?? '';
    if (Number.isNaN(value) && !version.missingAllowed.has(name)) {
      return `${name} is missing, and this version has never seen it missing`;
    }
    if (!Number.isFinite(value) && !Number.isNaN(value)) return `${name} is infinite`;
  }
  return null;
}
