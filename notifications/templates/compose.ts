import type { NotificationEvent } from '../../contracts/notification.ts';
import { composeAlarm, composeFailed, composeScheduleMissed } from './compose-incident.ts';
import { composeRolledBack, composeSwapPartial, composeSwapped } from './compose-reign.ts';
import { composeApprovalAsked, composeApprovalExpiring, composeRefused } from './compose-retrain.ts';
import { composeGatesHeld } from './compose-gates.ts';
import { identityFacts } from './message.ts';
import type { Body, Message } from './message.ts';

function composeBody(event: NotificationEvent): Body {
  switch (event.kind) {
    case 'retrain-refused':
      return composeRefused(event);
    case 'approval-asked':
      return composeApprovalAsked(event);
    case 'approval-expiring':
      return composeApprovalExpiring(event);
    case 'swapped':
      return composeSwapped(event);
    case 'swap-partial':
      return composeSwapPartial(event);
    case 'rolled-back':
      return composeRolledBack(event);
    case 'gates-held':
      return composeGatesHeld(event);
    case 'failed':
      return composeFailed(event);
    case 'schedule-missed':
      return composeScheduleMissed(event);
    case 'alarm':
      return composeAlarm(event);
  }
}

/** Says what an event means, in the same words for every channel. The same event gives the same message. */
export function composeMessage(event: NotificationEvent): Message {
  return {
    ...composeBody(event),
    severity: event.severity,
    temporalUrl: event.temporalUrl,
    identity: identityFacts(event),
  };
}
