import type { Labels } from '../alerting/labels.ts';
import { AlertItem } from '../contracts/alert.ts';
import { NotificationSeverity } from '../contracts/alert.ts';
import type { AlertContent, OnCallPerson } from '../contracts/alert.ts';
import { notificationEvent } from '../contracts/notification.ts';
import type { NotificationEvent } from '../contracts/notification.ts';
import type { GroupCounts, GroupItem } from './alert-port.ts';

/** What an alert says that was reported without words. */
const withoutWords = (rule: string): AlertContent => ({
  nature: 'condition',
  summary: rule,
  description: 'Reported without a text.',
  ...{ session: null, facts: [], actions: [], series: [], link: null, retrain: null },
});

function itemOf({ id, labels, startedAt, endedAt, content }: GroupItem): AlertItem {
  const rule = labels['alertname'] ?? 'alert';
  return AlertItem.parse({
    ...(content ?? withoutWords(rule)),
    id,
    status: endedAt === null ? 'firing' : 'resolved',
    severity: labels['severity'],
    rule,
    model: labels['model'] ?? null,
    labels,
    startsAt: startedAt,
    endsAt: endedAt,
  });
}

export const groupItems = (items: readonly GroupItem[]): AlertItem[] => items.map(itemOf);

/** The loudest severity of these alerts, of those that fire if any does, and the model if all are about one. */
export function worstOf(items: readonly GroupItem[]): {
  readonly severity: NotificationSeverity;
  readonly model: string | null;
} {
  const firing = items.filter(({ endedAt }) => endedAt === null);
  const heard = (firing.length > 0 ? firing : items).map(({ labels }) => labels['severity']);
  const severity = NotificationSeverity.options.findLast((option) => heard.includes(option)) ?? 'ERROR';
  const models = new Set(items.map(({ labels }) => labels['model']));
  const [model] = models;
  return { severity, model: models.size === 1 && model !== undefined ? model : null };
}

/** The retrain that all of these alerts are about; null when there is none or more than one. */
function retrainOf(items: readonly GroupItem[]): string | null {
  const [first = null, ...others] = new Set(items.map(({ content }) => content?.retrain ?? null));
  return others.length === 0 ? first : null;
}

/** The message about a group as an event of the outbox. */
export function groupEvent(input: {
  readonly sequence: number;
  readonly step: number;
  readonly receiver: string;
  readonly groupLabels: Labels;
  readonly counts: GroupCounts;
  readonly items: readonly GroupItem[];
  readonly recipients: readonly OnCallPerson[];
  readonly now: string;
}): NotificationEvent {
  const { sequence, step, receiver, groupLabels, counts, items, recipients, now } = input;
  const { severity, model } = worstOf(items);
  return notificationEvent({
    kind: 'alert',
    // What is over wakes nobody.
    severity: counts.firing === 0 ? 'INFO' : severity,
    model,
    retrain: retrainOf(items),
    run: null,
    asOf: null,
    session: null,
    occurredAt: now,
    correlationId: `alert-group:${String(sequence)}`,
    temporalUrl: items.length === 1 ? (items[0]?.content?.link ?? null) : null,
    status: counts.firing > 0 ? 'firing' : 'resolved',
    receiver,
    groupLabels: { ...groupLabels },
    sequence,
    step,
    firing: counts.firing,
    resolved: counts.newResolved,
    items: groupItems(items),
    recipients: [...recipients],
  });
}
