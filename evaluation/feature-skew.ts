import { EvaluationInputInvalid } from './errors.ts';

/** Moments of one feature over the rows a version was trained on. */
export interface TrainingMoments {
  readonly feature: string;
  readonly mean: number;
  readonly standardDeviation: number;
  /** Share of the rows without a value, 0 .. 1. With 1 mean and deviation say nothing. */
  readonly missing: number;
}

/** How one feature of today lies to training. */
export type FeatureSkew =
  /** |mean today - mean in training| in standard deviations of training. */
  | { readonly feature: string; readonly kind: 'moved'; readonly deviations: number }
  /** It was known in training and is unknown on every row of today. */
  | { readonly feature: string; readonly kind: 'unknown-today' }
  /** It had one value in training and another mean today: there is no deviation to measure by. */
  | { readonly feature: string; readonly kind: 'constant-moved'; readonly was: number; readonly is: number };

export interface FeatureSkews {
  /** The farthest first: what cannot be put into deviations before what can. */
  readonly features: readonly FeatureSkew[];
  /**
   * Features that no row of training knew, as those of a year's window over a shorter history: no tree can split on them, so
   * whatever they are today moves no score.
   */
  readonly neverKnown: readonly string[];
}

/**
 * How far the mean of each feature over one session's rows lies from where it lay in training. Unknown values (NaN) are left
 * out of the mean.
 *
 * @param rows row-major matrix, `moments.length` features per row, in the order of `moments`
 * Throws `EvaluationInputInvalid` when the matrix does not hold whole rows.
 */
export function featureSkew(
  rows: Float32Array | Float64Array,
  moments: readonly TrainingMoments[],
): FeatureSkews {
  const width = moments.length;
  if (width === 0 || rows.length % width !== 0) {
    throw new EvaluationInputInvalid(
      `${String(rows.length)} values are no whole rows of ${String(width)} features`,
    );
  }
  const features = moments.flatMap((moment, column) =>
    moment.missing >= 1 ? [] : [skewOf(columnMean(rows, width, column), moment)],
  );
  return {
    features: features.sort((a, b) => farness(b) - farness(a)),
    neverKnown: moments.flatMap(({ feature, missing }) => (missing >= 1 ? [feature] : [])),
  };
}

function columnMean(rows: Float32Array | Float64Array, width: number, column: number): number | null {
  let total = 0;
  let known = 0;
  for (let cell = column; cell < rows.length; cell += width) {
    const value = rows[cell] ?? NaN;
    if (!Number.isFinite(value)) continue;
    total += value;
    known += 1;
  }
  return known === 0 ? null : total / known;
}

/** Of a constant's mean, relative: rows in single precision give it back to about this. */
const SAME = 1e-6;

function skewOf(is: number | null, { feature, mean: was, standardDeviation }: TrainingMoments): FeatureSkew {
  if (is === null) return { feature, kind: 'unknown-today' };
  const moved = Math.abs(is - was);
  if (standardDeviation > 0) return { feature, kind: 'moved', deviations: moved / standardDeviation };
  if (moved <= SAME * Math.max(1, Math.abs(was))) return { feature, kind: 'moved', deviations: 0 };
  return { feature, kind: 'constant-moved', was, is };
}

/** The largest number there is stands for what has no measure; two of those are as far as each other. */
const farness = (skew: FeatureSkew): number =>
  skew.kind === 'moved' ? Math.min(skew.deviations, Number.MAX_VALUE / 2) : Number.MAX_VALUE;
