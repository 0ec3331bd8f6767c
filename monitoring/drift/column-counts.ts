import type { Column, ColumnSketch } from './feature-sketch.ts';
import { rowsOf, upperBound } from './feature-sketch.ts';

/** Where the values of a sample lie among the knots of a sketch; one pass, nothing sorted. */
export interface ColumnCounts {
  readonly rows: number;
  readonly known: number;
  /** Values below each knot, and at or below it. */
  readonly below: Float64Array;
  readonly upTo: Float64Array;
  /** Values below the smallest and above the largest knot, and by how much in sum. */
  readonly underneath: number;
  readonly above: number;
  readonly shortfall: number;
  readonly excess: number;
  /** All known values are equal. */
  readonly constant: boolean;
}

const CELLS_PER_KNOT = 4;

/** Finds a value's place among ascending knots in a step or two: an even grid over their range says where to begin. */
class KnotFinder {
  private readonly knots: Float64Array;
  private readonly starts: Int32Array;
  private readonly lowest: number;
  private readonly scale: number;

  constructor(knots: Float64Array) {
    this.knots = knots;
    const cells = Math.max(1, knots.length * CELLS_PER_KNOT);
    this.lowest = knots[0] ?? 0;
    const range = (knots.at(-1) ?? 0) - this.lowest;
    this.scale = range > 0 && Number.isFinite(cells / range) ? cells / range : 0;
    this.starts = Int32Array.from({ length: cells + 1 }, (_, cell) =>
      this.scale === 0 ? 0 : Math.max(0, upperBound(knots, this.lowest + (cell - 1) / this.scale) - 1),
    );
  }

  /** Index of the last knot at or below the value; -1 below all. */
  find(value: number): number {
    const { knots, starts, lowest, scale } = this;
    if (value < lowest) return -1;
    const cell = Math.min(starts.length - 1, Math.floor((value - lowest) * scale));
    let at = starts[cell] ?? 0;
    while (at + 1 < knots.length && (knots[at + 1] ?? 0) <= value) at += 1;
    while (at > 0 && (knots[at] ?? 0) > value) at -= 1;
    return at;
  }
}

/** Null when the reference has no value: there is nothing to count against. */
export function countColumn(sketch: ColumnSketch, column: Column): ColumnCounts | null {
  const knots = Float64Array.from(sketch.knots);
  if (knots.length === 0) return null;
  const finder = new KnotFinder(knots);
  const on = new Float64Array(knots.length);
  const after = new Float64Array(knots.length);
  const lowest = knots[0] ?? 0;
  const highest = knots.at(-1) ?? 0;
  const { values, offset, stride } = column;
  let [known, underneath, above, shortfall, excess] = [0, 0, 0, 0, 0];
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let cell = offset; cell < values.length; cell += stride) {
    const value = values[cell] ?? Number.NaN;
    if (value - value !== 0) continue;
    known += 1;
    if (value < least) least = value;
    if (value > most) most = value;
    if (value < lowest) {
      underneath += 1;
      shortfall += lowest - value;
      continue;
    }
    const at = finder.find(value);
    if (knots[at] === value) on[at] = (on[at] ?? 0) + 1;
    else after[at] = (after[at] ?? 0) + 1;
    if (value > highest) {
      above += 1;
      excess += value - highest;
    }
  }
  const below = new Float64Array(knots.length);
  const upTo = new Float64Array(knots.length);
  let sum = underneath;
  for (let knot = 0; knot < knots.length; knot += 1) {
    below[knot] = sum;
    sum += on[knot] ?? 0;
    upTo[knot] = sum;
    sum += after[knot] ?? 0;
  }
  const constant = known > 0 && least === most;
  return { rows: rowsOf(column), known, below, upTo, underneath, above, shortfall, excess, constant };
}
