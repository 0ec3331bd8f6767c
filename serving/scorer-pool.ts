import { ScorerLost, SessionReleased } from './errors.ts';
import type { Scorer, ScoringSession } from './scorer.ts';
import { ScorerThread } from './scorer-thread.ts';
import type { TreeImage } from './tree-image.ts';
import { checkShape, inlineRowsOf } from './tree-scorer.ts';
import { TreeWalk } from './tree-walk.ts';

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

/** Reading a file takes a tenth of a second of a processor; whoever waits for an answer goes first. */
const LOADER_NICENESS = 10;

/**
 * The scorer of a server. Universes are scored in worker threads and files are read in a spare one behind them, so that neither
 * blocks the thread that answers HTTP; a few rows are scored in place, since handing them over would cost more than scoring
 * them. What a thread that scores does for a new model is to warm it.
 */
export function createScorerPool(options: ScorerPoolOptions): Scorer {
  const threads = Array.from({ length: options.threads }, () => new ScorerThread(options, { niceness: 0 }));
  const loader = new ScorerThread(options, { niceness: LOADER_NICENESS });
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
        const image = await loader.read(own, featureNames);
        for (const thread of threads) {
          await thread.adopt(id, image);
          loaded.push(thread);
        }
        return new PooledSession({ id, featureNames, threads, splitRows: options.splitRows, image });
      } catch (error) {
        await Promise.allSettled(loaded.map((thread) => thread.release(id)));
        throw error;
      }
    },
    async close() {
      closed = true;
      await Promise.all([...threads, loader].map((thread) => thread.close()));
    },
  };
}

interface PooledSessionParts {
  readonly id: number;
  readonly featureNames: readonly string[];
  readonly threads: readonly ScorerThread[];
  readonly splitRows: number;
  readonly image: TreeImage;
}

class PooledSession implements ScoringSession {
  readonly featureNames: readonly string[];
  readonly #id: number;
  readonly #threads: readonly ScorerThread[];
  readonly #splitRows: number;
  #released: Promise<void> | null = null;
  readonly #inFlight = new Set<Promise<unknown>>();
  readonly inlineRows: number;
  /** Released with the session, so that its memory can be collected. */
  #walk: TreeWalk | null;

  constructor({ id, featureNames, threads, splitRows, image }: PooledSessionParts) {
    this.#id = id;
    this.featureNames = [...featureNames];
    this.#threads = threads;
    this.#splitRows = splitRows;
    this.inlineRows = inlineRowsOf(image);
    this.#walk = new TreeWalk(image);
    if (this.inlineRows > 0) this.#walk.score(new Float32Array(image.features), 1);
  }

  scoreNow(batch: Float32Array, rows: number): Float64Array {
    if (this.#walk === null) throw new SessionReleased('the session was released');
    checkShape(batch, rows, this.featureNames.length);
    return this.#walk.score(batch, rows);
  }

  async score(batch: Float32Array, rows: number): Promise<Float64Array> {
    if (this.#released !== null) throw new SessionReleased('the session was released');
    checkShape(batch, rows, this.featureNames.length);
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
    this.#walk = null;
    await Promise.allSettled([...this.#inFlight]);
    await Promise.all(this.#threads.map((thread) => thread.release(this.#id)));
  }

  #whole(batch: Float32Array, rows: number): Promise<Float64Array> {
    const [first, ...others] = this.#threads;
    if (first === undefined) throw new ScorerLost('the pool has no thread');
    const idlest = others.reduce(
      (best, thread) => (thread.waitingRows < best.waitingRows ? thread : best),
      first,
    );
    return idlest.score(this.#id, batch, rows);
  }

  async #split(batch: Float32Array, rows: number): Promise<Float64Array> {
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
