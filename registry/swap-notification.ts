import { notificationEvent } from '../contracts/notification.ts';
import type { NotificationEvent } from '../contracts/notification.ts';

interface VersionRef {
  readonly number: number;
  readonly id: string;
}

/** What is known of a swap when it is committed; the acknowledgements come later. */
export interface SwapFacts {
  readonly model: string;
  readonly epoch: number;
  readonly from: VersionRef | null;
  readonly to: VersionRef;
  readonly retrainId: string | null;
  readonly asOf: string | null;
  readonly correlationId: string;
  readonly occurredAt: string;
}

/**
 * The announcements that leave in the transaction of the swap itself, so that no crash can lose them. They are held back
 * while the servers are awaited; whoever awaits them enqueues the same event with the acknowledgements in it.
 */
export function promotionAnnouncement(facts: SwapFacts): NotificationEvent {
  return notificationEvent({
    ...envelope(facts),
    kind: 'swapped',
    severity: 'INFO',
    from: facts.from,
    to: facts.to,
    epoch: facts.epoch,
    acknowledged: [],
    tookMs: 0,
    rollbackCommand: `npm run contender -- rollback ${facts.model} --reason 'why'`,
  });
}

export interface RollbackFacts extends SwapFacts {
  readonly from: VersionRef;
  readonly cause: 'guard' | 'manual' | 'break-glass';
  readonly requestedBy: string;
  readonly reason: string;
}

export function rollbackAnnouncement(facts: RollbackFacts): NotificationEvent {
  return notificationEvent({
    ...envelope(facts),
    kind: 'rolled-back',
    severity: 'ERROR',
    from: facts.from,
    to: facts.to,
    epoch: facts.epoch,
    cause: facts.cause,
    requestedBy: oneLine(facts.requestedBy, 120),
    reason: facts.reason.slice(0, 4000),
    tookMs: 0,
    acknowledged: [],
  });
}

function envelope(facts: SwapFacts) {
  return {
    model: facts.model,
    retrain: facts.retrainId === null ? null : oneLine(facts.retrainId, 200),
    asOf: facts.asOf,
    run: null,
    session: null,
    occurredAt: facts.occurredAt,
    correlationId: oneLine(facts.correlationId, 200),
    temporalUrl: null,
  };
}

/** A name from outside must not break the line it is shown in, and must not stop a rollback either. */
export function oneLine(text: string, maxLength: number): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, maxLength);
  return line === '' ? 'unknown' : line;
}
