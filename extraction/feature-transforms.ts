import type { RawFeatures } from './columnar-tables.ts';
import type { FeatureSet } from './feature-set.ts';

/**
 * Applies the transforms that a feature set declares and rounds to float32: what training and scoring see. Rows of one
 * session must stand together. Row-major in, row-major out; NaN stays NaN.
 */
export function transformFeatures(set: FeatureSet, raw: RawFeatures): Float32Array {
  const width = set.columns.length;
  const out = new Float32Array(raw.values.length);
  for (let from = 0; from < raw.session.length;) {
    let to = from + 1;
    while (to < raw.session.length && raw.session[to] === raw.session[from]) to += 1;
    set.columns.forEach(({ transform }, column) => {
      if (transform === 'rank') rankColumn(raw.values, out, { from, to, column, width });
      else copyColumn(raw.values, out, { from, to, column, width });
    });
    from = to;
  }
  return out;
}

interface ColumnPart {
  readonly from: number;
  readonly to: number;
  readonly column: number;
  readonly width: number;
}

function copyColumn(values: Float64Array, out: Float32Array, part: ColumnPart): void {
  for (let row = part.from; row < part.to; row += 1) {
    const at = row * part.width + part.column;
    out[at] = values[at] ?? NaN;
  }
}

/**
 * Rank among the finite values in [-0.5, 0.5]: (number below - number above) / (2 (n - 1)). Ties get equal values. Made of
 * whole numbers and one division, so the same bits everywhere. A single value has no rank.
 */
function rankColumn(values: Float64Array, out: Float32Array, part: ColumnPart): void {
  const { from, to, column, width } = part;
  const sorted = new Float64Array(to - from);
  let count = 0;
  for (let row = from; row < to; row += 1) {
    const value = values[row * width + column] ?? NaN;
    // Adding zero turns -0 into 0: the two are equal, but a typed array sorts -0 first.
    if (!Number.isNaN(value)) sorted[count++] = value + 0;
  }
  const known = sorted.subarray(0, count).sort();
  for (let row = from; row < to; row += 1) {
    const at = row * width + column;
    const value = values[at] ?? NaN;
    out[at] =
      Number.isNaN(value) || count < 2
        ? NaN
        : (lowerBound(known, value) - (count - upperBound(known, value))) / (2 * (count - 1));
  }
}

/** How many sorted numbers are below `value`. */
function lowerBound(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? NaN) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many sorted numbers are at or below `value`. */
function upperBound(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? NaN) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
