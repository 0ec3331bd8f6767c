import { ParitySetInvalid } from './errors.ts';

/** The parity set by column. `features` in the model's order, each of `rows` float32 values, NaN where missing. */
export interface ParityColumns {
  readonly rows: number;
  readonly kinds: readonly string[];
  readonly features: readonly Float32Array[];
  /** Native LightGBM predictions, float64. */
  readonly expected: Float64Array;
}

/** @throws ParitySetInvalid when columns do not fit each other, or an expectation is not finite */
export function checkColumns(columns: ParityColumns, features: number): void {
  const { rows } = columns;
  if (rows < 1) throw new ParitySetInvalid('the parity set has no rows');
  const lengths = [
    columns.kinds.length,
    columns.expected.length,
    ...columns.features.map((column) => column.length),
  ];
  if (columns.features.length !== features || lengths.some((length) => length !== rows)) {
    throw new ParitySetInvalid('the columns of the parity set differ in length or number');
  }
  const bad = columns.expected.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new ParitySetInvalid(`row ${String(bad)} of the parity set expects a value that is not finite`);
}

/** Rows `from` to `to`, one after the other, as a scorer takes them. */
export function rowMajor(columns: ParityColumns, from: number, to: number): Float32Array<ArrayBuffer> {
  const width = columns.features.length;
  const batch = new Float32Array((to - from) * width);
  for (const [index, column] of columns.features.entries()) {
    for (let row = from; row < to; row += 1) batch[(row - from) * width + index] = column[row] ?? Number.NaN;
  }
  return batch;
}
