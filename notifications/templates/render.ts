import type { NotificationEvent } from '../../contracts/notification.ts';
import { composeMessage } from './compose.ts';
import { clip, plainProse } from './format.ts';
import { identityFacts } from './message.ts';
import type { Message } from './message.ts';
import type { Wording } from './wording.ts';

/** What is sent when a template throws: the bare facts, and which template it was. */
export function fallbackMessage(event: NotificationEvent, template: string, failure: unknown): Message {
  const reason = failure instanceof Error ? failure.message : String(failure);
  return {
    severity: event.severity,
    headline: `${event.model ?? 'contender'}: ${event.kind}`,
    needed: `Read the facts below: the template ${template} could not put them into words.`,
    facts: [{ label: 'Template', value: `${template}: ${clip(plainProse(reason), 300)}` }],
    verdicts: [],
    quotes: [{ label: 'Facts', text: clip(JSON.stringify(event, undefined, 1), 2500) }],
    actions: [],
    series: [],
    links: [],
    words: { language: 'en', dashboardUrl: null },
    temporalUrl: event.temporalUrl,
    identity: identityFacts(event),
  };
}

/**
 * Puts an event into words and dresses it for a channel. A template that throws never keeps a message back: the bare facts
 * are sent instead and name it.
 */
export function renderEvent<T>(event: NotificationEvent, words: Wording, dress: (message: Message) => T): T {
  try {
    return dress(composeMessage(event, words));
  } catch (failure) {
    return dress(fallbackMessage(event, `${event.kind} (${words.language})`, failure));
  }
}
