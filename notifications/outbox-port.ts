import type { AlertReport } from '../contracts/alert.ts';

/** The pseudo-channel of a row that its writer has not addressed: the dispatcher decides who hears of it. */
export const ROUTE_CHANNEL = 'route';

/** `slack`, `email` and `log` come from the settings of the installation, the others from its alerting file. */
export type ChannelName = string;

/** One row of the outbox under a lease: one event for one channel. */
export interface OutboxClaim {
  readonly id: string;
  /** Proves that the lease is still this dispatcher's; every claim draws a new one. */
  readonly leaseToken: string;
  /** ISO instant, wall time. Nothing may be sent that could still be under way after it. */
  readonly leaseUntil: string;
  readonly channel: ChannelName;
  readonly dedupeKey: string;
  /** A `NotificationEvent`, if the row was written by a release that knew this contract; parsed before use. */
  readonly event: unknown;
  /** Claims so far, this one included. */
  readonly attempts: number;
  /** Attempts of which nobody knows whether the message arrived, before this one. */
  readonly unknownOutcomes: number;
  /** ISO instant, wall time. */
  readonly createdAt: string;
}

export interface ClaimRequest {
  readonly channel: OutboxClaim['channel'];
  readonly batch: number;
  readonly leaseSeconds: number;
}

/**
 * What the dispatcher needs from the registry (invariant I7). The table has one row per (dedupe key, channel).
 *
 * A row is `pending` until it is `sent` or `dead`; both are final. A pending row is due when its due time has come and
 * nobody holds a valid lease on it. A row found with an expired lease belonged to a dispatcher that died between
 * sending and recording, so `claim` counts an unknown outcome for it.
 */
export interface OutboxPort {
  /** Oldest due rows first, each under a fresh lease; `attempts` rises by one. Two callers never get the same row. */
  claim(request: ClaimRequest): Promise<readonly OutboxClaim[]>;
  /** In one transaction: a pending row per channel with the same key, event and creation time (existing rows stay as they
   * are), and this row sent. */
  fanOut(claim: OutboxClaim, channels: readonly ChannelName[]): Promise<void>;
  /** In one transaction: hands the event to the alert router as this report, and this row sent. */
  toAlert(claim: OutboxClaim, alert: AlertReport): Promise<void>;
  /** Records the success for good, even when the lease was lost meanwhile: a success must never be forgotten. */
  markSent(claim: OutboxClaim, receipt: string): Promise<void>;
  /** Nobody knows whether it arrived: counted, due again at `at`. Ignored when the lease was lost. */
  markUnknown(claim: OutboxClaim, at: string, reason: string): Promise<void>;
  /** It certainly did not arrive: due again at `at`. Ignored when the lease was lost. */
  markRetry(claim: OutboxClaim, at: string, reason: string): Promise<void>;
  /** It will never be sent by this channel. Ignored when the lease was lost. */
  markDead(claim: OutboxClaim, reason: string): Promise<void>;
}
