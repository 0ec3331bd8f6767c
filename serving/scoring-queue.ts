import { QueueFull, ScorerLost } from './errors.ts';
import { Gatherer } from './gatherer.ts';
import type { ServingMetrics } from './metrics.ts';
import { SharedBatches } from './shared-batches.ts';
import type { LoadedVersion } from './version-cache.ts';

/**
 * What may overtake what. `single`: requests of a few rows; `realtime`: a universe somebody waits for; `batch`: everything
 * else. A lane is only held up by itself and by the lanes before it.
 */
export type Lane = 'single' | 'realtime' | 'batch';
const LANES = ['single', 'realtime', 'batch'] as const satisfies readonly Lane[];

export interface ScoringQueueOptions {
  /** Rows of a lane and those before it that may wait; what comes on top is refused at once. Bounds memory. */
  readonly maxQueuedRows: number;
  /** Expected wait, ms, above which rows are refused although they would fit. Bounds the latency of what is admitted. */
  readonly maxWaitMs: number;
  /** Runs that the scorer makes side by side. */
  readonly concurrency: number;
  readonly metrics: Pick<ServingMetrics, 'queuedRows' | 'inPlaceRows' | 'batchRows' | 'scoreSeconds'>;
}

/** Requests of at most this many rows are gathered; larger ones are batches already. */
export const GATHER_ROWS = 64;
/** Larger requests go to the scorer in pieces of this many rows: 4 ms of the largest model measured is what a single row waits. */
const PIECE_ROWS = 256;
/** Gathered runs that may leave before a waiting piece has its turn: priority, but no starvation. */
const RUNS_BEFORE_A_PIECE = 8;
/** Of shared memory kept for batches to come: two dozen universes of 2,000 rows of 42 features. */
const KEPT_BATCH_BYTES = 12 * 1024 * 1024;
/** Weight of the newest run in the moving average of the time per row. */
const NEWEST_WEIGHT = 0.2;

interface GivenLane {
  readonly lane: 'realtime' | 'batch';
  readonly admitted: boolean;
}
const UNHURRIED: GivenLane = { lane: 'batch', admitted: false };

/** A request larger than one run. */
interface Job {
  readonly loaded: LoadedVersion;
  readonly batch: Float32Array<SharedArrayBuffer>;
  readonly rows: number;
  readonly scores: Float64Array;
  readonly resolve: (scores: Float64Array) => void;
  readonly reject: (error: unknown) => void;
  /** First row that has not been sent. */
  sent: number;
  answered: number;
  /** Pieces that a thread may still be reading. */
  inFlight: number;
  failed: boolean;
}

/**
 * Admits rows up to a bound and sends them to the scorer: single rows gathered into runs, larger requests in pieces that are
 * spread over the scorer's threads. There is no wait window: a run leaves at the end of the turn of the event loop in which
 * its first row arrived, or when the scorer has room.
 */
export class ScoringQueue {
  readonly #options: ScoringQueueOptions;
  readonly #gatherers = new WeakMap<LoadedVersion, Gatherer>();
  readonly #shared = new SharedBatches(KEPT_BATCH_BYTES);
  readonly #jobs: Record<'realtime' | 'batch', Job[]> = { realtime: [], batch: [] };
  readonly #queuedRows: Record<Lane, number> = { single: 0, realtime: 0, batch: 0 };
  #running = 0;
  #gathered = 0;
  #runsSincePiece = 0;
  /** Moving average, ms of one thread per row; 0 until the first run has been timed. */
  #msPerRow = 0;

  constructor(options: ScoringQueueOptions) {
    this.#options = options;
    // From the beginning, so that an empty lane is told from a server that says nothing.
    for (const lane of LANES) options.metrics.queuedRows.set({ lane }, 0);
  }

  /**
   * Scores `rows` rows; the batch is left alone and must not change until the answer. At most GATHER_ROWS of them go in the lane of single rows, more in the lane given. Those `admitted`
   * before are refused for their number only, not for the time that they have to wait.
   * @throws QueueFull, and whatever the scorer throws
   */
  async score(
    loaded: LoadedVersion,
    batch: Float32Array,
    rows: number,
    given: GivenLane = UNHURRIED,
  ): Promise<Float64Array> {
    const lane = rows <= GATHER_ROWS ? 'single' : given.lane;
    if (lane === 'single' && rows <= loaded.session.inlineRows)
      return this.#scoreInPlace(loaded, batch, rows);
    if (given.admitted) this.#admitRows(lane, rows);
    else this.admit(lane, rows);
    this.#count(lane, rows);
    try {
      return await (lane === 'single'
        ? this.#gathererOf(loaded).add(batch, rows)
        : this.#enqueue(lane, loaded, batch, rows));
    } finally {
      this.#count(lane, -rows);
    }
  }

  /**
   * Says whether `rows` more rows would be admitted now; asked with 0 before a body is read.
   * @throws QueueFull
   */
  admit(lane: Lane, rows: number): void {
    const waitMs = this.expectedWaitMs(lane);
    if (waitMs > this.#options.maxWaitMs) throw this.#full(lane, waitMs);
    this.#admitRows(lane, rows);
  }

  #admitRows(lane: Lane, rows: number): void {
    if (this.#ahead(lane) + rows <= this.#options.maxQueuedRows) return;
    throw this.#full(lane, this.expectedWaitMs(lane));
  }

  #full(lane: Lane, waitMs: number): QueueFull {
    const { maxQueuedRows, maxWaitMs } = this.#options;
    const ahead = this.#ahead(lane);
    return new QueueFull(
      `${String(ahead)} rows are waiting, about ${waitMs.toFixed(0)} ms; the bounds are ${String(maxQueuedRows)} rows and ${String(maxWaitMs)} ms`,
      {
        remedy: 'Repeat after the time in Retry-After, or ask another server.',
        details: { lane, rowsWaiting: ahead, maxQueuedRows, expectedWaitMs: waitMs, maxWaitMs },
      },
    );
  }

  /** Handing a few rows to another thread and waiting for its answer costs several times what scoring them does. */
  #scoreInPlace(loaded: LoadedVersion, batch: Float32Array, rows: number): Float64Array {
    this.#options.metrics.inPlaceRows.inc(rows);
    return loaded.session.scoreNow(batch, rows);
  }

