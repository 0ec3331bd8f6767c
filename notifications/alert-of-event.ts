import type { AlertReport } from '../contracts/alert.ts';
import { ALARM_RULES, type Monitor, type NotificationEvent } from '../contracts/notification.ts';
import { composeMessage } from './templates/compose.ts';
import { clip, plainProse } from './templates/format.ts';

/** The rule and the extra labels of the events that are alerts; null for the stories, which go to people as they are. */
function ruleOf(event: NotificationEvent): { rule: string; labels: Record<string, string> } | null {
  switch (event.kind) {
    case 'swap-partial':
      return { rule: 'swap-partial', labels: {} };
    case 'gates-held':
      // The deputy is asked once and by name; the alert goes on.
      return event.deputy !== null ? null : { rule: 'gates-held', labels: { cause: event.cause } };
    case 'objection':
      // Before the swap nothing answers otherwise: people are told, nobody is woken.
      return event.state === 'raised' && event.epoch !== null
        ? { rule: 'objection-after-swap', labels: {} }
        : null;
    case 'failed':
      return { rule: 'retrain-failed', labels: { step: event.step, code: event.code } };
    case 'schedule-missed':
      return { rule: 'schedule-missed', labels: {} };
    case 'alarm':
      return { rule: ALARM_RULES[event.monitor], labels: {} };
    case 'retrain-refused':
    case 'approval-asked':
    case 'approval-expiring':
    case 'swapped':
    case 'rolled-back':
    case 'spec-proposed':
    case 'month-ended':
    case 'alert':
      return null;
  }
}

const ONCE: readonly Monitor[] = ['drift', 'results'];

const oneLine = (text: string, maxLength: number): string =>
  clip(plainProse(text).replace(/[\s\p{Zl}\p{Zp}]+/gu, ' '), maxLength) || '-';

/**
 * An event that tells of trouble, as a report to the alert router, in the words of its template: several of them share a
 * message, and can be silenced, acknowledged and escalated. Null for what is no alert: a request for approval is never
 * grouped or silenced.
 */
export function alertOfEvent(event: NotificationEvent): AlertReport | null {
  const named = ruleOf(event);
  if (named === null) return null;
  const { headline, needed, facts, quotes, actions } = composeMessage(event);
  const text = [needed, ...quotes.map((quote) => `${quote.label}: ${quote.text}`)].join('\n');
  return {
    ...named,
    // Each alarm of a monitor says that its condition still holds; the rest, and a session without results, happened once.
    nature: event.kind === 'alarm' && !ONCE.includes(event.monitor) ? 'condition' : 'occurrence',
    severity: event.severity,
    model: event.model,
    summary: oneLine(headline, 300),
    description: clip(text, 4000),
    session: event.session,
    facts: facts
      .slice(0, 20)
      .map(({ label, value }) => ({ label: oneLine(label, 60), value: oneLine(value, 400) })),
    actions: actions.map(({ label, command }) => ({ label, command })),
    series: event.kind === 'alarm' ? event.series : [],
    link: event.temporalUrl,
    retrain: event.retrain ?? (event.kind === 'alarm' ? event.emergencyRetrain : null),
    startsAt: event.occurredAt,
    endsAt: event.kind === 'alarm' && event.over ? event.occurredAt : null,
    correlationId: event.correlationId,
    dedupeKey: event.dedupeKey,
  };
}
