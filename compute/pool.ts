import { Worker } from 'node:worker_threads';
import { requireRange } from '../stats/series.ts';
import { SpaRun } from '../stats/spa.ts';
import type { ReplicateRange, SpaOptions, SpaResult } from '../stats/spa.ts';
import type { ScaledDifferences } from '../stats/studentised-bootstrap.ts';
import { ComputeTaskStopped, ComputeThreadLost, RefusedOnThread } from './errors.ts';
import type { AnswerMessage, TaskMessage } from './messages.ts';
import { sharedFloats } from './shared-memory.ts';
import type { TaskInput, TaskName, TaskOutput } from './tasks.ts';

export interface RunOptions {
  /** Aborting stops the computation itself, not only the wait for it: its thread is ended and replaced. */
  readonly signal?: AbortSignal;
}

/** Threads that compute, so that the thread of the caller stays free for heartbeats, timers and cancellation. */
export interface ComputePool {
  readonly threads: number;
  /** One task on one thread; queued while all are busy, first come first served. */
  run<Name extends TaskName>(
    name: Name,
    input: TaskInput<Name>,
    options?: RunOptions,
  ): Promise<TaskOutput<Name>>;
  /** The test of `stats/spa.ts` with its replicates spread over all threads: the same bits as on one. */
  spa(test: SpaOptions, options?: RunOptions): Promise<SpaResult>;
  /** Starts the threads ahead of the first task and waits until each has answered. */
  warm(): Promise<void>;
  /** Ends the threads; what is still queued or running is refused with `ComputeTaskStopped`. */
  close(): Promise<void>;
}

/** @param options.threads 1 .. 64; started at the first use. Idle threads never keep the process alive. */
export function openComputePool(options: { readonly threads: number }): ComputePool {
  requireRange('threads', options.threads, 1, 64, 'integer');
  return new ThreadPool(options.threads);
}

interface Job {
  readonly message: TaskMessage;
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Pieces per thread and look: enough for the last ones to end together, few enough to send the data seldom. */
const PIECES_PER_THREAD = 4;
const MIN_PIECE = 256;

class ThreadPool implements ComputePool {
  readonly threads: number;
  private readonly queue: Job[] = [];
  private readonly running = new Map<Worker, Job | null>();
  private closed = false;

  constructor(threads: number) {
    this.threads = threads;
  }

