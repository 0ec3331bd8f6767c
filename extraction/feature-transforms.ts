import type { RawFeatures } from './columnar-tables.ts';
import type { FeatureSet } from './feature-set.ts';
import type { SectorLookup } from './sector-spans.ts';

/**
 * Applies the transforms that a feature set declares and rounds to float32: what training and scoring see. Rows of one
 * session must stand together, in the order of their symbols. Row-major in, row-major out; NaN stays NaN.
 */
export function transformFeatures(set: FeatureSet, raw: RawFeatures, sectorOf: SectorLookup): Float32Array {
  const width = set.columns.length;
  const out = new Float32Array(raw.values.length);
  const bySector = set.columns.some(({ transform }) => transform.startsWith('sector'));
  for (let from = 0; from < raw.session.length;) {
    let to = from + 1;
    while (to < raw.session.length && raw.session[to] === raw.session[from]) to += 1;
    const all = Int32Array.from({ length: to - from }, (_, offset) => from + offset);
    const groups = bySector ? sectorGroups(raw, all, sectorOf) : [];
    set.columns.forEach(({ transform }, column) => {
      const place = { column, width };
      if (transform === 'rank') rankColumn(raw.values, out, all, place);
      else if (transform === 'none') copyColumn(raw.values, out, all, place);
      else
        for (const rows of groups) {
          if (transform === 'sector_rank') rankColumn(raw.values, out, rows, place);
          else centreColumn(raw.values, out, rows, place);
        }
    });
    from = to;
  }
  return out;
}

interface Place {
  readonly column: number;
  readonly width: number;
}

/** The rows of a session by sector, each group in the order of its symbols. */
function sectorGroups(raw: RawFeatures, rows: Int32Array, sectorOf: SectorLookup): readonly Int32Array[] {
  const groups = new Map<string, number[]>();
  for (const row of rows) {
    const sector = sectorOf(raw.symbol[row] ?? '', raw.sessionIndex[row] ?? 0);
    const group = groups.get(sector) ?? [];
    group.push(row);
    groups.set(sector, group);
  }
  return [...groups.values()].map((group) => Int32Array.from(group));
}

function copyColumn(values: Float64Array, out: Float32Array, rows: Int32Array, place: Place): void {
  for (const row of rows) {
    const at = row * place.width + place.column;
    out[at] = values[at] ?? NaN;
  }
}

/** Less the mean of the group, added up in its order. A value that is alone in its group has nothing to be compared with. */
function centreColumn(values: Float64Array, out: Float32Array, rows: Int32Array, place: Place): void {
  let sum = 0;
  let known = 0;
  for (const row of rows) {
    const value = values[row * place.width + place.column] ?? NaN;
    if (Number.isNaN(value)) continue;
    sum += value;
    known += 1;
  }
  for (const row of rows) {
    const at = row * place.width + place.column;
    out[at] = known < 2 ? NaN : (values[at] ?? NaN) - sum / known;
  }
}

/**
 * Rank among the known values in [-0.5, 0.5]: (number below - number above) / (2 (n - 1)). Ties get equal values. Made of
 * whole numbers and one division, so the same bits everywhere. A single value has no rank.
 */
function rankColumn(values: Float64Array, out: Float32Array, rows: Int32Array, place: Place): void {
  const { column, width } = place;
  const sorted = new Float64Array(rows.length);
  let count = 0;
  for (const row of rows) {
    const value = values[row * width + column] ?? NaN;
    // Adding zero turns -0 into 0: the two are equal, but a typed array sorts -0 first.
    if (!Number.isNaN(value)) sorted[count++] = value + 0;
  }
  const known = sorted.subarray(0, count).sort();
  for (const row of rows) {
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
