import { BatchShapeMismatch, ModelLoadFailed, SessionReleased, UnsafeModel } from './errors.ts';
import { inspectModelFile } from './model-file.ts';
import type { Scorer, ScoringSession } from './scorer.ts';
import { treeImage, type TreeImage } from './tree-image.ts';
import { TreeWalk } from './tree-walk.ts';

/** Rows of the run that warms a walk: it pages the trees in and lets the kernel be compiled. */
const WARM_ROWS = 256;
/** Comparisons that a batch may take on the thread that answers requests: about a third of a millisecond. */
const INLINE_COMPARISONS = 160_000;
const MOST_INLINE_ROWS = 64;
/** Addresses of the kernel are signed 32-bit numbers. */
const MAX_IMAGE_BYTES = 2 ** 30;

/** @throws UnsafeModel, ModelLoadFailed (more trees than fit) */
export function readTreeImage(onnx: Uint8Array, featureNames: readonly string[]): TreeImage {
  const { features, trees } = inspectModelFile(onnx);
  if (features !== featureNames.length) {
    throw new UnsafeModel(
      `the file takes ${String(features)} features, its version names ${String(featureNames.length)}`,
    );
  }
  const { splits, weights } = trees.tables;
  const bytes = (splits.length + weights.length * 2) * 16;
  if (bytes > MAX_IMAGE_BYTES) {
    throw new ModelLoadFailed(`${String(splits.length)} nodes are more than the kernel can address`);
  }
  return treeImage(trees.tables, features);
}

/** Rows of a model that may be scored on the thread that answers requests; 0: it is too large for even one. */
export function inlineRowsOf({ comparisonsPerRow }: TreeImage): number {
  return Math.min(MOST_INLINE_ROWS, Math.floor(INLINE_COMPARISONS / Math.max(1, comparisonsPerRow)));
}

export function warmWalk(image: TreeImage): TreeWalk {
  const walk = new TreeWalk(image);
  walk.score(new Float32Array(WARM_ROWS * image.features), WARM_ROWS);
  for (let run = 0; run < 4; run += 1) walk.score(new Float32Array(image.features), 1);
  return walk;
}

/** @throws BatchShapeMismatch */
export function checkShape(batch: Float32Array, rows: number, features: number): void {
  if (Number.isSafeInteger(rows) && rows >= 0 && batch.length === rows * features) return;
  throw new BatchShapeMismatch(
    `${String(batch.length)} values are not ${String(rows)} rows of ${String(features)} features`,
  );
}

/**
 * Tree ensembles walked by a kernel of our own on the calling thread (tree-kernel.ts): what the servers score with, in threads
 * (scorer-pool.ts) and, for a few rows, in place. The sums are those of LightGBM to the last bit, tree by tree in order.
 */
export function createTreeScorer(): Scorer {
  let closed = false;
  const sessions = new Set<TreeSession>();
  return {
    concurrency: 1,
    load(onnx, featureNames) {
      if (closed) return Promise.reject(new SessionReleased('the scorer is closed'));
      try {
        const session = new TreeSession(readTreeImage(onnx, featureNames), featureNames);
        sessions.add(session);
        return Promise.resolve(session);
      } catch (error) {
        return Promise.reject(error instanceof Error ? error : new Error(String(error)));
      }
    },
    async close() {
      closed = true;
      await Promise.all([...sessions].map((session) => session.release()));
      sessions.clear();
    },
  };
}

class TreeSession implements ScoringSession {
  readonly featureNames: readonly string[];
  readonly inlineRows: number;
  #walk: TreeWalk | null;

  constructor(image: TreeImage, featureNames: readonly string[]) {
    this.featureNames = [...featureNames];
    this.inlineRows = inlineRowsOf(image);
    this.#walk = warmWalk(image);
  }

  scoreNow(batch: Float32Array, rows: number): Float64Array<ArrayBuffer> {
    if (this.#walk === null) throw new SessionReleased('the session was released');
    checkShape(batch, rows, this.featureNames.length);
    return this.#walk.score(batch, rows);
  }

  score(batch: Float32Array, rows: number): Promise<Float64Array> {
    try {
      return Promise.resolve(this.scoreNow(batch, rows));
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  release(): Promise<void> {
    this.#walk = null;
    return Promise.resolve();
  }
}
