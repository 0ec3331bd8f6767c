import { LANES, LEAF_BYTES, NODE_BYTES } from './tree-kernel.ts';
import type { TreeTables } from './tree-ensemble.ts';

/** The trees of a model as the kernel reads them; immutable, so that all threads share one. */
export interface TreeImage {
  readonly bytes: SharedArrayBuffer;
  readonly features: number;
  readonly trees: number;
  /** Byte addresses. Nodes begin at 0. */
  readonly leaves: number;
  readonly weights: number;
  readonly roots: number;
  /** Comparisons that scoring one row takes, on average over the leaves. */
  readonly comparisonsPerRow: number;
}

const roundUp = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;

const scratch = new Float32Array(1);
const scratchBits = new Int32Array(scratch.buffer);

/** The next float32 below; NaN below -infinity, so that nothing is at most that. */
export function float32Below(value: number): number {
  if (value === Number.NEGATIVE_INFINITY) return Number.NaN;
  // The least positive float32; the bits of zero have no neighbour below.
  if (value === 0) return -(2 ** -149);
  scratch[0] = value;
  scratchBits[0] = (scratchBits[0] ?? 0) + (value > 0 ? -1 : 1);
  return scratch[0];
}

/** The largest float32 that is at most `threshold`: a float32 is at most the one exactly when it is at most the other. */
export function float32AtMost(threshold: number): number {
  const rounded = Math.fround(threshold);
  return rounded <= threshold ? rounded : float32Below(rounded);
}

/** What -x is at most exactly when x is not at most `threshold`. Nothing is at most NaN, so everything is its opposite. */
function opposite(threshold: number): number {
  return Number.isNaN(threshold) ? Number.POSITIVE_INFINITY : float32Below(-threshold);
}

/**
 * Lays the trees out for the kernel, which knows one question: is this float32 at most that one? Thresholds are doubles and
 * missing values go either way, so
 *  - a threshold becomes the largest float32 that asks the same of every float32 (below it where the mode is `<`);
 *  - each feature lies in a tile twice, as x and -x. A node whose missing values follow `x <= t` asks `-x <= below(-t)`, the
 *    exact opposite of it, with its branches exchanged: NaN fails either question and so takes the branch it should.
 */
export function treeImage(tables: TreeTables, features: number): TreeImage {
  const count = tables.splits.length;
  const leaves = count * NODE_BYTES;
  // One leaf more than the model has: it weighs -0, which changes no sum, and fills the roots up to a multiple of the lanes.
  const allLeaves = tables.weights.length + 1;
  const weights = leaves + allLeaves * NODE_BYTES;
  const roots = weights + allLeaves * LEAF_BYTES;
  const places = roundUp(tables.roots.length, LANES);
  const bytes = new SharedArrayBuffer(roundUp(roots + places * 4, NODE_BYTES));
  const ints = new Int32Array(bytes);
  const floats = new Float32Array(bytes);
  const doubles = new Float64Array(bytes);
  const leafAt = (leaf: number): number => leaves + leaf * NODE_BYTES;
  for (let node = 0; node < count; node += 1) {
    const place = node * (NODE_BYTES / 4);
    const whenTrue =
      tables.trueLeaves[node] === 0
        ? (tables.trueIds[node] ?? 0) * NODE_BYTES
        : leafAt(tables.trueIds[node] ?? 0);
    const whenFalse =
      tables.falseLeaves[node] === 0
        ? (tables.falseIds[node] ?? 0) * NODE_BYTES
        : leafAt(tables.falseIds[node] ?? 0);
    const split = tables.splits[node] ?? Number.NaN;
    const atMost = float32AtMost(split);
    const threshold = tables.strict[node] === 1 && atMost === split ? float32Below(atMost) : atMost;
    const missingIsTrue = tables.missingTrue[node] === 1;
    const column = 2 * (tables.features[node] ?? 0) + (missingIsTrue ? 1 : 0);
    floats[place] = missingIsTrue ? opposite(threshold) : threshold;
    ints[place + 1] = column * 4 * LANES;
    ints[place + 2] = missingIsTrue ? whenTrue : whenFalse;
    ints[place + 3] = missingIsTrue ? whenFalse : whenTrue;
  }
  for (let leaf = 0; leaf < allLeaves; leaf += 1) {
    const place = leafAt(leaf) / 4;
    ints[place + 2] = leafAt(leaf);
    ints[place + 3] = leafAt(leaf);
    doubles[weights / 8 + leaf] = tables.weights[leaf] ?? -0;
  }
  for (let place = 0; place < places; place += 1) {
    const root = tables.roots[place];
    ints[roots / 4 + place] = root === undefined ? leafAt(allLeaves - 1) : root * NODE_BYTES;
  }
  const comparisonsPerRow = meanDepth(tables) * tables.roots.length;
  return { bytes, features, trees: tables.roots.length, leaves, weights, roots, comparisonsPerRow };
}

/** Comparisons from a root to a leaf, on average over all leaves. */
function meanDepth(tables: TreeTables): number {
  let total = 0;
  const open = tables.roots.map((node) => ({ node, depth: 1 }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, depth } = next;
    for (const [leaf, child] of [
      [tables.trueLeaves[node], tables.trueIds[node] ?? 0],
      [tables.falseLeaves[node], tables.falseIds[node] ?? 0],
    ] as const) {
      if (leaf === 0) open.push({ node: child, depth: depth + 1 });
      else total += depth;
    }
  }
  return total / Math.max(1, tables.splits.length + tables.roots.length);
}
