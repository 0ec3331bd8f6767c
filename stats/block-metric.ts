import type { HalfScorer } from './block-combinations.ts';
import { NonFiniteValue } from './errors.ts';

/**
 * A measure of performance that merges over blocks: a sketch of fixed width is made of each block once, and sketches of
 * neighbouring stretches of time combine into that of both. `merge` must be associative; it need not commute, since blocks are
 * merged in the order of time.
 */
export interface MergeableMetric {
  readonly kind: 'mergeable';
  readonly name: string;
  /** Numbers in a sketch. */
  readonly width: number;
  /** Writes the sketch of some rows to `out[at ..]`. */
  sketch(rows: Float64Array, out: Float64Array, at: number): void;
  /** Writes the sketch of `earlier` followed by `later`; `out` never overlaps them. */
  merge(
    tables: { readonly earlier: Float64Array; readonly later: Float64Array; readonly out: Float64Array },
    at: { readonly earlier: number; readonly later: number; readonly out: number },
  ): void;
  /** Higher is better; must be finite. */
  value(sketch: Float64Array, at: number): number;
}

/** Any other measure: computed from the rows of each half, concatenated in the order of time. Slow, and always right. */
export interface PlainMetric {
  readonly kind: 'plain';
  readonly name: string;
  /** Higher is better; must be finite. */
  value(rows: Float64Array): number;
}

export type BlockMetric = MergeableMetric | PlainMetric;

/** Mean per session: of returns, or of the daily rank IC of each trial when the columns hold that. */
export const MEAN: MergeableMetric = {
  kind: 'mergeable',
  name: 'mean',
  width: 2,
  sketch: (rows, out, at) => {
    out[at] = rows.length;
    out[at + 1] = rows.reduce((sum, value) => sum + value, 0);
  },
  merge: addAll(2),
  value: (sketch, at) => (sketch[at + 1] ?? 0) / (sketch[at] ?? 0),
};

/** Mean of the sessions on which something was earned or lost; 0 when there is none. */
export const EXPECTANCY: MergeableMetric = {
  kind: 'mergeable',
  name: 'expectancy',
  width: 2,
  sketch: (rows, out, at) => {
    const traded = rows.filter((value) => value !== 0);
    out[at] = traded.length;
    out[at + 1] = traded.reduce((sum, value) => sum + value, 0);
  },
  merge: addAll(2),
  value: (sketch, at) => {
    const sessions = sketch[at] ?? 0;
    return sessions === 0 ? 0 : (sketch[at + 1] ?? 0) / sessions;
  },
};

/**
 * Minus the maximum drawdown of compounded simple returns. The sketch of a stretch that starts at 1 is its last equity, its
 * highest, its lowest and its drawdown; a fall across the seam goes from the highest before to the lowest after it.
 */
export const DRAWDOWN: MergeableMetric = {
  kind: 'mergeable',
  name: 'drawdown',
  width: 4,
  sketch: (rows, out, at) => {
    let equity = 1;
    let high = 1;
    let low = 1;
    let worst = 0;
    for (const value of rows) {
      equity *= 1 + value;
      high = Math.max(high, equity);
      low = Math.min(low, equity);
      worst = Math.max(worst, 1 - equity / high);
    }
    out.set([equity, high, low, worst], at);
  },
  merge: ({ earlier, later, out }, at) => {
    const [equity = 1, high = 1, low = 1, worst = 0] = earlier.subarray(at.earlier, at.earlier + 4);
    const [equity2 = 1, high2 = 1, low2 = 1, worst2 = 0] = later.subarray(at.later, at.later + 4);
    const across = 1 - (equity * low2) / high;
    out[at.out] = equity * equity2;
    out[at.out + 1] = Math.max(high, equity * high2);
    out[at.out + 2] = Math.min(low, equity * low2);
    out[at.out + 3] = Math.max(worst, worst2, across);
  },
  value: (sketch, at) => -(sketch[at + 3] ?? 0),
};

/** Mean over the sample deviation (T - 1), merged by counts, means and squared deviations (Chan, Golub and LeVeque 1979). */
export const SHARPE: MergeableMetric = {
  kind: 'mergeable',
  name: 'sharpe',
  width: 3,
  sketch: (rows, out, at) => {
    const centre = rows.reduce((sum, value) => sum + value, 0) / rows.length;
    out[at] = rows.length;
    out[at + 1] = centre;
    out[at + 2] = rows.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  },
  merge: ({ earlier, later, out }, at) => {
    const rows = earlier[at.earlier] ?? 0;
    const rows2 = later[at.later] ?? 0;
    const all = rows + rows2;
    const gap = (later[at.later + 1] ?? 0) - (earlier[at.earlier + 1] ?? 0);
    const share = all === 0 ? 0 : rows2 / all;
    out[at.out] = all;
    out[at.out + 1] = (earlier[at.earlier + 1] ?? 0) + gap * share;
    out[at.out + 2] = (earlier[at.earlier + 2] ?? 0) + (later[at.later + 2] ?? 0) + gap * gap * rows * share;
  },
  value: (sketch, at) => {
    const deviation = Math.sqrt((sketch[at + 2] ?? 0) / ((sketch[at] ?? 0) - 1));
    return deviation > 0 ? (sketch[at + 1] ?? 0) / deviation : 0;
  },
};

