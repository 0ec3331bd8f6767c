import { readFile, stat } from 'node:fs/promises';
import type { ModelExamination } from '../contracts/registration.ts';
import { ParitySetInvalid, UnsafeModel } from './errors.ts';
import { inspectModelFile, MAX_MODEL_BYTES } from './model-file.ts';
import type { ParityColumns } from './parity-columns.ts';
import { readParityColumns } from './parity-file.ts';
import { checkParity } from './parity.ts';

export interface ExaminationInput {
  readonly onnxPath: string;
  readonly parityPath: string;
  /** In the order of the model. */
  readonly featureNames: readonly string[];
}

/** Fewer rows say nothing about a model; `contender convert` takes all it is given. */
const LEAST_RECENT_ROWS = 100;

/**
 * Runs a model that was made elsewhere against what its library predicted, in the kernel that would serve it and in onnxruntime,
 * bit for bit. The file is read as data before any runtime sees it. A mismatch is a finding, not an error.
 * @throws UnsafeModel, ModelLoadFailed, ParitySetInvalid
 */
export async function examineModel({
  onnxPath,
  parityPath,
  featureNames,
}: ExaminationInput): Promise<ModelExamination> {
  const { size } = await stat(onnxPath);
  if (size > MAX_MODEL_BYTES) throw new UnsafeModel(`the file holds ${String(size)} bytes`);
  const onnx = new Uint8Array(await readFile(onnxPath));
  const { trees, features } = inspectModelFile(onnx);
  if (features !== featureNames.length) {
    throw new UnsafeModel(
      `the model takes ${String(features)} features, ${String(featureNames.length)} are named`,
    );
  }
  const columns = await readParityColumns(parityPath, featureNames);
  const recent = rowsOf(columns, 'recent');
  if (recent.length < LEAST_RECENT_ROWS || rowsOf(columns, 'threshold').length === 0) {
    throw new ParitySetInvalid(
      `the parity set needs ${String(LEAST_RECENT_ROWS)} rows of kind recent, and rows of kind threshold`,
    );
  }
  const { scoreQuantiles, rows, mismatches, firstMismatch, byKind } = await checkParity({
    onnx,
    featureNames,
    parity: { columns },
  });
  return {
    trees: trees.trees,
    parity: { rows, mismatches, firstMismatch, byKind: { ...byKind } },
    scoreQuantiles: [...scoreQuantiles],
    featureMoments: featureNames.map((feature, at) => ({
      feature,
      ...momentsOf(columns.features[at] ?? new Float32Array(0), recent),
    })),
  };
}

const rowsOf = ({ kinds }: ParityColumns, kind: string): readonly number[] =>
  kinds.flatMap((each, row) => (each === kind ? [row] : []));

/** Of the rows that have a value; 0 and 0 when none has. */
function momentsOf(
  column: Float32Array,
  rows: readonly number[],
): { mean: number; standardDeviation: number; missing: number } {
  const values = rows.map((row) => column[row] ?? Number.NaN).filter((value) => !Number.isNaN(value));
  const missing = 1 - values.length / rows.length;
  if (values.length === 0) return { mean: 0, standardDeviation: 0, missing };
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardDeviation: Math.sqrt(squares / values.length), missing };
}
