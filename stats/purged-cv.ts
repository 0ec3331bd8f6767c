import { binomial } from './block-combinations.ts';
import { SampleTooShort, ShapeMismatch } from './errors.ts';
import { finiteSeries, requireRange, requireSameLength } from './series.ts';
import type { Series } from './series.ts';

export interface PurgedCvOptions {
  /**
   * First and last session (any ascending scale, for instance the index in the calendar) that each observation's features and
   * label speak of. Sorted by `starts`; observations that start together are never torn apart.
   */
  readonly starts: Series;
  readonly ends: Series;
  /** Groups the observations are cut into, contiguous in time; 2 .. 24. */
  readonly groups: number;
  /** Groups tested together; 1 .. groups - 1. */
  readonly testGroups: number;
  /** Sessions after each contiguous stretch of test groups whose observations are not trained on either; >= 0. */
  readonly embargo: number;
}

export interface PurgedSplit {
  /** Ascending. */
  readonly testGroups: readonly number[];
  /** Positions of observations, ascending. */
  readonly test: Int32Array;
  readonly train: Int32Array;
  /** Left out because their span touches a test span, and because of the embargo. */
  readonly purged: number;
  readonly embargoed: number;
}

export interface PurgedCvPlan {
  /** First observation of each group, and the number of observations at the end: groups + 1 entries. */
  readonly bounds: Int32Array;
  /** All choices of test groups in lexicographic order. */
  readonly splits: readonly PurgedSplit[];
  /** paths[p][g] is the split that tests group g on path p: every path covers every observation once. */
  readonly paths: readonly (readonly number[])[];
}

/**
 * Combinatorial purged cross-validation: Lopez de Prado, Advances in Financial Machine Learning (2018), sections 7.4 and
 * 12.3. C(groups, k) splits give C(groups, k) k / groups backtest paths instead of one, each wholly out of sample.
 *
 * Purging and embargo are applied to each contiguous stretch of test groups by itself; taking the first and last test session
 * as one span would throw away everything trained between two stretches.
 *
 * Throws `ShapeMismatch` (unpaired or unsorted), `NonFiniteValue`, `SampleTooShort` (fewer start sessions than groups, or a split
 * without training data), `ParameterOutOfRange`.
 */
export function purgedCombinations(options: PurgedCvOptions): PurgedCvPlan {
  const { groups, testGroups, embargo } = options;
  requireRange('groups', groups, 2, 24, 'integer');
  requireRange('testGroups', testGroups, 1, groups - 1, 'integer');
  requireRange('embargo', embargo, 0, 1e9);
  const spans = checkedSpans(options);
  const bounds = groupBounds(spans.starts, groups);
  const splits = subsets(groups, testGroups).map((chosen) => purgedSplit(spans, bounds, chosen, embargo));
  const perGroup = Array.from({ length: groups }, (_, group) =>
    splits.flatMap((split, index) => (split.testGroups.includes(group) ? [index] : [])),
  );
  const paths = Array.from({ length: (binomial(groups, testGroups) * testGroups) / groups }, (_, path) =>
    perGroup.map((tested) => tested[path] ?? -1),
  );
  return { bounds, splits, paths };
}

/**
 * One backtest path per entry of `plan.paths`: values of each observation, taken from the split that tests its group.
 * @param valuesBySplit for each split one value per entry of its `test`
 */
export function assemblePaths(plan: PurgedCvPlan, valuesBySplit: readonly Series[]): Float64Array[] {
  plan.splits.forEach((split, index) => {
    const given = valuesBySplit[index]?.length ?? 0;
    if (given === split.test.length) return;
    throw new ShapeMismatch(
      `split ${String(index)} tests ${String(split.test.length)} observations, ${String(given)} values are given`,
      { remedy: 'Give one value per tested observation of each split.' },
    );
  });
  const positions = plan.splits.map((split) => new Map(Array.from(split.test, (row, at) => [row, at])));
  return plan.paths.map((path) => {
    const out = new Float64Array(plan.bounds.at(-1) ?? 0);
    path.forEach((split, group) => {
      for (let row = plan.bounds[group] ?? 0; row < (plan.bounds[group + 1] ?? 0); row += 1) {
        out[row] = valuesBySplit[split]?.[positions[split]?.get(row) ?? -1] ?? Number.NaN;
      }
    });
    return out;
  });
}