/** Merging by adding every entry. */
function addAll(width: number): MergeableMetric['merge'] {
  return ({ earlier, later, out }, at) => {
    for (let entry = 0; entry < width; entry += 1) {
      out[at.out + entry] = (earlier[at.earlier + entry] ?? 0) + (later[at.later + entry] ?? 0);
    }
  };
}

/** Scores halves by any measure. Throws `NonFiniteValue` naming measure and trial when it is not a number there. */
export function metricScorer(
  metric: BlockMetric,
  columns: readonly Float64Array[],
  names: readonly string[],
  splits: number,
  blockRows: number,
): HalfScorer {
  const score =
    metric.kind === 'plain'
      ? plainScorer(metric, columns, splits, blockRows)
      : mergedScorer(metric, columns, splits, blockRows);
  return (low, high, out) => {
    score(low, high, out);
    const broken = out.findIndex((value) => !Number.isFinite(value));
    if (broken < 0) return;
    const trial = names[broken] ?? `column ${String(broken + 1)}`;
    throw new NonFiniteValue(
      `the ${metric.name} of ${trial} is ${String(out[broken])} over half of the blocks`,
      {
        remedy: 'Use a measure that exists on every half of the sessions.',
        details: { metric: metric.name, series: trial },
      },
    );
  };
}

function plainScorer(
  metric: PlainMetric,
  columns: readonly Float64Array[],
  splits: number,
  blockRows: number,
): HalfScorer {
  const half = splits / 2;
  const gathered = new Float64Array(half * blockRows);
  return (low, high, out) => {
    const blocks = [...bits(low, 0), ...bits(high, half)];
    columns.forEach((column, index) => {
      const skipped = column.length - splits * blockRows;
      blocks.forEach((block, position) => {
        const begin = skipped + block * blockRows;
        gathered.set(column.subarray(begin, begin + blockRows), position * blockRows);
      });
      out[index] = metric.value(gathered);
    });
  };
}

function bits(set: number, offset: number): number[] {
  const blocks: number[] = [];
  for (let block = 0; set >>> block !== 0; block += 1) if ((set >>> block) & 1) blocks.push(offset + block);
  return blocks;
}

function mergedScorer(
  metric: MergeableMetric,
  columns: readonly Float64Array[],
  splits: number,
  blockRows: number,
): HalfScorer {
  const { width } = metric;
  const half = splits / 2;
  const count = columns.length;
  const low = subsetSketches(metric, columns, half, 0, splits, blockRows);
  const high = subsetSketches(metric, columns, half, half, splits, blockRows);
  const merged = new Float64Array(width);
  return (lowSet, highSet, out) => {
    for (let column = 0; column < count; column += 1) {
      const earlier = (lowSet * count + column) * width;
      const later = (highSet * count + column) * width;
      if (highSet === 0) out[column] = metric.value(low, earlier);
      else if (lowSet === 0) out[column] = metric.value(high, later);
      else {
        metric.merge({ earlier: low, later: high, out: merged }, { earlier, later, out: 0 });
        out[column] = metric.value(merged, 0);
      }
    }
  };
}

/** Sketches of every subset of blocks, the highest block merged last: it is the latest. */
function subsetSketches(
  metric: MergeableMetric,
  columns: readonly Float64Array[],
  half: number,
  firstBlock: number,
  splits: number,
  blockRows: number,
): Float64Array {
  const count = columns.length;
  const { width } = metric;
  const table = new Float64Array((1 << half) * count * width);
  for (let subset = 1; subset < 1 << half; subset += 1) {
    const latest = 31 - Math.clz32(subset);
    const rest = subset ^ (1 << latest);
    columns.forEach((column, index) => {
      const out = (subset * count + index) * width;
      if (rest === 0) {
        const begin = column.length - splits * blockRows + (firstBlock + latest) * blockRows;
        metric.sketch(column.subarray(begin, begin + blockRows), table, out);
      } else {
        const at = {
          earlier: (rest * count + index) * width,
          later: ((1 << latest) * count + index) * width,
          out,
        };
        metric.merge({ earlier: table, later: table, out: table }, at);
      }
    });
  }
  return table;
}
