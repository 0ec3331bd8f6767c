import { BatchShapeMismatch, ScorerLost, SessionReleased } from './errors.ts';
import type { Scorer, ScoringSession } from './scorer.ts';
import { ScorerThread } from './scorer-thread.ts';

export interface ScorerPoolOptions {
  /** Scoring threads; 1 leaves the other core of a small machine to HTTP. */
  readonly threads: number;
  /** Batches of at least this many rows are split over the threads; rows are independent, so the bits stay the same. */
  readonly splitRows: number;
  /** Told when a thread dies; the pool has already started another. */
  readonly onThreadLost: (error: ScorerLost) => void;
  /** Told when a thread died again and again and is left down. */
  readonly onThreadDown: (error: ScorerLost) => void;
}

/**
 * The scorer of a server: onnxruntime in worker threads, so that neither a run nor a load blocks the thread that answers
 * HTTP. A model is loaded into one thread after the other: with two of them, one always scores while the other loads.
 */
export function createScorerPool(options: ScorerPoolOptions): Scorer {
  const threads = Array.from({ length: options.threads }, () => new ScorerThread(options));
  let closed = false;
  let nextSession = 1;
  return {
    concurrency: options.threads,
    async load(onnx, featureNames) {
      if (closed) throw new SessionReleased('the scorer is closed');
      const id = nextSession;
      nextSession += 1;
      const own = new Uint8Array(onnx);
      const loaded: ScorerThread[] = [];
      try {
        for (const thread of threads) {
          await thread.load(id, own, featureNames);
          loaded.push(thread);
        }
      } catch (error) {
        await Promise.allSettled(loaded.map((thread) => thread.release(id)));
        throw error;
      }
      return new PooledSession(id, featureNames, threads, options.splitRows);
    },
    async close() {
      closed = true;
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}

class PooledSession implements ScoringSession {
  readonly featureNames: readonly string[];
  readonly #id: number;
  readonly #threads: readonly ScorerThread[];
  readonly #splitRows: number;
  #released: Promise<void> | null = null;
  readonly #inFlight = new Set<Promise<unknown>>();

  constructor(
    id: number,
    featureNames: readonly string[],
    threads: readonly ScorerThread[],
    splitRows: number,
  ) {
    this.#id = id;
    this.featureNames = [...featureNames];
    this.#threads = threads;
    this.#splitRows = splitRows;
  }

  async score(batch: Float32Array<ArrayBuffer>, rows: number): Promise<Float64Array> {
    if (this.#released !== null) throw new SessionReleased('the session was released');
    const width = this.featureNames.length;
    if (!Number.isSafeInteger(rows) || rows < 0 || batch.length !== rows * width) {
      throw new BatchShapeMismatch(
        `${String(batch.length)} values are not ${String(rows)} rows of ${String(width)} features`,
      );
    }
    if (rows === 0) return new Float64Array(0);
    const run =
      rows >= this.#splitRows && this.#threads.length > 1
        ? this.#split(batch, rows)
        : this.#whole(batch, rows);
    this.#inFlight.add(run);
    try {
      return await run;
    } finally {
      this.#inFlight.delete(run);
    }
  }

  async release(): Promise<void> {
    this.#released ??= this.#release();
    await this.#released;
  }

  async #release(): Promise<void> {
    await Promise.allSettled([...this.#inFlight]);
    await Promise.all(this.#threads.map((thread) => thread.release(this.#id)));
  }

  #whole(batch: Float32Array<ArrayBuffer>, rows: number): Promise<Float64Array> {
    const [first, ...others] = this.#threads;
    if (first === undefined) throw new ScorerLost('the pool has no thread');
    const idlest = others.reduce(
      (best, thread) => (thread.waitingRows < best.waitingRows ? thread : best),
      first,
    );
    return idlest.score(this.#id, batch, rows);
  }

  async #split(batch: Float32Array<ArrayBuffer>, rows: number): Promise<Float64Array> {
    const width = this.featureNames.length;
    const share = Math.ceil(rows / this.#threads.length);
    const parts = await Promise.all(
      this.#threads.map(async (thread, index) => {
        const from = Math.min(rows, index * share);
        const to = Math.min(rows, from + share);
        return {
          from,
          scores: await thread.score(this.#id, batch.slice(from * width, to * width), to - from),
        };
      }),
    );
    const scores = new Float64Array(rows);
    for (const part of parts) scores.set(part.scores, part.from);
    return scores;
  }
}
