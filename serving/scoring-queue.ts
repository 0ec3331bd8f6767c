import { QueueFull, ScorerLost } from './errors.ts';
import type { ServingMetrics } from './metrics.ts';
import type { LoadedVersion } from './version-cache.ts';

export interface ScoringQueueOptions {
  /** Rows admitted and not yet scored, over all models; what comes on top is refused at once. */
  readonly maxQueuedRows: number;
  readonly metrics: Pick<ServingMetrics, 'queuedRows' | 'batchRows' | 'scoreSeconds'>;
}

/** Requests of at most this many rows are gathered; larger ones are batches already. */
const GATHER_ROWS = 64;
const BATCH_ROWS = 256;
/** A large batch goes to the scorer in pieces, so that single rows get in between: their wait is one piece at most. */
const PIECE_ROWS = 1024;
/** Gathered runs in flight per version: one being scored, one waiting in the thread's mailbox. */
const RUNS_IN_FLIGHT = 2;

interface Waiting {
  readonly batch: Float32Array<ArrayBuffer>;
  readonly rows: number;
  readonly resolve: (scores: Float64Array) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Admits rows up to a bound and gathers small requests into runs of the scorer. There is no wait window: a run leaves at the
 * end of the turn of the event loop in which its first row arrived, or, while two runs are out, when one of them is back.
 */
export class ScoringQueue {
  readonly #options: ScoringQueueOptions;
  readonly #gatherers = new WeakMap<LoadedVersion, Gatherer>();
  #queuedRows = 0;

  constructor(options: ScoringQueueOptions) {
    this.#options = options;
  }

  /** @throws QueueFull, and whatever the scorer throws */
  async score(loaded: LoadedVersion, batch: Float32Array<ArrayBuffer>, rows: number): Promise<Float64Array> {
    const { maxQueuedRows, metrics } = this.#options;
    if (this.#queuedRows + rows > maxQueuedRows) {
      throw new QueueFull(
        `${String(this.#queuedRows)} rows are waiting, the bound is ${String(maxQueuedRows)}`,
        {
          remedy: 'Repeat after the time in Retry-After.',
        },
      );
    }
    this.#queuedRows += rows;
    metrics.queuedRows.set(this.#queuedRows);
    try {
      return await (rows <= GATHER_ROWS
        ? this.#gather(loaded, batch, rows)
        : this.#pieces(loaded, batch, rows));
    } finally {
      this.#queuedRows -= rows;
      metrics.queuedRows.set(this.#queuedRows);
    }
  }

  #gather(loaded: LoadedVersion, batch: Float32Array<ArrayBuffer>, rows: number): Promise<Float64Array> {
    let gatherer = this.#gatherers.get(loaded);
    if (gatherer === undefined) {
      gatherer = new Gatherer((run, runRows) => this.#run(loaded, run, runRows));
      this.#gatherers.set(loaded, gatherer);
    }
    return gatherer.add(batch, rows);
  }

  async #pieces(
    loaded: LoadedVersion,
    batch: Float32Array<ArrayBuffer>,
    rows: number,
  ): Promise<Float64Array> {
    const width = loaded.version.featureNames.length;
    const scores = new Float64Array(rows);
    for (let from = 0; from < rows; from += PIECE_ROWS) {
      const to = Math.min(rows, from + PIECE_ROWS);
      scores.set(await this.#run(loaded, batch.subarray(from * width, to * width), to - from), from);
    }
    return scores;
  }

  /** The scorer takes its batch over, so it gets a copy; scoring is pure, so a run lost with its thread is made again, once. */
  async #run(loaded: LoadedVersion, batch: Float32Array<ArrayBuffer>, rows: number): Promise<Float64Array> {
    const { metrics } = this.#options;
    const started = performance.now();
    try {
      return await loaded.session.score(batch.slice(), rows);
    } catch (error) {
      if (!(error instanceof ScorerLost)) throw error;
      return await loaded.session.score(batch.slice(), rows);
    } finally {
      metrics.batchRows.observe(rows);
      metrics.scoreSeconds.observe((performance.now() - started) / 1000);
    }
  }
}

type Run = (batch: Float32Array<ArrayBuffer>, rows: number) => Promise<Float64Array>;

/** Small requests for one version, in order of arrival. */
class Gatherer {
  readonly #run: Run;
  #waiting: Waiting[] = [];
  #scheduled = false;
  #inFlight = 0;

  constructor(run: Run) {
    this.#run = run;
  }

  add(batch: Float32Array<ArrayBuffer>, rows: number): Promise<Float64Array> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, rows, resolve, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#inFlight >= RUNS_IN_FLIGHT || this.#waiting.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      void this.#flush();
      this.#schedule();
    });
  }

  async #flush(): Promise<void> {
    const taken = this.#take();
    const rows = taken.reduce((sum, waiting) => sum + waiting.rows, 0);
    const batch = new Float32Array(taken.reduce((sum, waiting) => sum + waiting.batch.length, 0));
    let at = 0;
    for (const waiting of taken) {
      batch.set(waiting.batch, at);
      at += waiting.batch.length;
    }
    this.#inFlight += 1;
    try {
      const scores = await this.#run(batch, rows);
      let from = 0;
      for (const waiting of taken) {
        waiting.resolve(scores.subarray(from, from + waiting.rows));
        from += waiting.rows;
      }
    } catch (error) {
      for (const waiting of taken) waiting.reject(error);
    } finally {
      this.#inFlight -= 1;
      this.#schedule();
    }
  }

  #take(): Waiting[] {
    let count = 0;
    let rows = 0;
    for (const waiting of this.#waiting) {
      if (count > 0 && rows + waiting.rows > BATCH_ROWS) break;
      rows += waiting.rows;
      count += 1;
    }
    const taken = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    return taken;
  }
}