interface Spans {
  readonly starts: Float64Array;
  readonly ends: Float64Array;
}

function checkedSpans(options: PurgedCvOptions): Spans {
  requireSameLength(options.starts, options.ends, 'starts', 'ends');
  const starts = finiteSeries(options.starts, 'starts');
  const ends = finiteSeries(options.ends, 'ends');
  starts.forEach((start, row) => {
    const unsorted = row > 0 && start < (starts[row - 1] ?? start);
    if (!unsorted && (ends[row] ?? start) >= start) return;
    const what = unsorted ? 'starts before the one above it' : 'ends before it starts';
    throw new ShapeMismatch(`observation ${String(row + 1)} ${what}`, {
      remedy: 'Sort observations by their first session; a span ends no earlier than it starts.',
      details: { row: row + 1 },
    });
  });
  return { starts, ends };
}

/** Cuts between different starts, so that groups hold nearly equal numbers of them. */
function groupBounds(starts: Float64Array, groups: number): Int32Array {
  const firsts: number[] = [];
  starts.forEach((start, row) => {
    if (row === 0 || start !== starts[row - 1]) firsts.push(row);
  });
  if (firsts.length < groups) {
    throw new SampleTooShort(
      `${String(firsts.length)} different sessions cannot be cut into ${String(groups)} groups`,
      { remedy: 'Use fewer groups or more sessions.' },
    );
  }
  return Int32Array.from({ length: groups + 1 }, (_, group) =>
    group === groups ? starts.length : (firsts[Math.round((group * firsts.length) / groups)] ?? 0),
  );
}

function purgedSplit(
  { starts, ends }: Spans,
  bounds: Int32Array,
  chosen: readonly number[],
  embargo: number,
): PurgedSplit {
  const stretches = contiguous(chosen).map(([first, last]) => {
    const from = bounds[first] ?? 0;
    const to = bounds[last + 1] ?? 0;
    return {
      from,
      to,
      begin: starts[from] ?? 0,
      end: ends.subarray(from, to).reduce((a, b) => Math.max(a, b)),
    };
  });
  const test: number[] = [];
  const train: number[] = [];
  let purged = 0;
  let embargoed = 0;
  starts.forEach((start, row) => {
    const end = ends[row] ?? start;
    if (stretches.some(({ from, to }) => row >= from && row < to)) test.push(row);
    else if (stretches.some((stretch) => start <= stretch.end && end >= stretch.begin)) purged += 1;
    else if (stretches.some((stretch) => start > stretch.end && start <= stretch.end + embargo))
      embargoed += 1;
    else train.push(row);
  });
  if (train.length === 0) {
    throw new SampleTooShort(`testing groups ${chosen.join(', ')} leaves nothing to train on`, {
      remedy: 'Use shorter labels, a smaller embargo, or more sessions.',
    });
  }
  return {
    testGroups: chosen,
    test: Int32Array.from(test),
    train: Int32Array.from(train),
    purged,
    embargoed,
  };
}

/** Runs of neighbouring groups as [first, last]. */
function contiguous(chosen: readonly number[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const group of chosen) {
    const last = runs.at(-1);
    if (last?.[1] === group - 1) last[1] = group;
    else runs.push([group, group]);
  }
  return runs;
}

/** All k-subsets of 0 .. n - 1 in lexicographic order. */
function subsets(n: number, k: number, from = 0): number[][] {
  if (k === 0) return [[]];
  return Array.from({ length: Math.max(0, n - from - k + 1) }, (_, offset) => from + offset).flatMap(
    (first) => subsets(n, k - 1, first + 1).map((rest) => [first, ...rest]),
  );
}
