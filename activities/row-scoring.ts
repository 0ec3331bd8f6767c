import type { VersionManifest } from '../contracts/version.ts';
import { createTreeScorer } from '../serving/tree-scorer.ts';
import { FeatureMissing } from './errors.ts';
import type { Workbench } from './workbench.ts';

/** Rows by feature: value f of row r at r * featureNames.length + f; NaN where unknown. */
export interface FeatureMatrix {
  readonly featureNames: readonly string[];
  readonly features: Float32Array;
}

const BATCH_ROWS = 8192;

/** Scores rows with a version's own ONNX file, by the kernel that serves it. @throws FeatureMissing */
export async function scoreRows(
  bench: Pick<Workbench, 'artifacts'>,
  manifest: VersionManifest,
  rows: FeatureMatrix,
): Promise<Float64Array> {
  const scores = new Float64Array(rowCount(rows));
  await scoreChunks(bench, manifest, rows, {
    chunkRows: BATCH_ROWS,
    onChunk: (from, values) => {
      scores.set(values, from);
      return Promise.resolve();
    },
  });
  return scores;
}

/** The same in chunks: each is handed over before the next is scored. @throws FeatureMissing */
export async function scoreChunks(
  { artifacts }: Pick<Workbench, 'artifacts'>,
  manifest: VersionManifest,
  rows: FeatureMatrix,
  options: {
    readonly chunkRows: number;
    readonly onChunk: (from: number, scores: Float64Array) => Promise<void>;
  },
): Promise<void> {
  const { featureNames } = manifest.identity;
  const columns = columnsOf(rows, featureNames);
  const count = rowCount(rows);
  const scorer = createTreeScorer();
  try {
    const session = await scorer.load(await artifacts.get(manifest.artifacts.onnx), featureNames);
    for (let from = 0; from < count; from += options.chunkRows) {
      const size = Math.min(options.chunkRows, count - from);
      await options.onChunk(from, await session.score(gather(rows, columns, from, size), size));
    }
  } finally {
    await scorer.close();
  }
}

/** Median wall time of scoring all the rows in one call, ms; 0 when there are none. @throws FeatureMissing */
export async function medianScoringMs(
  { artifacts }: Pick<Workbench, 'artifacts'>,
  manifest: VersionManifest,
  rows: FeatureMatrix,
  runs: number,
): Promise<number> {
  const { featureNames } = manifest.identity;
  const columns = columnsOf(rows, featureNames);
  const count = rowCount(rows);
  if (count === 0) return 0;
  const scorer = createTreeScorer();
  try {
    const session = await scorer.load(await artifacts.get(manifest.artifacts.onnx), featureNames);
    const elapsed: number[] = [];
    for (let run = 0; run < runs; run += 1) {
      const batch = gather(rows, columns, 0, count);
      const started = performance.now();
      await session.score(batch, count);
      elapsed.push(performance.now() - started);
    }
    elapsed.sort((x, y) => x - y);
    return elapsed[Math.floor(runs / 2)] ?? 0;
  } finally {
    await scorer.close();
  }
}

/** The columns of a version, in its order. @throws FeatureMissing */
export function selectFeatures(rows: FeatureMatrix, featureNames: readonly string[]): FeatureMatrix {
  const features = gather(rows, columnsOf(rows, featureNames), 0, rowCount(rows));
  return { featureNames, features };
}

function columnsOf(rows: FeatureMatrix, featureNames: readonly string[]): number[] {
  return featureNames.map((name) => {
    const column = rows.featureNames.indexOf(name);
    if (column >= 0) return column;
    throw new FeatureMissing(`the feature set does not give ${name}, which the version takes`, {
      remedy: 'Score with the feature code that is stored with the version.',
      details: { feature: name },
    });
  });
}

const rowCount = ({ featureNames, features }: FeatureMatrix): number =>
  featureNames.length === 0 ? 0 : features.length / featureNames.length;

function gather(
  { featureNames, features }: FeatureMatrix,
  columns: readonly number[],
  from: number,
  size: number,
): Float32Array<ArrayBuffer> {
  const width = featureNames.length;
  const batch = new Float32Array(size * columns.length);
  for (let row = 0; row < size; row += 1) {
    columns.forEach((column, at) => {
      batch[row * columns.length + at] = features[(from + row) * width + column] ?? Number.NaN;
    });
  }
  return batch;
}
