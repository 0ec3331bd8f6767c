import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { BatchShapeMismatch, ModelLoadFailed, ScorerLost, UnsafeModel } from './errors.ts';
import type { WorkerAnswer, WorkerRequest } from './scorer-messages.ts';
import type { TreeImage } from './tree-image.ts';

interface Pending {
  readonly resolve: (answer: Answered) => void;
  readonly reject: (error: Error) => void;
  readonly rows: number;
}

export interface ScorerThreadOptions {
  /** 0 to 19: how far this thread stands back behind others that want a processor. */
  readonly niceness: number;
}

export interface ScorerThreadObserver {
  readonly onThreadLost: (error: ScorerLost) => void;
  readonly onThreadDown: (error: ScorerLost) => void;
}

type Answered = Extract<WorkerAnswer, { readonly ok: true }>;
type Unnumbered<T> = T extends unknown ? Omit<T, 'id'> : never;

/** Deaths in a row, without a score between them, after which the thread is left down. */
const MAX_DEATHS = 5;
/** A thread ends after the run it is in; the longest run is one piece of a batch. */
const CLOSE_TIMEOUT_MS = 5000;

/**
 * One scoring thread. When it dies, whatever it was doing is refused with ScorerLost, another is started and takes over the
 * trees of every session; requests that arrive meanwhile wait in its mailbox behind that.
 */
export class ScorerThread {
  readonly #observer: ScorerThreadObserver;
  readonly #niceness: number;
  readonly #models = new Map<number, TreeImage>();
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | null;
  #nextId = 1;
  #deaths = 0;
  #waitingRows = 0;
  #closing = false;

  constructor(observer: ScorerThreadObserver, { niceness }: ScorerThreadOptions) {
    this.#observer = observer;
    this.#niceness = niceness;
    this.#worker = this.#start();
  }

  /** Rows sent and not yet answered. */
  get waitingRows(): number {
    return this.#waitingRows;
  }

  /** Reads and checks a model file, whose bytes it takes over. @returns the trees, for the threads that score */
  async read(onnx: Uint8Array<ArrayBuffer>, featureNames: readonly string[]): Promise<TreeImage> {
    const answer = await this.#ask({ kind: 'read', onnx, featureNames }, 0, [onnx.buffer]);
    this.#deaths = 0;
    if (answer.kind !== 'image') throw new ScorerLost('the loading thread gave no trees');
    return answer.image;
  }

  async adopt(session: number, image: TreeImage): Promise<void> {
    await this.#ask({ kind: 'adopt', session, image }, 0, []);
    this.#models.set(session, image);
  }

  /** Takes the batch over, unless it lies in shared memory. */
  async score(session: number, batch: Float32Array, rows: number): Promise<Float64Array> {
    if (rows === 0) return new Float64Array(0);
    const { buffer } = batch;
    const transfer = buffer instanceof ArrayBuffer ? [buffer] : [];
    const answer = await this.#ask({ kind: 'score', session, batch, rows }, rows, transfer);
    this.#deaths = 0;
    if (answer.kind !== 'scores') throw new ScorerLost('the scoring thread gave no scores');
    return answer.scores;
  }

  async release(session: number): Promise<void> {
    this.#models.delete(session);
    if (this.#worker === null) return;
    try {
      await this.#ask({ kind: 'release', session }, 0, []);
    } catch (error) {
      // A thread that died took the session with it.
      if (!(error instanceof ScorerLost)) throw error;
    }
  }

  /**
   * Lets the thread finish and end by itself. One that does not end in time is left to the end of the process.
   */
  async close(): Promise<void> {
    this.#closing = true;
    const worker = this.#worker;
    if (worker === null) return;
    const giveUp = new AbortController();
    const ended = new Promise<void>((resolve) => {
      worker.once('exit', () => {
        resolve();
      });
    });
    void this.#ask({ kind: 'close' }, 0, []).catch(() => undefined);
    this.#worker = null;
    const late = delay(CLOSE_TIMEOUT_MS, undefined, { signal: giveUp.signal }).catch(() => undefined);
    await Promise.race([ended, late]);
    giveUp.abort();
    worker.unref();
    this.#refusePending(new ScorerLost('the scorer was closed'));
  }

  #ask(request: Unnumbered<WorkerRequest>, rows: number, transfer: ArrayBuffer[]): Promise<Answered> {
    const worker = this.#worker;
    if (worker === null) return Promise.reject(new ScorerLost('the scoring thread is down'));
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject, rows });
      this.#waitingRows += rows;
      worker.postMessage({ ...request, id }, transfer);
    });
  }

  #start(): Worker {
    const worker = new Worker(new URL('./scorer-worker.ts', import.meta.url), {
      name: this.#niceness > 0 ? 'contender-loader' : 'contender-scorer',
      workerData: { niceness: this.#niceness },
    });
    worker.on('message', (answer: WorkerAnswer) => {
      this.#settle(answer);
    });
    worker.on('error', (error) => {
      this.#lost(worker, error);
    });
    worker.on('exit', (code) => {
      this.#lost(worker, new Error(`exit code ${String(code)}`));
    });
    return worker;
  }

  #settle(answer: WorkerAnswer): void {
    const pending = this.#pending.get(answer.id);
    if (pending === undefined) return;
    this.#pending.delete(answer.id);
    this.#waitingRows -= pending.rows;
    if (answer.ok) pending.resolve(answer);
    else pending.reject(workerError(answer));
  }

  #lost(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return;
    const error = new ScorerLost('the scoring thread died', {
      cause,
      remedy: 'Repeat the request; the thread has been started again.',
    });
    this.#refusePending(error);
    this.#deaths += 1;
    if (this.#closing || this.#deaths > MAX_DEATHS) {
      this.#worker = null;
      if (!this.#closing) this.#observer.onThreadDown(error);
    } else {
      this.#worker = this.#start();
      for (const [session, image] of this.#models) {
        this.#ask({ kind: 'adopt', session, image }, 0, []).catch((failure: unknown) => {
          this.#observer.onThreadLost(
            new ScorerLost('a session could not be loaded again', { cause: failure }),
          );
        });
      }
    }
    this.#observer.onThreadLost(error);
  }

  #refusePending(error: ScorerLost): void {
    const waiting = [...this.#pending.values()];
    this.#pending.clear();
    this.#waitingRows = 0;
    for (const pending of waiting) pending.reject(error);
  }
}

/** Errors lose their class between threads; the code says which one it was. */
function workerError(answer: WorkerAnswer & { readonly ok: false }): Error {
  if (answer.code === 'UNSAFE_MODEL') return new UnsafeModel(answer.reason);
  if (answer.code === 'BATCH_SHAPE_MISMATCH') return new BatchShapeMismatch(answer.message);
  if (answer.code === 'MODEL_LOAD_FAILED') return new ModelLoadFailed(answer.message);
  return new ScorerLost(answer.message, { remedy: 'Repeat the request.' });
}
