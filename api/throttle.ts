import { TooManyRequests } from './errors.ts';
import type { ApiClock } from './parts.ts';

const KEPT = 20_000;

export interface ThrottleOptions {
  readonly perSecond: number;
  /** As many at once after a pause. */
  readonly burst: number;
  readonly clock: ApiClock;
}

/**
 * How often one client may ask: the generic cell rate algorithm (ITU-T I.371), which keeps one number per client, the time
 * at which its next request would come exactly on schedule.
 */
export class Throttle {
  readonly #options: ThrottleOptions;
  readonly #due = new Map<string, number>();

  constructor(options: ThrottleOptions) {
    this.#options = options;
  }

  /** @throws TooManyRequests with `details.retryAfterSeconds` */
  take(client: string, cost = 1): void {
    const { perSecond, burst, clock } = this.#options;
    const nowMs = clock.monotonicMs();
    const intervalMs = 1000 / perSecond;
    const due = Math.max(nowMs, this.#due.get(client) ?? nowMs) + intervalMs * cost;
    const early = due - nowMs - burst * intervalMs;
    if (early > 0) {
      throw new TooManyRequests(`more than ${String(perSecond)} requests a second`, {
        remedy: 'Repeat after the time in Retry-After.',
        details: { requestsPerSecond: perSecond, retryAfterSeconds: Math.ceil(early / 1000) },
      });
    }
    // Re-inserted, so that the first in the map is whoever has asked for nothing the longest.
    this.#due.delete(client);
    this.#due.set(client, due);
    const [oldest] = this.#due.keys();
    if (this.#due.size > KEPT && oldest !== undefined) this.#due.delete(oldest);
  }
}
