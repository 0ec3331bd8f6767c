import type { AlertRouter, RouterRound } from './alert-router.ts';
import type { Timer } from './timer.ts';

export interface AlertLoopOptions {
  readonly router: Pick<AlertRouter, 'round'>;
  readonly timer: Timer;
  /** How often reports are looked for without a `wake`, milliseconds. */
  readonly pollMs: number;
  /** Told when messages were addressed: the dispatcher need not wait for its next poll. */
  readonly onNotified: () => void;
  readonly onRound: (round: RouterRound) => void;
  readonly onFailure: (error: unknown) => void;
}

const LONGEST_REST_MS = 30_000;

/** Runs the router in the background; several processes may, and one of them works at a time. */
export class AlertLoop {
  readonly #options: AlertLoopOptions;
  readonly #stop = new AbortController();
  #wakeUp = new AbortController();
  #running: Promise<void> | null = null;

  constructor(options: AlertLoopOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Look now: somebody has reported something. */
  wake(): void {
    const sleeping = this.#wakeUp;
    this.#wakeUp = new AbortController();
    sleeping.abort();
  }

  /** Finishes the round it is in. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { router, timer, pollMs, onNotified, onRound, onFailure } = this.#options;
    let failures = 0;
    while (!this.#stop.signal.aborted) {
      const wakeUp = this.#wakeUp.signal;
      let restMs = pollMs;
      try {
        const round = await router.round(timer.now());
        failures = 0;
        if (round !== null && round.notified > 0) onNotified();
        if (round !== null && round.taken + round.flushed > 0) {
          onRound(round);
          restMs = 0;
        } else if (round !== null && round.nextMs !== null) {
          restMs = Math.min(pollMs, Math.max(round.nextMs - timer.now(), 1));
        }
      } catch (error) {
        failures += 1;
        onFailure(error);
        restMs = Math.min(pollMs * 2 ** Math.min(failures, 6), LONGEST_REST_MS);
      }
      if (restMs > 0) await timer.sleep(restMs, wakeUp);
    }
  }
}
