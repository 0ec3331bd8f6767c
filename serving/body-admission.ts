import { QueueFull } from './errors.ts';

export interface BodyAdmissionOptions {
  /** Bytes of bodies in memory at one moment. */
  readonly maxBytes: number;
  /** Expected time, ms, until what is held has been answered, above which nothing more is let in. */
  readonly maxWaitMs: number;
  /** Milliseconds that never go back. */
  readonly nowMs: () => number;
}

/** Before anything has been measured: about a universe of 2,000 rows of 42 float32 in 20 ms. */
const FIRST_MS_PER_BYTE = 20 / 336_000;
/** Weight of the newest answer in the moving average. */
const NEWEST_WEIGHT = 0.1;

/** `small`: never waits for large ones; `unstated`: its length is the most that would be read, not what it has. */
export type BodyKind = 'small' | 'large' | 'unstated';

/** A body that was let in; `done` is called once, when its answer has been sent or given up. */
export interface AdmittedBody {
  done(answered: boolean): void;
}

/**
 * Decides by its headers whether a large body is read at all. What has been read and parsed has cost most of what it can cost, so
 * refusing it afterwards would waste what those that were let in need: everything let in here is answered.
 *
 * The expected wait is what is held times the time that a byte has taken lately, from one answer to the next while anything was
 * held (the throughput law of Little): it covers reading, parsing, scoring and whatever else takes the processor away.
 */
export class BodyAdmission {
  readonly #options: BodyAdmissionOptions;
  #heldBytes = 0;
  /** Those of large bodies of stated length: the others say nothing about the time that they will take. */
  #timedBytes = 0;
  #msPerByte = FIRST_MS_PER_BYTE;
  /** End of the last answer, or the moment at which the first body came. */
  #sinceMs = 0;

  constructor(options: BodyAdmissionOptions) {
    this.#options = options;
  }

  /** @throws QueueFull */
  admit(bytes: number, kind: BodyKind): AdmittedBody {
    const { maxBytes, maxWaitMs, nowMs } = this.#options;
    const waitMs = kind === 'small' ? 0 : this.#timedBytes * this.#msPerByte;
    if (this.#heldBytes + bytes > maxBytes || waitMs > maxWaitMs) {
      throw new QueueFull(
        `${String(this.#heldBytes)} bytes of requests are being answered, about ${waitMs.toFixed(0)} ms; the bounds are ${String(maxBytes)} bytes and ${String(maxWaitMs)} ms`,
        {
          remedy: 'Repeat after the time in Retry-After, or ask another server.',
          details: { heldBytes: this.#heldBytes, maxBytes, expectedWaitMs: waitMs, maxWaitMs },
        },
      );
    }
    const timed = kind === 'large' ? bytes : 0;
    if (timed > 0 && this.#timedBytes === 0) this.#sinceMs = nowMs();
    this.#heldBytes += bytes;
    this.#timedBytes += timed;
    let open = true;
    return {
      done: (answered) => {
        if (!open) return;
        open = false;
        this.#heldBytes -= bytes;
        this.#timedBytes -= timed;
        // Only what was answered tells how long answering takes; a faulty body is refused in no time.
        if (answered && timed > 0) this.#learn(timed);
      },
    };
  }

  #learn(bytes: number): void {
    const nowMs = this.#options.nowMs();
    const msPerByte = (nowMs - this.#sinceMs) / bytes;
    this.#sinceMs = nowMs;
    this.#msPerByte += NEWEST_WEIGHT * (msPerByte - this.#msPerByte);
  }
}

/** Single rows that one turn of the event loop may answer: 50 ms of work at 50 us each. */
const MOST_IN_A_TURN = 1000;

/**
 * Bounds the requests of one turn of the event loop. All that arrived while it was busy are read in the next turn, so those beyond
 * the bound would wait for all before them. Counted, not timed: a turn that the machine interrupted is no overload.
 */
export class TurnGuard {
  readonly #most: number;
  #count = 0;

  constructor(most = MOST_IN_A_TURN) {
    this.#most = most;
  }

  /** Called with each request. @throws QueueFull */
  enter(): void {
    if (this.#count === 0) {
      setImmediate(() => {
        this.#count = 0;
      });
    }
    this.#count += 1;
    if (this.#count <= this.#most) return;
    throw new QueueFull(`more than ${String(this.#most)} requests at once`, {
      remedy: 'Repeat after the time in Retry-After, or ask another server.',
      details: { mostAtOnce: this.#most },
    });
  }
}
