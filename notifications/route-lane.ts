import type { AlertReport } from '../contracts/alert.ts';
import { NotificationEvent } from '../contracts/notification.ts';
import { CONTRACT_BROKEN } from './lane.ts';
import type { LaneContext } from './lane.ts';
import { ROUTE_CHANNEL } from './outbox-port.ts';
import type { ChannelName, OutboxClaim } from './outbox-port.ts';

/** The way to the alert router. */
export interface AlertDesk {
  /** What an event says to it; null: the event goes to people as it is. */
  readonly of: (event: NotificationEvent) => AlertReport | null;
  /** Told when a report was written down. */
  readonly reported: () => void;
}

/** Where no alert router runs. */
export const NO_ALERTS: AlertDesk = { of: () => null, reported: () => undefined };

export interface RouteLaneOptions extends LaneContext {
  readonly route: (event: NotificationEvent) => readonly ChannelName[];
  readonly alerts: AlertDesk;
  /** The channels that have a lane. */
  readonly channels: ReadonlySet<ChannelName>;
}

/**
 * Routing is one small transaction that may be repeated freely, so its rows are held only briefly: a registry that fails in
 * the middle delays them by seconds.
 */
const ROUTE_LEASE_SECONDS = 15;

/** Turns each new event into one row per channel that should carry it. */
export class RouteLane {
  readonly name = ROUTE_CHANNEL;
  readonly #options: RouteLaneOptions;

  constructor(options: RouteLaneOptions) {
    this.#options = options;
  }

  async workOnce(): Promise<number> {
    const { outbox, observer, batch, stopped } = this.#options;
    if (stopped.aborted) return 0;
    const claims = await outbox.claim({
      channel: ROUTE_CHANNEL,
      batch,
      leaseSeconds: ROUTE_LEASE_SECONDS,
    });
    for (const claim of claims) {
      const event = NotificationEvent.safeParse(claim.event);
      if (event.success) {
        await this.#route(claim, event.data);
      } else {
        await outbox.markDead(claim, CONTRACT_BROKEN);
        observer.gaveUp(claim, CONTRACT_BROKEN);
      }
    }
    return claims.length;
  }

  async #route(claim: OutboxClaim, event: NotificationEvent): Promise<void> {
    const { outbox, alerts } = this.#options;
    const alert = alerts.of(event);
    if (alert === null) {
      await outbox.fanOut(claim, this.#channelsFor(claim, event));
      return;
    }
    await outbox.toAlert(claim, alert);
    alerts.reported();
  }

  /** Nobody to tell is never the answer: an event without a usable channel goes to the last resort. */
  #channelsFor(claim: OutboxClaim, event: NotificationEvent): readonly ChannelName[] {
    const { route, channels, lastResort, observer } = this.#options;
    const wanted = route(event);
    const known = wanted.filter((name) => channels.has(name));
    if (known.length === wanted.length && known.length > 0) return [...new Set(known)];
    const missing = wanted.filter((name) => !channels.has(name)).join(', ');
    observer.gaveUp(claim, missing === '' ? 'routed to nobody' : `not configured: ${missing}`);
    return [...new Set([...known, lastResort.name])];
  }
}
