import { EvaluationInputInvalid } from './errors.ts';

/** Moments of one feature over the rows a version was trained on. */
export interface TrainingMoments {
  readonly feature: string;
  readonly mean: number;
  readonly standardDeviation: number;
}

export interface FeatureSkew {
  readonly feature: string;
  /** |mean today - mean in training| / standard deviation in training; Infinity when a constant feature moved. */
  readonly skew: number;
}

/**
 * How far the mean of each feature over one session's rows lies from where it lay in training, the farthest first.
 * Unknown values (NaN) are left out; a feature without any known value today is infinitely far.
 *
 * @param rows row-major matrix, `moments.length` features per row, in the order of `moments`
 * Throws `EvaluationInputInvalid` when the matrix does not hold whole rows.
 */
export function featureSkew(
  rows: Float32Array | Float64Array,
  moments: readonly TrainingMoments[],
): FeatureSkew[] {
  const width = moments.length;
  if (width === 0 || rows.length % width !== 0) {
    throw new EvaluationInputInvalid(
      `${String(rows.length)} values are no whole rows of ${String(width)} features`,
    );
  }
  const skews = moments.map((moment, column) => ({
    feature: moment.feature,
    skew: distance(columnMean(rows, width, column), moment),
  }));
  return skews.sort((a, b) => (a.skew === b.skew ? 0 : b.skew > a.skew ? 1 : -1));
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

function distance(mean: number | null, moment: TrainingMoments): number {
  if (mean === null) return Infinity;
  const moved = Math.abs(mean - moment.mean);
  if (moment.standardDeviation > 0) return moved / moment.standardDeviation;
  return moved === 0 ? 0 : Infinity;
}
