import { RateLimited } from './errors.ts';
import type { ServingClock } from './ports.ts';

const KEPT_CLIENTS = 10_000;

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

/**
 * A token bucket per client: `perSecond` requests a second in the long run, as many at once after a quiet second. Holds one
 * client back; what all of them together may ask for is the queue's matter.
 */
export class RateLimit {
  readonly #perSecond: number;
  readonly #clock: ServingClock;
  readonly #buckets = new Map<string, Bucket>();

  constructor(perSecond: number, clock: ServingClock) {
    this.#perSecond = perSecond;
    this.#clock = clock;
  }

  /** @throws RateLimited */
  take(client: string): void {
    const nowMs = this.#clock.monotonicMs();
    const bucket = this.#buckets.get(client) ?? this.#open(client, nowMs);
    const earned = ((nowMs - bucket.filledAtMs) / 1000) * this.#perSecond;
    bucket.tokens = Math.min(this.#perSecond, bucket.tokens + earned);
    bucket.filledAtMs = nowMs;
    if (bucket.tokens < 1) {
      throw new RateLimited(`more than ${String(this.#perSecond)} requests a second`, {
        remedy: 'Repeat after the time in Retry-After; put rows together with batch_predict or score.',
        details: { requestsPerSecond: this.#perSecond },
      });
    }
    bucket.tokens -= 1;
  }

  /** The client seen first goes when there are too many: it starts again with a full bucket, which costs one second's worth. */
  #open(client: string, nowMs: number): Bucket {
    const made = { tokens: this.#perSecond, filledAtMs: nowMs };
    this.#buckets.set(client, made);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > KEPT_CLIENTS && oldest !== undefined) this.#buckets.delete(oldest);
    return made;
  }
}
