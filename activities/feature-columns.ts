import { z } from 'zod';
import { FitFinalResult } from '../contracts/training.ts';
import type { VersionManifest } from '../contracts/version.ts';
import type { TrainingMoments } from '../evaluation/feature-skew.ts';
import type { FeatureMatrix } from './row-scoring.ts';

const Moments = z.object({ featureMoments: FitFinalResult.shape.featureMoments });

/** Moments of the training rows, kept in the manifest when the version was packaged. */
export function featureMoments(manifest: VersionManifest): readonly TrainingMoments[] {
  return Moments.parse(manifest.provenance).featureMoments;
}

/** The columns of a matrix in the order of the moments; a column that is not there is unknown (NaN). */
export function columnsOf(rows: FeatureMatrix, moments: readonly TrainingMoments[]): Float32Array {
  const width = rows.featureNames.length;
  const columns = moments.map(({ feature }) => rows.featureNames.indexOf(feature));
  const count = width === 0 ? 0 : rows.features.length / width;
  const matrix = new Float32Array(count * columns.length);
  for (let row = 0; row < count; row += 1) {
    columns.forEach((column, at) => {
      matrix[row * columns.length + at] =
        column < 0 ? Number.NaN : (rows.features[row * width + column] ?? Number.NaN);
    });
  }
  return matrix;
}
