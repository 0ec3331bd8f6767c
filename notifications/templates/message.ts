import type { AlertSeries } from '../../contracts/alert.ts';
import type { NotificationEvent, NotificationSeverity } from '../../contracts/notification.ts';
import type { GateVerdict } from '../../contracts/verdict.ts';
import { GATE_NAMES_ZH } from '../../contracts/wording/gate-names.ts';
import { formatInstant } from './format.ts';
import { CHINESE_LABELS } from './chinese.ts';
import type { Wording } from './wording.ts';

/** A label with its value, shown side by side. */
export interface Fact {
  readonly label: string;
  readonly value: string;
}

/** Text that somebody else wrote. A renderer shows it apart from our own words and never interprets it. */
export interface Quote {
  readonly label: string;
  readonly text: string;
}

/** What the reader can paste into a shell, and what it does. */
export interface NextAction {
  readonly label: string;
  readonly command: string;
}

/**
 * One notification before it is dressed for a channel. The reader may be a quant lead at lunch or an engineer woken at
 * night: the headline says what happened, `needed` says what is wanted from whom, and everything else is evidence.
 */
export interface Message {
  readonly severity: NotificationSeverity;
  /** What happened. Holds only words of ours and values with a strict form, because it becomes a mail subject. */
  readonly headline: string;
  /** What is needed from whom, or that nothing is. */
  readonly needed: string;
  readonly facts: readonly Fact[];
  readonly verdicts: readonly GateVerdict[];
  readonly quotes: readonly Quote[];
  readonly actions: readonly NextAction[];
  /** Drawn in mails. */
  readonly series: readonly AlertSeries[];
  /** Pages to open. */
  readonly links: readonly { readonly label: string; readonly url: string }[];
  readonly words: Wording;
  readonly temporalUrl: string | null;
  /** What identifies the event; small print. */
  readonly identity: readonly Fact[];
}

/** The part of a message that differs by kind. */
export type Body = Omit<Message, 'severity' | 'series' | 'links' | 'words' | 'temporalUrl' | 'identity'>;

/** The small print that every message ends with. */
export function identityFacts(event: NotificationEvent): readonly Fact[] {
  const facts: Fact[] = event.model === null ? [] : [{ label: 'Model', value: event.model }];
  if (event.retrain !== null) facts.push({ label: 'Retrain', value: event.retrain });
  if (event.asOf !== null) facts.push({ label: 'As of', value: formatInstant(event.asOf) });
  if (event.session !== null) facts.push({ label: 'Session', value: event.session });
  facts.push(
    { label: 'Happened', value: formatInstant(event.occurredAt) },
    { label: 'Correlation', value: event.correlationId },
    { label: 'Key', value: event.dedupeKey },
  );
  return facts;
}

/** The words of the frame around a message. */
export const frameWords =
  ({ words }: Pick<Message, 'words'>) =>
  (text: string): string =>
    words.language === 'zh-TW' ? (CHINESE_LABELS[text] ?? text) : text;

const CHINESE_VERDICTS = { pass: '通過', fail: '不通過', inconclusive: '證據不足', error: '錯誤' } as const;

/** Name of a gate and of its verdict, in the words of a message. */
export function verdictWords(
  { gate, verdict }: Pick<GateVerdict, 'gate' | 'verdict'>,
  { language }: Wording,
): { readonly gate: string; readonly verdict: string } {
  if (language === 'en') return { gate, verdict };
  return { gate: GATE_NAMES_ZH[gate] ?? gate, verdict: CHINESE_VERDICTS[verdict] };
}

/** Every page that a message leads to. */
export const pagesOf = (message: Message): Message['links'] => [
  ...message.links.map(({ label, url }) => ({ label: frameWords(message)(label), url })),
  ...(message.temporalUrl === null
    ? []
    : [{ label: frameWords(message)('Open in the Temporal UI'), url: message.temporalUrl }]),
];

const URGENCY = { error: 0, fail: 1, inconclusive: 2, pass: 3 } as const;

/** What stopped the retrain first, then what is only reported; the given order within a group. */
export function sortVerdicts(verdicts: readonly GateVerdict[]): readonly GateVerdict[] {
  const rank = (verdict: GateVerdict) => (verdict.enforced ? 0 : 4) + URGENCY[verdict.verdict];
  return verdicts.toSorted((a, b) => rank(a) - rank(b));
}
