import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TreeTables } from '../../../serving/tree-ensemble.ts';
import { float32AtMost, float32Below, treeImage } from '../../../serving/tree-image.ts';
import { TreeWalk } from '../../../serving/tree-walk.ts';

const FEATURES = 5;

/** Grows trees node by node: each choice splits an open leaf. */
interface Split {
  readonly leaf: number;
  readonly feature: number;
  readonly threshold: number;
  readonly strict: boolean;
  readonly missingTrue: boolean;
  readonly weights: readonly [number, number];
}

/** Where a float32 and a double disagree, where signs and infinities begin, and ordinary values. */
const threshold = fc.oneof(
  fc.constantFrom(
    0,
    -0,
    1e-35,
    -1e-35,
    1e300,
    -1e300,
    Infinity,
    -Infinity,
    3.4028234663852886e38,
    2 ** -149,
    1e-50,
  ),
  fc.double({ noNaN: true, min: -3, max: 3 }),
  fc.float({ noNaN: true }),
);
const split: fc.Arbitrary<Split> = fc.record({
  leaf: fc.nat(100),
  feature: fc.nat(FEATURES - 1),
  threshold,
  strict: fc.boolean(),
  missingTrue: fc.boolean(),
  weights: fc.tuple(fc.double({ noNaN: true, min: -1, max: 1 }), fc.double({ noNaN: true, min: -1, max: 1 })),
});
const forest = fc.array(fc.array(split, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 19 });

function tablesOf(trees: readonly (readonly Split[])[]): TreeTables {
  const splits: number[] = [];
  const columns = {
    features: [],
    strict: [],
    missingTrue: [],
    trueIds: [],
    falseIds: [],
    trueLeaves: [],
    falseLeaves: [],
  } as Record<
    'features' | 'strict' | 'missingTrue' | 'trueIds' | 'falseIds' | 'trueLeaves' | 'falseLeaves',
    number[]
  >;
  const weights: number[] = [];
  const roots: number[] = [];
  for (const tree of trees) {
    roots.push(splits.length);
    /** Branches that end in a leaf, which a further split may replace. */
    const open: { readonly ids: number[]; readonly leaves: number[]; readonly node: number }[] = [];
    for (const [
      index,
      { leaf, feature, threshold: at, strict, missingTrue, weights: own },
    ] of tree.entries()) {
      const node = splits.length;
      if (index > 0) {
        const [place] = open.splice(leaf % open.length, 1);
        if (place === undefined) break;
        place.ids[place.node] = node;
        place.leaves[place.node] = 0;
      }
      splits.push(at);
      columns.features.push(feature);
      columns.strict.push(strict ? 1 : 0);
      columns.missingTrue.push(missingTrue ? 1 : 0);
      columns.trueIds.push(weights.length);
      columns.falseIds.push(weights.length + 1);
      columns.trueLeaves.push(1);
      columns.falseLeaves.push(1);
      weights.push(...own);
      open.push({ ids: columns.trueIds, leaves: columns.trueLeaves, node });
      open.push({ ids: columns.falseIds, leaves: columns.falseLeaves, node });
    }
  }
  return { ...columns, splits: Float64Array.from(splits), weights: Float64Array.from(weights), roots };
}

/** The definition, read off the tables in doubles: no float32 threshold, no negated value, no lanes. */
function plainly(tables: TreeTables, row: Float32Array): number {
  let sum = 0;
  for (const root of tables.roots) {
    let node = root;
    for (;;) {
      const value = row[tables.features[node] ?? 0] ?? Number.NaN;
      const at = tables.splits[node] ?? Number.NaN;
      const holds = tables.strict[node] === 1 ? value < at : value <= at;
      const follows = Number.isNaN(value) ? tables.missingTrue[node] === 1 : holds;
      const leaf = follows ? tables.trueLeaves[node] : tables.falseLeaves[node];
      const next = (follows ? tables.trueIds[node] : tables.falseIds[node]) ?? 0;
      if (leaf === 1) {
        sum += tables.weights[next] ?? Number.NaN;
        break;
      }
      node = next;
    }
  }
  return sum;
}

/** Rows on, next to and far from the thresholds, and with missing values. */
function rowsOf(tables: TreeTables, picks: readonly number[]): Float32Array<ArrayBuffer> {
  const around = [...tables.splits].flatMap((at) => {
    const near = float32AtMost(at);
    return [near, float32Below(near), -float32Below(-near), -near];
  });
  const values = [...around.filter(Number.isFinite), 0, -0, 1, -1, Number.NaN, Number.NaN];
  return Float32Array.from(picks, (pick) => values[pick % values.length] ?? Number.NaN);
}

describe('the tree kernel', () => {
  it('gives the bits of the definition for any forest, on every threshold and beside it, with missing values, in any number of rows', () => {
    fc.assert(
      fc.property(
        forest,
        fc.array(fc.nat(100_000), { minLength: FEATURES, maxLength: FEATURES * 150 }),
        (trees, picks) => {
          const tables = tablesOf(trees);
          const rows = Math.floor(picks.length / FEATURES);
          const batch = rowsOf(tables, picks.slice(0, rows * FEATURES));
          const scores = new TreeWalk(treeImage(tables, FEATURES)).score(batch, rows);
          const expected = Array.from({ length: rows }, (_, row) =>
            plainly(tables, batch.subarray(row * FEATURES, (row + 1) * FEATURES)),
          );
          expect([...scores]).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('asks of every float32 the same as the double threshold does', () => {
    fc.assert(
      fc.property(threshold, fc.float({ noNaN: true }), (at, value) => {
        const near = float32AtMost(at);
        for (const x of [value, near, float32Below(near), -float32Below(-near)]) {
          expect(x <= near).toBe(x <= at);
          if (!Number.isNaN(x)) expect(-x <= float32Below(-near)).toBe(x > at);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
