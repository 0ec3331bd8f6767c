/** A column in a row-major matrix, or a plain column: value of row r at r * stride + offset. */
export interface Column {
  readonly values: Float32Array | Float64Array;
  readonly offset: number;
  readonly stride: number;
}

/**
 * What a later check needs of a reference sample, whatever its size: its distribution function at some hundred of its own
 * values. JSON, kept beside the version, so that a check reads the new sample only.
 */
export interface ColumnSketch {
  /** Rows with and without a value. */
  readonly rows: number;
  readonly missing: number;
  /** Ascending, distinct: the smallest, the largest and values at equal steps of probability between. */
  readonly knots: readonly number[];
  /** How many known values are below each knot, and at or below it. */
  readonly below: readonly number[];
  readonly upTo: readonly number[];
  /** Population standard deviation of the known values; 0 when there are none or all are equal. */
  readonly deviation: number;
}

/**
 * Steps of probability between knots. The distance of Kolmogorov and Smirnov is exact at the knots and can be larger between
 * two of them by the mass there at most: 1 / 512 unless single values are heavier. A sample of up to 512 values is kept whole.
 */
const STEPS = 512;

export const columnOf = (values: Float32Array | Float64Array): Column => ({ values, offset: 0, stride: 1 });

/** Known values of a column, ascending. */
export function sortedKnown({ values, offset, stride }: Column): Float64Array {
  const known = new Float64Array(rowsOf({ values, offset, stride }));
  let count = 0;
  for (let cell = offset; cell < values.length; cell += stride) {
    const value = values[cell] ?? Number.NaN;
    // Not a number, or infinite: neither has a place among the others.
    if (value - value !== 0) continue;
    known[count] = value;
    count += 1;
  }
  return known.subarray(0, count).sort();
}

export const rowsOf = ({ values, offset, stride }: Column): number =>
  Math.max(0, Math.ceil((values.length - offset) / stride));

export function sketchColumn(column: Column): ColumnSketch {
  const known = sortedKnown(column);
  const rows = rowsOf(column);
  const count = known.length;
  const knots: number[] = [];
  const below: number[] = [];
  const upTo: number[] = [];
  const steps = Math.min(STEPS, Math.max(0, count - 1));
  for (let step = 0; step <= steps && count > 0; step += 1) {
    const value = known[Math.round((step / Math.max(1, steps)) * (count - 1))] ?? Number.NaN;
    if (value === knots.at(-1)) continue;
    knots.push(value);
    below.push(lowerBound(known, value));
    upTo.push(upperBound(known, value));
  }
  return { rows, missing: rows - count, knots, below, upTo, deviation: deviationOf(known) };
}

function deviationOf(known: Float64Array): number {
  if (known.length === 0 || known[0] === known.at(-1)) return 0;
  let sum = 0;
  for (const value of known) sum += value;
  const mean = sum / known.length;
  let squares = 0;
  for (const value of known) squares += (value - mean) ** 2;
  return Math.sqrt(squares / known.length);
}

/** How many of the ascending values are below `value`. */
export function lowerBound(ascending: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many of the ascending values are at or below `value`. */
export function upperBound(ascending: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
