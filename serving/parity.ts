import { setImmediate as nextTurn } from 'node:timers/promises';
import { inspectModelFile } from './model-file.ts';
import { createOnnxScorer } from './onnx-scorer.ts';
import { checkColumns, rowMajor, type ParityColumns } from './parity-columns.ts';
import { readParityColumns } from './parity-file.ts';
import type { Scorer, ScoringSession } from './scorer.ts';
import { createTreeScorer } from './tree-scorer.ts';

export interface ParityMismatch {
  readonly row: number;
  readonly kind: string;
  readonly expected: number;
  readonly actual: number;
}

export interface ParityResult {
  readonly rows: number;
  /** Rows whose float64 differs in any bit; 0 is the only pass. */
  readonly mismatches: number;
  readonly firstMismatch: ParityMismatch | null;
  readonly byKind: Readonly<Record<string, { readonly rows: number; readonly mismatches: number }>>;
  /** Quantiles 0, .01, ... 1 of the expected scores of the rows of kind `recent`; empty when there are none. */
  readonly scoreQuantiles: readonly number[];
}

export interface ParityInput {
  readonly onnx: Uint8Array;
  readonly featureNames: readonly string[];
  /** A Parquet file (kind VARCHAR, one FLOAT column per feature, expected DOUBLE), or its columns. */
  readonly parity: { readonly path: string } | { readonly columns: ParityColumns };
}

const BATCH_ROWS = 4096;

/**
 * Compares the model in the kernel that will serve it, and in onnxruntime as a second reader of the same file, with the native
 * predictions, bit for bit. Every row is scored in a large batch, and every 97th also alone, since a batch of one takes another
 * path.
 * @throws UnsafeModel, ModelLoadFailed, ParitySetInvalid (no rows, a missing column, a non-finite expectation)
 */
export async function checkParity(input: ParityInput): Promise<ParityResult> {
  const columns =
    'columns' in input.parity
      ? input.parity.columns
      : await readParityColumns(input.parity.path, input.featureNames);
  checkColumns(columns, input.featureNames.length);
  const served = await scoreAll(createTreeScorer(), input, columns);
  const reference = await scoreAll(createOnnxScorer(), input, columns);
  return compare(columns, [served, reference]);
}

/** The same rows in two ways: in large batches, and some of them alone. */
interface ScoredSet {
  readonly batch: Float64Array;
  readonly singles: ReadonlyMap<number, number>;
}

async function scoreAll(scorer: Scorer, input: ParityInput, columns: ParityColumns): Promise<ScoredSet> {
  try {
    const session = await scorer.load(input.onnx, input.featureNames);
    return { batch: await scoreColumns(session, columns), singles: await scoreSingles(session, columns) };
  } finally {
    await scorer.close();
  }
}

async function scoreColumns(session: ScoringSession, columns: ParityColumns): Promise<Float64Array> {
  const scores = new Float64Array(columns.rows);
  for (let from = 0; from < columns.rows; from += BATCH_ROWS) {
    const to = Math.min(columns.rows, from + BATCH_ROWS);
    scores.set(await session.score(rowMajor(columns, from, to), to - from), from);
    // The kernel scores on this thread: heartbeats have their turn between two batches.
    await nextTurn();
  }
  return scores;
}

async function scoreSingles(
  session: ScoringSession,
  columns: ParityColumns,
): Promise<ReadonlyMap<number, number>> {
  const scores = new Map<number, number>();
  for (let row = 0; row < columns.rows; row += 97) {
    const [score] = await session.score(rowMajor(columns, row, row + 1), 1);
    scores.set(row, score ?? Number.NaN);
  }
  return scores;
}

function compare(columns: ParityColumns, sets: readonly ScoredSet[]): ParityResult {
  const byKind: Record<string, { rows: number; mismatches: number }> = {};
  let mismatches = 0;
  let firstMismatch: ParityMismatch | null = null;
  for (let row = 0; row < columns.rows; row += 1) {
    const kind = columns.kinds[row] ?? '';
    const expected = columns.expected[row] ?? Number.NaN;
    const scores = sets.flatMap(({ batch, singles }) => {
      const scored = batch[row] ?? Number.NaN;
      return [scored, singles.get(row) ?? scored];
    });
    const counts = (byKind[kind] ??= { rows: 0, mismatches: 0 });
    counts.rows += 1;
    // Object.is tells -0 from 0; expected is finite, so it compares every bit.
    const wrong = scores.find((score) => !Object.is(score, expected));
    if (wrong === undefined) continue;
    counts.mismatches += 1;
    mismatches += 1;
    firstMismatch ??= { row, kind, expected, actual: wrong };
  }
  const scoreQuantiles = quantilesOf(columns.expected.filter((_, row) => columns.kinds[row] === 'recent'));
  return { rows: columns.rows, mismatches, firstMismatch, byKind, scoreQuantiles };
}

/** Members of the sample, nearest to each rank. */
function quantilesOf(sample: Float64Array): readonly number[] {
  const ascending = sample.toSorted();
  if (ascending.length === 0) return [];
  return Array.from(
    { length: 101 },
    (_, percent) => ascending[Math.round((percent / 100) * (ascending.length - 1))] ?? Number.NaN,
  );
}

export interface LatencyInput {
  readonly onnx: Uint8Array;
  readonly featureNames: readonly string[];
  readonly universeRows: number;
  readonly repetitions: number;
}

export interface LatencyResult {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/**
 * Wall time of scoring one universe in this process, nearest-rank percentiles over `repetitions` (p99 is the maximum
 * below 100). Features walk over the model's own thresholds, so that paths are as deep and as mixed as in real rows;
 * one row in 64 is missing. Scores are not looked at.
 */
export async function measureLatency(input: LatencyInput): Promise<LatencyResult> {
  const batch = thresholdRows(input.onnx, input.universeRows);
  const scorer = createTreeScorer();
  try {
    const session = await scorer.load(input.onnx, input.featureNames);
    const elapsedMs: number[] = [];
    for (let repetition = 0; repetition < Math.max(1, input.repetitions); repetition += 1) {
      const copy = batch.slice();
      const started = performance.now();
      await session.score(copy, input.universeRows);
      elapsedMs.push(performance.now() - started);
      await nextTurn();
    }
    elapsedMs.sort((a, b) => a - b);
    return { p50Ms: nearestRank(elapsedMs, 0.5), p99Ms: nearestRank(elapsedMs, 0.99) };
  } finally {
    await scorer.close();
  }
}

function nearestRank(sorted: readonly number[], quantile: number): number {
  return sorted[Math.max(0, Math.ceil(quantile * sorted.length) - 1)] ?? Number.NaN;
}

function thresholdRows(onnx: Uint8Array, rows: number): Float32Array<ArrayBuffer> {
  const { thresholds } = inspectModelFile(onnx).trees;
  const batch = new Float32Array(rows * thresholds.length);
  for (let at = 0; at < batch.length; at += 1) {
    // Fibonacci hashing of the cell's position: evenly mixed, and the same rows every time.
    const mixed = Math.imul(at + 1, 0x9e3779b1) >>> 0;
    const column = thresholds[at % thresholds.length] ?? new Float64Array(0);
    batch[at] = mixed % 64 === 0 ? Number.NaN : (column[(mixed >>> 8) % Math.max(1, column.length)] ?? 0);
  }
  return batch;
}
