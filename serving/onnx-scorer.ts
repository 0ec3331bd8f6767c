import { InferenceSession, Tensor } from 'onnxruntime-node';
import { BatchShapeMismatch, ModelLoadFailed, SessionReleased, UnsafeModel } from './errors.ts';
import { INPUT_NAME, inspectModelFile, OUTPUT_NAME } from './model-file.ts';
import type { Scorer, ScoringSession } from './scorer.ts';

/**
 * One thread per run: two spin against each other on shared cores for no gain (measured: twice the CPU per row), and bits
 * do not depend on the split. Parallelism comes from several workers instead.
 */
const SESSION_OPTIONS: InferenceSession.SessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  logSeverityLevel: 3,
};

/** Rows of the run that warms a session: the first run allocates the arena and pages the trees in. */
const WARM_ROWS = 256;

/**
 * onnxruntime-node on the calling thread: the second opinion of the parity check, and what offline work scores with. A run
 * blocks the thread although it gives a promise (the native call is only deferred); servers score with tree-scorer.ts.
 */
export function createOnnxScorer(): Scorer {
  const sessions = new Set<OnnxSession>();
  let closed = false;
  return {
    concurrency: 1,
    async load(onnx, featureNames) {
      if (closed) throw new SessionReleased('the scorer is closed');
      checkFeatureCount(onnx, featureNames);
      const session = await OnnxSession.open(onnx, featureNames, (done) => sessions.delete(done));
      sessions.add(session);
      return session;
    },
    async close() {
      closed = true;
      await Promise.all([...sessions].map((session) => session.release()));
    },
  };
}

function checkFeatureCount(onnx: Uint8Array, featureNames: readonly string[]): void {
  const { features } = inspectModelFile(onnx);
  if (features !== featureNames.length) {
    throw new UnsafeModel(
      `the file takes ${String(features)} features, its version names ${String(featureNames.length)}`,
    );
  }
}

class OnnxSession implements ScoringSession {
  /** A run cannot be awaited without the event loop. */
  readonly inlineRows = 0;
  readonly featureNames: readonly string[];
  readonly #onRelease: (session: OnnxSession) => void;
  #session: InferenceSession | null;
  /** Runs are strictly one after the other; release waits for the last of them. */
  #tail: Promise<unknown> = Promise.resolve();

  private constructor(
    session: InferenceSession,
    featureNames: readonly string[],
    onRelease: (session: OnnxSession) => void,
  ) {
    this.#session = session;
    this.featureNames = featureNames;
    this.#onRelease = onRelease;
  }

  static async open(
    onnx: Uint8Array,
    featureNames: readonly string[],
    onRelease: (session: OnnxSession) => void,
  ): Promise<OnnxSession> {
    let native: InferenceSession;
    try {
      native = await InferenceSession.create(onnx, SESSION_OPTIONS);
    } catch (cause) {
      throw new ModelLoadFailed('the runtime cannot load the model', { cause });
    }
    const session = new OnnxSession(native, [...featureNames], onRelease);
    await session.score(new Float32Array(WARM_ROWS * featureNames.length), WARM_ROWS);
    return session;
  }

  async score(batch: Float32Array, rows: number): Promise<Float64Array> {
    const session = this.#session;
    if (session === null) throw new SessionReleased('the session was released');
    const width = this.featureNames.length;
    if (!Number.isSafeInteger(rows) || rows < 0 || batch.length !== rows * width) {
      throw new BatchShapeMismatch(
        `${String(batch.length)} values are not ${String(rows)} rows of ${String(width)} features`,
      );
    }
    if (rows === 0) return new Float64Array(0);
    const run = this.#tail.then(() => runSession(session, batch, rows, width));
    this.#tail = run.catch(() => undefined);
    return run;
  }

  scoreNow(_batch: Float32Array, rows: number): never {
    throw new BatchShapeMismatch(`${String(rows)} rows at once: this runtime scores none at once`);
  }

  async release(): Promise<void> {
    const session = this.#session;
    if (session === null) return;
    this.#session = null;
    this.#onRelease(this);
    await this.#tail;
    await session.release();
  }
}

async function runSession(
  session: InferenceSession,
  batch: Float32Array,
  rows: number,
  width: number,
): Promise<Float64Array> {
  const outputs = await session.run({ [INPUT_NAME]: new Tensor('float32', ownMemory(batch), [rows, width]) });
  const data = outputs[OUTPUT_NAME]?.data;
  if (!(data instanceof Float64Array) || data.length !== rows) {
    throw new ModelLoadFailed('the model does not give one float64 per row');
  }
  return data;
}

/** The runtime takes no shared memory. */
function ownMemory(batch: Float32Array): Float32Array<ArrayBuffer> {
  return batch.buffer instanceof ArrayBuffer ? (batch as Float32Array<ArrayBuffer>) : new Float32Array(batch);
}
