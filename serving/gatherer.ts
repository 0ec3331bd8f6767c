interface Waiting {
  readonly batch: Float32Array;
  readonly rows: number;
  readonly resolve: (scores: Float64Array) => void;
  readonly reject: (error: unknown) => void;
}

type Run = (batch: Float32Array<ArrayBuffer>, rows: number) => Promise<Float64Array>;

const BATCH_ROWS = 256;
/** Gathered runs in flight per version: one being scored, one waiting in the thread's mailbox. */
const RUNS_IN_FLIGHT = 2;

/**
 * Small requests for one version, in order of arrival, gathered into runs: what arrives in one turn of the event loop, or
 * while two runs are out, is scored together.
 */
export class Gatherer {
  readonly #run: Run;
  readonly #onWaiting: (change: 1 | -1) => void;
  #waiting: Waiting[] = [];
  #scheduled = false;
  #inFlight = 0;

  /** @param onWaiting told +1 when a run is due at the end of this turn, -1 when it has left */
  constructor(run: Run, onWaiting: (change: 1 | -1) => void) {
    this.#run = run;
    this.#onWaiting = onWaiting;
  }

  add(batch: Float32Array, rows: number): Promise<Float64Array> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, rows, resolve, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#inFlight >= RUNS_IN_FLIGHT || this.#waiting.length === 0) return;
    this.#scheduled = true;
    this.#onWaiting(1);
    setImmediate(() => {
      this.#scheduled = false;
      this.#onWaiting(-1);
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
