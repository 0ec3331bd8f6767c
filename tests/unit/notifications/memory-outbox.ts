import type { AlertReport } from '../../../contracts/alert.ts';
import type { NotificationEvent } from '../../../contracts/notification.ts';
import { ROUTE_CHANNEL } from '../../../notifications/outbox-port.ts';
import type {
  ChannelName,
  ClaimRequest,
  OutboxClaim,
  OutboxPort,
} from '../../../notifications/outbox-port.ts';

export interface OutboxRow {
  readonly id: string;
  readonly channel: OutboxClaim['channel'];
  readonly dedupeKey: string;
  readonly event: unknown;
  readonly createdAt: string;
  state: 'pending' | 'sent' | 'dead';
  attempts: number;
  unknownOutcomes: number;
  dueAtMs: number;
  lease: { readonly token: string; readonly untilMs: number } | null;
  note: string;
}

/** The outbox as a list, for tests of the dispatcher alone. It passes the same conformance suite as the real one. */
export class MemoryOutbox implements OutboxPort {
  readonly rows: OutboxRow[] = [];
  readonly alerts: AlertReport[] = [];
  readonly #now: () => number;
  #serial = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  enqueue(event: NotificationEvent, channel: OutboxClaim['channel'] = ROUTE_CHANNEL): void {
    this.#insert(event.dedupeKey, channel, event, new Date(this.#now()).toISOString());
  }

  #insert(dedupeKey: string, channel: OutboxClaim['channel'], event: unknown, createdAt: string): void {
    if (this.rows.some((row) => row.dedupeKey === dedupeKey && row.channel === channel)) return;
    this.#serial += 1;
    this.rows.push({
      id: String(this.#serial),
      channel,
      dedupeKey,
      event,
      createdAt,
      state: 'pending',
      attempts: 0,
      unknownOutcomes: 0,
      dueAtMs: this.#now(),
      lease: null,
      note: '',
    });
  }

  claim({ channel, batch, leaseSeconds }: ClaimRequest): Promise<readonly OutboxClaim[]> {
    const nowMs = this.#now();
    const due = this.rows.filter(
      (row) =>
        row.channel === channel &&
        row.state === 'pending' &&
        row.dueAtMs <= nowMs &&
        (row.lease === null || row.lease.untilMs <= nowMs),
    );
    return Promise.resolve(
      due.slice(0, batch).map((row) => {
        if (row.lease !== null) row.unknownOutcomes += 1;
        this.#serial += 1;
        row.attempts += 1;
        row.lease = { token: `lease-${String(this.#serial)}`, untilMs: nowMs + leaseSeconds * 1000 };
        return {
          id: row.id,
          leaseToken: row.lease.token,
          leaseUntil: new Date(row.lease.untilMs).toISOString(),
          channel: row.channel,
          dedupeKey: row.dedupeKey,
          event: row.event,
          attempts: row.attempts,
          unknownOutcomes: row.unknownOutcomes,
          createdAt: row.createdAt,
        };
      }),
    );
  }

  fanOut(claim: OutboxClaim, channels: readonly ChannelName[]): Promise<void> {
    for (const channel of channels) this.#insert(claim.dedupeKey, channel, claim.event, claim.createdAt);
    return this.markSent(claim, channels.join(','));
  }

  toAlert(claim: OutboxClaim, alert: AlertReport): Promise<void> {
    if (!this.alerts.some(({ dedupeKey }) => dedupeKey === alert.dedupeKey)) this.alerts.push(alert);
    return this.markSent(claim, 'alert');
  }

  markSent(claim: OutboxClaim, receipt: string): Promise<void> {
    const row = this.rows.find(({ id }) => id === claim.id);
    if (row !== undefined && row.state !== 'sent') {
      row.state = 'sent';
      row.lease = null;
      row.note = receipt;
    }
    return Promise.resolve();
  }

  markUnknown(claim: OutboxClaim, at: string, reason: string): Promise<void> {
    const row = this.#held(claim);
    if (row !== undefined) row.unknownOutcomes += 1;
    return this.markRetry(claim, at, reason);
  }

  markRetry(claim: OutboxClaim, at: string, reason: string): Promise<void> {
    const row = this.#held(claim);
    if (row !== undefined) Object.assign(row, { lease: null, dueAtMs: Date.parse(at), note: reason });
    return Promise.resolve();
  }

  markDead(claim: OutboxClaim, reason: string): Promise<void> {
    const row = this.#held(claim);
    if (row !== undefined) Object.assign(row, { lease: null, state: 'dead', note: reason });
    return Promise.resolve();
  }

  #held(claim: OutboxClaim): OutboxRow | undefined {
    return this.rows.find(
      (row) => row.id === claim.id && row.state === 'pending' && row.lease?.token === claim.leaseToken,
    );
  }
}
