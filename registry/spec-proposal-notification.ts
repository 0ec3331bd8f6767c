import { notificationEvent } from '../contracts/notification.ts';
import type { NotificationEvent } from '../contracts/notification.ts';
import type { Sql } from './database.ts';
import { insertNotification, insertNotificationAt } from './outbox.ts';
import type { SpecProposal } from './spec-proposals.ts';
import { oneLine } from './swap-notification.ts';

/**
 * Leave with the proposal itself: the leads are asked at once, the deputy when their time comes. What the deputy reads says that it
 * may have been decided meanwhile.
 */
export async function insertProposalAnnouncements(connection: Sql, proposal: SpecProposal): Promise<void> {
  await insertNotification(connection, announcement(proposal, null));
  const { deputy } = proposal;
  if (deputy === null || Date.parse(deputy.from) >= Date.parse(proposal.expiresAt)) return;
  await insertNotificationAt(connection, announcement(proposal, deputy.subject), deputy.from);
}

function announcement(proposal: SpecProposal, deputy: string | null): NotificationEvent {
  const { id, model, author, loosened, reason, proposedAt, expiresAt } = proposal;
  const command = (verb: string): string =>
    `npm run contender -- proposals ${verb} ${String(id)} --reason "..."`;
  return notificationEvent({
    kind: 'spec-proposed',
    severity: 'WARNING',
    model,
    ...{ retrain: null, run: null, asOf: null, session: null, temporalUrl: null },
    occurredAt: proposedAt,
    correlationId: oneLine(`proposal ${String(id)}`, 200),
    proposal: id,
    author: oneLine(author, 120),
    loosened: loosened.slice(0, 200).map((field) => oneLine(field, 120)),
    reason: reason.slice(0, 4000),
    expiresAt,
    deputy: deputy === null ? null : oneLine(deputy, 120),
    agreeCommand: command('agree'),
    rejectCommand: command('reject'),
  });
}
