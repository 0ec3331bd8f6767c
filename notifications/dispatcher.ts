import type { NotificationEvent } from '../contracts/notification.ts';
import type { Channel } from './channels/channel.ts';
import { Lane } from './lane.ts';
import type { DispatchObserver } from './observer.ts';
import { ROUTE_CHANNEL } from './outbox-port.ts';
import type { ChannelName, OutboxPort } from './outbox-port.ts';
import { DEFAULT_RETRY_POLICY } from './retry-policy.ts';
import type { RetryPolicy } from './retry-policy.ts';
import { RouteLane } from './route-lane.ts';
import type { AlertDesk } from './route-lane.ts';
import { systemTimer } from './timer.ts';
import type { Timer } from './timer.ts';

export interface DispatcherOptions {
  readonly outbox: OutboxPort;
  /** Every channel that is configured, the last resort included. */
  readonly channels: readonly Channel[];
  /** Where a message goes that a channel refused or gave up, usually the log channel. */
  readonly lastResort: Channel;
  /** Who hears of an event. Names without a channel are reported and go to the last resort. */
  readonly route: (event: NotificationEvent) => readonly ChannelName[];
  readonly alerts: AlertDesk;
  readonly observer: DispatchObserver;
  /** In [0, 1); spreads retries. */
  readonly random: () => number;
  readonly timer?: Timer;
  readonly retryPolicy?: RetryPolicy;
  /** How often the outbox is looked at without a `wake`, milliseconds. */
  readonly pollMs?: number;
  /** Rows claimed at once by a channel. */
  readonly batch?: number;
  /** Life of a claim, seconds; longer than any send. By default long enough for a few of the slowest. */
  readonly leaseSeconds?: number;
}

/** Two minutes hold a batch at one message a second; a channel with more patience needs longer leases. */
function defaultLeaseSeconds(channels: readonly Channel[]): number {
  const slowestMs = Math.max(...channels.map(({ timeoutMs }) => timeoutMs));
  return Math.max(120, Math.ceil((slowestMs * 3) / 1000));
}

/**
 * Takes events from the outbox to people (invariant I7): a notification is never sent again after a recorded success,
 * and repeated only after an unknown outcome, under the same key. One lane per channel, so that a receiver that is
 * down or slow delays nobody else, and one lane that decides who hears of an event.
 */
export class NotificationDispatcher {
  readonly #lanes: readonly (Lane | RouteLane)[];
  readonly #timer: Timer;
  readonly #observer: DispatchObserver;
  readonly #pollMs: number;
  readonly #stop = new AbortController();
  #wakeUp = new AbortController();
  #loops: readonly Promise<void>[] = [];

  constructor(options: DispatcherOptions) {
    this.#timer = options.timer ?? systemTimer;
    this.#observer = options.observer;
    this.#pollMs = options.pollMs ?? 1000;
    const shared = {
      outbox: options.outbox,
      observer: options.observer,
      timer: this.#timer,
      random: options.random,
      lastResort: options.lastResort,
      retryPolicy: options.retryPolicy ?? DEFAULT_RETRY_POLICY,
      batch: options.batch ?? 20,
      leaseSeconds: options.leaseSeconds ?? defaultLeaseSeconds([...options.channels, options.lastResort]),
      stopped: this.#stop.signal,
    };
    const channels = new Map(options.channels.map((channel) => [channel.name, channel]));
    channels.set(options.lastResort.name, options.lastResort);
    this.#lanes = [
      new RouteLane({
        ...shared,
        route: options.route,
        alerts: options.alerts,
        channels: new Set(channels.keys()),
      }),
      ...[...channels.values()].map((channel) => new Lane({ ...shared, channel })),
    ];
  }

  /** Begins to work in the background until `stop`. */
  start(): void {
    if (this.#loops.length > 0) return;
    this.#loops = this.#lanes.map((lane) => this.#run(lane));
  }

  /** Look now: somebody has written to the outbox. */
  wake(): void {
    const sleeping = this.#wakeUp;
    this.#wakeUp = new AbortController();
    sleeping.abort();
  }

  /** One pass over everything that is due: events to channels first, then each channel. Tells how many rows it took. */
  async dispatchOnce(): Promise<number> {
    let taken = 0;
    for (const lane of this.#lanes) taken += await lane.workOnce();
    return taken;
  }

  /** Takes no more rows, finishes and records what is being sent, gives back the rest, then resolves. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.wake();
    await Promise.all(this.#loops);
  }

  async #run(lane: Lane | RouteLane): Promise<void> {
    let failures = 0;
    while (!this.#stop.signal.aborted) {
      // Taken before the outbox is read, so that a wake (or a stop, which wakes) during the reading is not missed.
      const wakeUp = this.#wakeUp.signal;
      let taken = 0;
      try {
        taken = await lane.workOnce();
        failures = 0;
      } catch (error) {
        failures += 1;
        this.#observer.outboxFailed(lane.name, error);
      }
      if (taken > 0) {
        // What was routed is due for the channels at once.
        if (lane.name === ROUTE_CHANNEL) this.wake();
        continue;
      }
      const restMs = Math.min(this.#pollMs * 2 ** Math.min(failures, 5), 30_000);
      await this.#timer.sleep(restMs, wakeUp);
    }
  }
}
