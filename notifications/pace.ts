/**
 * How fast one channel may send: a token bucket that holds one token, and a pause that a receiver can ask for.
 * It only reckons; the caller waits.
 */
export class Pace {
  readonly #minIntervalMs: number;
  #nextFreeMs = 0;

  constructor(minIntervalMs: number) {
    this.#minIntervalMs = minIntervalMs;
  }

  /** Takes the next token and tells how long to wait for it, milliseconds from `nowMs`. */
  take(nowMs: number): number {
    const startMs = Math.max(nowMs, this.#nextFreeMs);
    this.#nextFreeMs = startMs + this.#minIntervalMs;
    return startMs - nowMs;
  }

  /** How long until a token would be free, milliseconds. */
  waitMs(nowMs: number): number {
    return Math.max(this.#nextFreeMs - nowMs, 0);
  }

  /** Nothing more before this moment: the receiver said so, for the whole channel and not for one message. */
  pauseUntil(untilMs: number): void {
    this.#nextFreeMs = Math.max(this.#nextFreeMs, untilMs);
  }
}
