import { NotificationEvent } from '../contracts/notification.ts';
import type { Channel, Delivery } from './channels/channel.ts';
import { NotificationUnrenderable } from './errors.ts';
import type { DispatchObserver } from './observer.ts';
import type { OutboxClaim, OutboxPort } from './outbox-port.ts';
import type { SendOutcome } from './outcome.ts';
import { Pace } from './pace.ts';
import { backoffMs, giveUpReason, waitAfter } from './retry-policy.ts';
import type { RetryPolicy } from './retry-policy.ts';
import { instantOf } from './timer.ts';
import type { Timer } from './timer.ts';

/** What all lanes of a dispatcher share. */
export interface LaneContext {
  readonly outbox: OutboxPort;
  readonly observer: DispatchObserver;
  readonly timer: Timer;
  readonly random: () => number;
  readonly lastResort: Channel;
  readonly retryPolicy: RetryPolicy;
  readonly batch: number;
  readonly leaseSeconds: number;
  readonly stopped: AbortSignal;
}

export interface LaneOptions extends LaneContext {
  readonly channel: Channel;
}

/** Room between the end of a send and the end of its lease, for writing the outcome down. */
const RECORDING_ROOM_MS = 5000;

/** How often an outcome is tried to be written down before it is left to the lease. */
const RECORDING_ATTEMPTS = 6;

/** Reason under which a row is closed whose event this release cannot read. The row keeps the event as it is. */
export const CONTRACT_BROKEN = 'the event does not fit the notification contract';

const NEVER = new AbortController().signal;

/** One channel's part of the dispatcher: claims rows, keeps the pace, sends, records. */
export class Lane {
  readonly name: string;
  readonly #options: LaneOptions;
  readonly #pace: Pace;

  constructor(options: LaneOptions) {
    const needMs = options.channel.timeoutMs + RECORDING_ROOM_MS;
    if (options.leaseSeconds * 1000 <= needMs) {
      throw new RangeError(
        `a lease of ${String(options.leaseSeconds)} s is too short for ${options.channel.name}`,
      );
    }
    this.name = options.channel.name;
    this.#options = options;
    this.#pace = new Pace(options.channel.minIntervalMs);
  }

