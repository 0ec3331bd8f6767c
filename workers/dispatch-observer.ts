import type { ActivityLog } from '../activities/edge.ts';
import type { DispatchObserver } from '../notifications/observer.ts';

/** What happens to notifications, in the log of the control worker. */
export function dispatchObserver(log: ActivityLog): DispatchObserver {
  return {
    attempted: (claim, outcome) => {
      const { dedupeKey, channel, unknownOutcomes } = claim;
      log.info({ dedupeKey, channel, outcome: outcome.kind, unknownOutcomes }, 'notification attempted');
    },
    gaveUp: ({ dedupeKey, channel }, reason) => {
      log.error({ dedupeKey, channel, reason }, 'a channel gave up a notification');
    },
    recordFailed: ({ dedupeKey, channel }, err) => {
      log.warn({ dedupeKey, channel, err }, 'the outcome of a notification is not recorded yet');
    },
    outboxFailed: (lane, err) => {
      log.warn({ lane, err }, 'the outbox cannot be read');
    },
  };
}