  run<Name extends TaskName>(
    name: Name,
    input: TaskInput<Name>,
    { signal }: RunOptions = {},
  ): Promise<TaskOutput<Name>> {
    return new Promise<TaskOutput<Name>>((resolve, reject) => {
      const stop = (): void => {
        this.stop(job);
      };
      const job: Job = {
        message: { name, input },
        resolve: (output) => {
          signal?.removeEventListener('abort', stop);
          resolve(output as TaskOutput<Name>);
        },
        reject: (error) => {
          signal?.removeEventListener('abort', stop);
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      };
      if (this.closed || signal?.aborted === true) {
        job.reject(stopped(name));
        return;
      }
      signal?.addEventListener('abort', stop, { once: true });
      this.queue.push(job);
      this.dispatch();
    });
  }

  async spa(test: SpaOptions, options: RunOptions = {}): Promise<SpaResult> {
    const run = new SpaRun(test);
    const data = shared(run.data);
    const plan = run.sampling;
    for (let wanted = run.nextReplicates(); wanted !== null; wanted = run.nextReplicates()) {
      const parts = await Promise.all(
        this.pieces(wanted).map((piece) => this.run('countReplicates', { data, plan, ...piece }, options)),
      );
      run.add(parts);
    }
    return run.result();
  }

  async warm(): Promise<void> {
    const nothing = { sortedT: new Float64Array(), lowerShift: new Float64Array() };
    const data = { ...nothing, consistentShift: new Float64Array(), scaled: [] };
    const plan = { rows: 2, block: 1, seed: 0 };
    await Promise.all(
      Array.from({ length: this.threads }, () => this.run('countReplicates', { data, plan, from: 0, to: 0 })),
    );
  }

  async close(): Promise<void> {
    this.closed = true;
    const waiting = this.queue.splice(0);
    const threads = [...this.running];
    this.running.clear();
    for (const job of [...waiting, ...threads.map(([, running]) => running)]) {
      job?.reject(stopped(job.message.name));
    }
    await Promise.all(threads.map(([worker]) => worker.terminate()));
  }

  private pieces({ from, to }: ReplicateRange): ReplicateRange[] {
    const size = Math.max(MIN_PIECE, Math.ceil((to - from) / (this.threads * PIECES_PER_THREAD)));
    return Array.from({ length: Math.ceil((to - from) / size) }, (_, piece) => ({
      from: from + piece * size,
      to: Math.min(to, from + (piece + 1) * size),
    }));
  }

  /** Hands waiting jobs to idle threads, starting threads up to the limit. */
  private dispatch(): void {
    while (this.queue.length > 0) {
      const worker = this.idleThread();
      if (worker === null) return;
      const job = this.queue.shift();
      if (job === undefined) return;
      try {
        worker.postMessage(job.message);
      } catch (error) {
        // What cannot be sent (a function in the input) is the caller's defect; the thread is as idle as before.
        job.reject(error);
        continue;
      }
      this.running.set(worker, job);
      worker.ref();
    }
  }

  private idleThread(): Worker | null {
    for (const [worker, job] of this.running) if (job === null) return worker;
    if (this.running.size >= this.threads) return null;
    const worker = new Worker(new URL('./thread.ts', import.meta.url), { name: 'contender-compute' });
    worker.unref();
    this.running.set(worker, null);
    worker.on('message', (message: AnswerMessage) => {
      this.answered(worker, message);
    });
    const lost = (cause: unknown): void => {
      this.lose(worker, cause);
    };
    worker.on('error', lost);
    worker.on('messageerror', lost);
    worker.on('exit', (code) => {
      lost(new Error(`the thread ended with ${String(code)}`));
    });
    return worker;
  }

  private answered(worker: Worker, message: AnswerMessage): void {
    const job = this.running.get(worker);
    if (job === undefined || job === null) return;
    this.running.set(worker, null);
    worker.unref();
    if (message.outcome === 'done') job.resolve(message.output);
    else if (message.outcome === 'refused') job.reject(new RefusedOnThread(message.refusal));
    else job.reject(message.error);
    this.dispatch();
  }

  private lose(worker: Worker, cause: unknown): void {
    const job = this.running.get(worker);
    if (job === undefined) return;
    this.running.delete(worker);
    job?.reject(
      new ComputeThreadLost(`the thread that computed ${job.message.name} was lost`, {
        cause,
        remedy: 'Try again; if it happens again, give the process more memory.',
      }),
    );
    void worker.terminate();
    this.dispatch();
  }

  /** A queued job leaves the queue; a running one takes its thread with it. */
  private stop(job: Job): void {
    const position = this.queue.indexOf(job);
    if (position >= 0) this.queue.splice(position, 1);
    for (const [worker, running] of this.running) {
      if (running !== job) continue;
      this.running.delete(worker);
      void worker.terminate();
    }
    job.reject(stopped(job.message.name));
    this.dispatch();
  }
}

function stopped(name: TaskName): ComputeTaskStopped {
  return new ComputeTaskStopped(`${name} was stopped before it was done`, {
    remedy: 'Allow it more time, or leave the process running.',
  });
}

/** The columns in memory that all threads see, so that a piece of work costs no copy of the table. */
function shared(data: ScaledDifferences): ScaledDifferences {
  return {
    sortedT: data.sortedT,
    lowerShift: data.lowerShift,
    consistentShift: data.consistentShift,
    scaled: data.scaled.map(sharedFloats),
  };
}
