import { chiSquareTail } from '../../stats/chi-square.ts';
import { kolmogorovTail } from '../../stats/kolmogorov.ts';
import { countColumn, type ColumnCounts } from './column-counts.ts';
import type { Column, ColumnSketch } from './feature-sketch.ts';

/** How far a sample lies from a reference. All zero distance, and p-values of one, when either has no value. */
export interface ColumnDrift {
  /** Kolmogorov and Smirnov: largest difference of the distribution functions, [0, 1]. */
  readonly ks: number;
  /** Of independent rows. The rows of one session are not: `session-drift.ts` holds them against other sessions. */
  readonly ksP: number;
  /** Population stability index over ten equally likely bins of the reference (fewer where values repeat). */
  readonly psi: number;
  /** Chance of such an index in samples of these sizes: it is (1/n + 1/m) times a chi-square of bins - 1. */
  readonly psiP: number;
  /** Area between the distribution functions, in standard deviations of the reference; 0 for a constant one. */
  readonly wasserstein: number;
  /** Shares of rows without a value. */
  readonly missing: number;
  readonly missingBefore: number;
  /** Share of values outside the range of the reference. */
  readonly outOfRange: number;
  /** All values are equal, those of the reference are not. */
  readonly becameConstant: boolean;
}

const BINS = 10;
/** Added to each count, so that an empty bin gives a large index and not an infinite one (Jeffreys' prior). */
const HALF_A_ROW = 0.5;

export function columnDrift(sketch: ColumnSketch, column: Column): ColumnDrift {
  const counts = countColumn(sketch, column);
  const rows = counts?.rows ?? 0;
  const missingBefore = sketch.rows === 0 ? 1 : sketch.missing / sketch.rows;
  const missing = rows === 0 ? 1 : 1 - (counts?.known ?? 0) / rows;
  if (counts === null || counts.known === 0) {
    return {
      ...{ ks: 0, ksP: 1, psi: 0, psiP: 1, wasserstein: 0, missing, missingBefore },
      ...{ outOfRange: 0, becameConstant: false },
    };
  }
  const reference = sketch.rows - sketch.missing;
  const ks = distance(sketch, counts);
  const { psi, bins } = stabilityIndex(sketch, counts);
  const scale = 1 / counts.known + 1 / reference;
  return {
    ks,
    ksP: kolmogorovTail(ks, counts.known, reference),
    psi,
    psiP: bins < 2 ? 1 : chiSquareTail(psi / scale, bins - 1),
    wasserstein: area(sketch, counts),
    missing,
    missingBefore,
    outOfRange: (counts.underneath + counts.above) / counts.known,
    becameConstant: counts.constant && sketch.deviation > 0,
  };
}

/** Just below each knot and at it; between two knots it can be larger by the reference's mass there (`feature-sketch.ts`). */
function distance({ rows, missing, below, upTo }: ColumnSketch, counts: ColumnCounts): number {
  const reference = rows - missing;
  let largest = counts.above / counts.known;
  for (let knot = 0; knot < below.length; knot += 1) {
    const before = Math.abs((below[knot] ?? 0) / reference - (counts.below[knot] ?? 0) / counts.known);
    const at = Math.abs((upTo[knot] ?? 0) / reference - (counts.upTo[knot] ?? 0) / counts.known);
    if (before > largest) largest = before;
    if (at > largest) largest = at;
  }
  return largest;
}

function stabilityIndex(
  sketch: ColumnSketch,
  counts: ColumnCounts,
): { readonly psi: number; readonly bins: number } {
  const reference = sketch.rows - sketch.missing;
  const edges: number[] = [];
  let knot = 0;
  for (let bin = 1; bin < BINS; bin += 1) {
    while (knot < sketch.upTo.length && (sketch.upTo[knot] ?? 0) < (bin / BINS) * reference) knot += 1;
    // The last knot closes the last bin anyhow.
    if (knot < sketch.upTo.length - 1 && edges.at(-1) !== knot) edges.push(knot);
  }
  const bins = edges.length + 1;
  let [psi, before, beforeCounted] = [0, 0, 0];
  for (let bin = 0; bin < bins; bin += 1) {
    const edge = edges[bin];
    const upTo = edge === undefined ? reference : (sketch.upTo[edge] ?? 0);
    const counted = edge === undefined ? counts.known : (counts.upTo[edge] ?? 0);
    const p = (upTo - before + HALF_A_ROW) / (reference + HALF_A_ROW * bins);
    const q = (counted - beforeCounted + HALF_A_ROW) / (counts.known + HALF_A_ROW * bins);
    psi += (q - p) * Math.log(q / p);
    [before, beforeCounted] = [upTo, counted];
  }
  return { psi, bins };
}

/** First Wasserstein distance; by trapezoids between knots, exactly beyond the first and the last. */
function area({ rows, missing, knots, below, upTo, deviation }: ColumnSketch, counts: ColumnCounts): number {
  if (deviation === 0) return 0;
  const reference = rows - missing;
  let sum = (counts.shortfall + counts.excess) / counts.known;
  for (let knot = 0; knot + 1 < knots.length; knot += 1) {
    const left = Math.abs((upTo[knot] ?? 0) / reference - (counts.upTo[knot] ?? 0) / counts.known);
    const right = Math.abs((below[knot + 1] ?? 0) / reference - (counts.below[knot + 1] ?? 0) / counts.known);
    sum += ((left + right) / 2) * ((knots[knot + 1] ?? 0) - (knots[knot] ?? 0));
  }
  return sum / deviation;
}
