import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { LoadCounts, LoadMessage, LoadPlan } from './load-thread.ts';

/** The load of a bench, running until it is stopped. */
export class Load {
  readonly #thread: Worker;

  constructor(plan: LoadPlan) {
    this.#thread = new Worker(new URL('./load-thread.ts', import.meta.url), { workerData: plan });
  }

  tell(message: LoadMessage): void {
    this.#thread.postMessage(message);
  }

  /** What happened since the last call. */
  async take(): Promise<LoadCounts> {
    this.tell({ kind: 'take' });
    const [counts] = (await once(this.#thread, 'message')) as [LoadCounts];
    return counts;
  }

  async stop(): Promise<void> {
    const ended = once(this.#thread, 'exit');
    this.tell({ kind: 'stop' });
    await ended;
  }
}

/** The value below which a share of them lies; NaN of nothing. */
export function quantile(values: Iterable<number>, share: number): number {
  const ascending = Float64Array.from(values).sort();
  return ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)] ?? Number.NaN;
}
