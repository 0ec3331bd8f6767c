/**
 * The narrow port behind which models are scored. Every implementation passes the same conformance suite
 * (tests/unit/serving/scorer-conformance.ts); the server knows nothing else about a runtime.
 */
export interface Scorer {
  /** Batches that make progress at the same time, at least 1: what a large batch is worth being cut into. */
  readonly concurrency: number;
  /**
   * Loads and warms a model that lies wholly in `onnx`; the bytes are inspected first (model-file.ts) and may be reused
   * by the caller afterwards.
   * @throws UnsafeModel, ModelLoadFailed, SessionReleased (scorer closed)
   */
  load(onnx: Uint8Array, featureNames: readonly string[]): Promise<ScoringSession>;
  /** Releases every session. Safe to call twice. */
  close(): Promise<void>;
}

export interface ScoringSession {
  readonly featureNames: readonly string[];
  /** Rows that `scoreNow` takes without holding up the thread that calls it; 0: none. */
  readonly inlineRows: number;
  /**
   * Scores on the calling thread, at once; the batch is read and left alone.
   * @throws BatchShapeMismatch, SessionReleased
   */
  scoreNow(batch: Float32Array, rows: number): Float64Array;
  /**
   * Scores `rows` rows laid out row by row in `batch` (length = rows x features; NaN = missing).
   * A batch in memory of its own may be taken over by the scorer (transferred to another thread): do not read it afterwards. One in
   * shared memory is read where it lies: leave it as it is until the answer.
   * Rows are independent: any split of a batch gives the same bits.
   * @returns one float64 per row, in order
   * @throws BatchShapeMismatch, SessionReleased, ScorerLost
   */
  score(batch: Float32Array, rows: number): Promise<Float64Array>;
  /** Gives the memory back after scores in flight have ended. Safe to call twice. */
  release(): Promise<void>;
}