  /** Claims what is due and may be sent now, and sees each row to a recorded outcome. Tells how many rows it took. */
  async workOnce(): Promise<number> {
    const { outbox, channel, leaseSeconds, stopped, timer } = this.#options;
    if (!stopped.aborted) await timer.sleep(this.#pace.waitMs(timer.now()), stopped);
    if (stopped.aborted) return 0;
    const claims = await outbox.claim({ channel: channel.name, batch: this.#batch(), leaseSeconds });
    const queue = [...claims];
    const worker = async () => {
      for (let claim = queue.shift(); claim !== undefined; claim = queue.shift()) await this.#deliver(claim);
    };
    await Promise.all(Array.from({ length: Math.min(channel.concurrency, claims.length) }, worker));
    return claims.length;
  }

  /** No more rows than the pace lets through within half a lease: the rest is better left to others. */
  #batch(): number {
    const { batch, channel, leaseSeconds } = this.#options;
    if (channel.minIntervalMs === 0) return batch;
    return Math.max(Math.min(batch, Math.floor((leaseSeconds * 500) / channel.minIntervalMs)), 1);
  }

  async #deliver(claim: OutboxClaim): Promise<void> {
    const { timer, stopped } = this.#options;
    if (this.#mustGiveBack(claim, this.#pace.waitMs(timer.now()))) return this.#giveBack(claim);
    await timer.sleep(this.#pace.take(timer.now()), stopped);
    if (this.#mustGiveBack(claim, 0)) return this.#giveBack(claim);
    const event = NotificationEvent.safeParse(claim.event);
    if (!event.success) return this.#close(claim, CONTRACT_BROKEN);
    const { dedupeKey, createdAt } = claim;
    const delivery = { dedupeKey, createdAt, event: event.data };
    await this.#conclude(claim, delivery, await this.#attempt(delivery));
  }

  /** A send that could outlive its lease could run beside another worker's send of the same row. */
  #mustGiveBack(claim: OutboxClaim, waitMs: number): boolean {
    const { timer, stopped, channel } = this.#options;
    const endMs = timer.now() + waitMs + channel.timeoutMs + RECORDING_ROOM_MS;
    return stopped.aborted || endMs > Date.parse(claim.leaseUntil);
  }

  async #giveBack(claim: OutboxClaim): Promise<void> {
    const { outbox, timer } = this.#options;
    const dueMs = timer.now() + this.#pace.waitMs(timer.now());
    await this.#record(claim, () => outbox.markRetry(claim, instantOf(dueMs), 'given back unsent'));
  }

  async #attempt(delivery: Delivery): Promise<SendOutcome> {
    try {
      return await this.#options.channel.send(delivery);
    } catch (error) {
      // A channel reports every failure of sending as an outcome; what it throws happened before anything left.
      const defect = new NotificationUnrenderable(`${delivery.event.kind} cannot be rendered`, {
        cause: error,
      });
      return { kind: 'refused', reason: `${defect.code}: ${String(error)}` };
    }
  }

  async #conclude(claim: OutboxClaim, delivery: Delivery, outcome: SendOutcome): Promise<void> {
    const { outbox, observer, retryPolicy, timer, random } = this.#options;
    switch (outcome.kind) {
      case 'sent':
        await this.#record(claim, () => outbox.markSent(claim, outcome.receipt));
        break;
      case 'refused':
        await this.#giveUp(claim, delivery, outcome.reason);
        break;
      case 'unknown':
      case 'retry-later': {
        const nowMs = timer.now();
        const reason = giveUpReason(retryPolicy, claim, outcome, nowMs);
        if (reason !== null) {
          await this.#giveUp(claim, delivery, reason);
          break;
        }
        const asked = outcome.kind === 'retry-later' && outcome.at !== null ? Date.parse(outcome.at) : 0;
        if (asked > nowMs) this.#pace.pauseUntil(asked);
        const wait = backoffMs(waitAfter(retryPolicy, outcome), claim.attempts, random);
        const at = instantOf(Math.max(asked, nowMs + wait));
        await this.#record(claim, () =>
          outcome.kind === 'unknown'
            ? outbox.markUnknown(claim, at, outcome.reason)
            : outbox.markRetry(claim, at, outcome.reason),
        );
      }
    }
    observer.attempted(claim, outcome);
  }

  /** The event is not lost with the channel: it is kept by the last resort before the row is closed. */
  async #giveUp(claim: OutboxClaim, delivery: Delivery, reason: string): Promise<void> {
    const { outbox, timer, retryPolicy, random } = this.#options;
    const problem = await this.#keep(delivery);
    if (problem === null) return this.#close(claim, reason);
    const wait = waitAfter(retryPolicy, { kind: 'retry-later' });
    const at = instantOf(timer.now() + backoffMs(wait, claim.attempts, random));
    await this.#record(claim, () =>
      outbox.markRetry(claim, at, `${reason}; and the last resort: ${problem}`),
    );
  }

  /** Hands the event to the last resort; says what went wrong, if that may pass, and null otherwise. */
  async #keep(delivery: Delivery): Promise<string | null> {
    const { lastResort, channel } = this.#options;
    if (channel.name === lastResort.name) return null;
    try {
      const outcome = await lastResort.send(delivery);
      return outcome.kind === 'unknown' || outcome.kind === 'retry-later' ? outcome.reason : null;
    } catch {
      // Unrenderable here as well, which no later attempt can change. The outbox row still holds the event.
      return null;
    }
  }

  async #close(claim: OutboxClaim, reason: string): Promise<void> {
    const { outbox, observer } = this.#options;
    await this.#record(claim, () => outbox.markDead(claim, reason));
    observer.gaveUp(claim, reason);
  }

  /**
   * Writes an outcome down, patiently: a success that is not recorded is repeated later. When the registry stays away
   * the lease runs out, and the next claim counts an unknown outcome.
   */
  async #record(claim: OutboxClaim, write: () => Promise<void>): Promise<void> {
    const { observer, timer, random } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await write();
        return;
      } catch (error) {
        observer.recordFailed(claim, error);
        if (attempt === RECORDING_ATTEMPTS) return;
        await timer.sleep(backoffMs({ baseMs: 200, capMs: 5000 }, attempt, random), NEVER);
      }
    }
  }
}
