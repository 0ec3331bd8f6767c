import type { NotificationEvent } from '../../contracts/notification.ts';
import type { ChannelName } from '../outbox-port.ts';
import type { SendOutcome } from '../outcome.ts';

/** What a channel gets. The same delivery gives the same bytes, so a repeat can be recognised as one. */
export interface Delivery {
  readonly dedupeKey: string;
  readonly event: NotificationEvent;
  /** ISO instant at which the event was written to the outbox; the date of the message, also of a repeat. */
  readonly createdAt: string;
}

/** A way to reach people. It never retries by itself: whether to try again is decided in one place, the dispatcher. */
export interface Channel {
  readonly name: ChannelName;
  /** Upper bound of one `send`, milliseconds. */
  readonly timeoutMs: number;
  /** Least time between two sends, milliseconds; 0 for no limit. */
  readonly minIntervalMs: number;
  /** Sends that may be under way at once. */
  readonly concurrency: number;
  /** Reports what is known about the attempt; throws only when the message cannot be rendered, or on our own defect. */
  send(delivery: Delivery): Promise<SendOutcome>;
}
