import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Models and parity sets made by data/make_models.py: 20 trees of 7 leaves each, three seeds. */
export const FEATURES = [
  'momentum_20',
  'reversal_5',
  'volatility_20',
  'turnover_20',
  'gap_1',
  'age_sessions',
] as const;

export type FixtureModel = 'a' | 'b' | 'c';

const dataPath = (name: string): string => fileURLToPath(new URL(`./data/${name}`, import.meta.url));

export function modelBytes(model: FixtureModel): Uint8Array {
  return new Uint8Array(readFileSync(dataPath(`tree-${model}.onnx`)));
}

export const parityPath = (model: 'a' | 'b'): string => dataPath(`tree-${model}.parity.parquet`);

/** Rows of float32 values that are spread over the range the models were trained on; every 11th cell is missing. */
export function sampleRows(rows: number): Float32Array<ArrayBuffer> {
  const width = FEATURES.length;
  return Float32Array.from({ length: rows * width }, (_, at) =>
    at % 11 === 3 ? Number.NaN : Math.sin(at * 12.9898) * (at % width === 5 ? 20 : 2),
  );
}