  /** Time until a request that joins this lane now would begin to be scored. */
  expectedWaitMs(lane: Lane): number {
    return (this.#ahead(lane) * this.#msPerRow) / this.#options.concurrency;
  }

  #ahead(lane: Lane): number {
    return LANES.slice(0, LANES.indexOf(lane) + 1).reduce((sum, each) => sum + this.#queuedRows[each], 0);
  }

  #count(lane: Lane, rows: number): void {
    this.#queuedRows[lane] += rows;
    this.#options.metrics.queuedRows.set({ lane }, this.#queuedRows[lane]);
  }

  #gathererOf(loaded: LoadedVersion): Gatherer {
    const known = this.#gatherers.get(loaded);
    if (known !== undefined) return known;
    const made = new Gatherer(
      async (batch, rows) => {
        this.#runsSincePiece += 1;
        // The scorer takes its batch over, and a run that is lost with its thread is made again.
        return this.#run(loaded, () => batch.slice(), rows);
      },
      (change) => {
        this.#gathered += change;
      },
    );
    this.#gatherers.set(loaded, made);
    return made;
  }

  #enqueue(
    lane: 'realtime' | 'batch',
    loaded: LoadedVersion,
    values: Float32Array,
    rows: number,
  ): Promise<Float64Array> {
    return new Promise((resolve, reject) => {
      const scores = new Float64Array(rows);
      const batch = this.#shared.copy(values);
      const progress = { sent: 0, answered: 0, inFlight: 0, failed: false };
      this.#jobs[lane].push({ loaded, batch, rows, scores, resolve, reject, ...progress });
      this.#sendPieces();
    });
  }

  /** One piece per thread and one more, so that no thread waits for the event loop to come round. */
  #sendPieces(): void {
    const places = this.#options.concurrency + 1;
    for (;;) {
      const lane = this.#jobs.realtime.length > 0 ? 'realtime' : 'batch';
      const [job] = this.#jobs[lane];
      if (job === undefined) return;
      const starved = this.#runsSincePiece >= RUNS_BEFORE_A_PIECE;
      if (!starved && (this.#running >= places || this.#gathered > 0)) return;
      this.#runsSincePiece = 0;
      const from = job.sent;
      job.sent = Math.min(job.rows, from + PIECE_ROWS);
      if (job.sent === job.rows) this.#jobs[lane].shift();
      void this.#sendPiece(job, from, job.sent);
    }
  }

  async #sendPiece(job: Job, from: number, to: number): Promise<void> {
    const width = job.loaded.version.featureNames.length;
    job.inFlight += 1;
    try {
      // What comes after a failed piece is left out, not scored for nobody.
      if (!job.failed) {
        const piece = job.batch.subarray(from * width, to * width);
        job.scores.set(await this.#run(job.loaded, () => piece, to - from), from);
        job.answered += to - from;
      }
    } catch (error) {
      job.failed = true;
      job.reject(error);
    } finally {
      job.inFlight -= 1;
      if (job.inFlight === 0 && job.sent === job.rows) this.#shared.giveBack(job.batch);
    }
    if (job.answered === job.rows) job.resolve(job.scores);
  }

  /** Scoring is pure, so a run lost with its thread is made again, once. */
  async #run(loaded: LoadedVersion, batch: () => Float32Array, rows: number): Promise<Float64Array> {
    const { metrics, concurrency } = this.#options;
    const alone = this.#running < concurrency;
    const started = performance.now();
    this.#running += 1;
    try {
      return await loaded.session.score(batch(), rows);
    } catch (error) {
      if (!(error instanceof ScorerLost)) throw error;
      return await loaded.session.score(batch(), rows);
    } finally {
      this.#running -= 1;
      const elapsedMs = performance.now() - started;
      // A run behind another one in its thread, or of a handful of rows, says nothing about the time per row.
      if (alone && rows >= GATHER_ROWS) this.#learn(elapsedMs / rows);
      metrics.batchRows.observe(rows);
      metrics.scoreSeconds.observe(elapsedMs / 1000);
      this.#sendPieces();
    }
  }

  #learn(msPerRow: number): void {
    this.#msPerRow =
      this.#msPerRow === 0 ? msPerRow : this.#msPerRow + NEWEST_WEIGHT * (msPerRow - this.#msPerRow);
  }
}
