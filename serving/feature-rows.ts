import { InvalidFeature, InvalidRequest } from './errors.ts';
import type { ServableVersion } from './ports.ts';

/** What a version wants of a row, by position; made once per version. */
type Schema = Pick<ServableVersion, 'featureNames' | 'missingAllowed'>;

/**
 * Rows given by name: every feature of the version, no other. Values are rounded to float32, the type the model was trained
 * on. @throws InvalidFeature naming `rows[i].feature`
 */
export function batchFromNamedRows(version: Schema, rows: readonly unknown[]): Float32Array<ArrayBuffer> {
  const { featureNames } = version;
  const batch = new Float32Array(rows.length * featureNames.length);
  let at = 0;
  for (const [index, row] of rows.entries()) {
    if (typeof row !== 'object' || row === null || Array.isArray(row)) {
      throw new InvalidFeature(`rows[${String(index)}]`, 'has to be an object of feature values');
    }
    const values = row as Readonly<Record<string, unknown>>;
    for (const name of featureNames) {
      if (!Object.hasOwn(values, name))
        throw new InvalidFeature(`rows[${String(index)}].${name}`, 'is missing');
      batch[at] = featureValue(version, name, values[name], () => `rows[${String(index)}].${name}`);
      at += 1;
    }
    refuseUnknown(version, values, index);
  }
  return batch;
}

function refuseUnknown(version: Schema, values: Readonly<Record<string, unknown>>, index: number): void {
  const keys = Object.keys(values);
  if (keys.length === version.featureNames.length) return;
  const unknown = keys.find((key) => !version.featureNames.includes(key)) ?? '';
  throw new InvalidFeature(
    `rows[${String(index)}].${unknown.slice(0, 100)}`,
    'is not a feature of this version',
  );
}

/** Rows given by position, in the order of the version's features. @throws InvalidFeature naming `features[i][j] (name)` */
export function batchFromVectors(version: Schema, vectors: readonly unknown[]): Float32Array<ArrayBuffer> {
  const { featureNames } = version;
  const batch = new Float32Array(vectors.length * featureNames.length);
  let at = 0;
  for (const [index, vector] of vectors.entries()) {
    if (!Array.isArray(vector))
      throw new InvalidFeature(`features[${String(index)}]`, 'has to be an array of numbers');
    if (vector.length !== featureNames.length) {
      throw new InvalidFeature(
        `features[${String(index)}]`,
        `has ${String(vector.length)} values, the version takes ${String(featureNames.length)}`,
      );
    }
    for (const [position, name] of featureNames.entries()) {
      batch[at] = featureValue(
        version,
        name,
        vector[position],
        () => `features[${String(index)}][${String(position)}] (${name})`,
      );
      at += 1;
    }
  }
  return batch;
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

function gapIn(version: Schema, row: Float32Array): string | null {
  for (const [position, value] of row.entries()) {
    const name = version.featureNames[position] ?? '';
    if (Number.isNaN(value) && !version.missingAllowed.has(name)) {
      return `${name} is missing, and this version has never seen it missing`;
    }
    if (!Number.isFinite(value) && !Number.isNaN(value)) return `${name} is infinite`;
  }
  return null;
}
