import type { VersionManifest } from '../contracts/version.ts';
import { createOnnxScorer } from '../serving/onnx-scorer.ts';
import type { Workbench } from './workbench.ts';

/** Rows by feature: value f of row r at r * featureNames.length + f; NaN where unknown. */
export interface FeatureMatrix {
  readonly featureNames: readonly string[];
  readonly features: Float32Array;
}

const BATCH_ROWS = 8192;

/** Scores rows with a version's own ONNX file, in the runtime that serves it. @throws FeatureMissing */
export async function scoreRows(
  { artifacts }: Pick<Workbench, 'artifacts'>,
  manifest: VersionManifest,
  rows: FeatureMatrix,
): Promise<Float64Array> {
  const { featureNames } = manifest.identity;
  const width = rows.featureNames.length;
  const columns = featureNames.map((name) => rows.featureNames.indexOf(name));
  const count = width === 0 ? 0 : rows.features.length / width;
  const scorer = createOnnxScorer();
  try {
    const session = await scorer.load(await artifacts.get(manifest.artifacts.onnx), featureNames);
    const scores = new Float64Array(count);
    for (let from = 0; from < count; from += BATCH_ROWS) {
      const size = Math.min(BATCH_ROWS, count - from);
      scores.set(await session.score(gather(rows.features, width, columns, from, size), size), from);
    }
    return scores;
  } finally {
    await scorer.close();
  }
}

function gather(
  features: Float32Array,
  width: number,
  columns: readonly number[],
  from: number,
  size: number,
): Float32Array<ArrayBuffer> {
  const batch = new Float32Array(size * columns.length);
  for (let row = 0; row < size; row += 1) {
    columns.forEach((column, at) => {
      batch[row * columns.length + at] = features[(from + row) * width + column] ?? Number.NaN;
    });
  }
  return batch;
}
