import { ALERT_PHRASES } from './alert-phrases.ts';
import { CAUTION_PHRASES } from './caution-phrases.ts';
import { CODE_TITLES } from './code-titles.ts';
import { FAILURE_PHRASES } from './failure-phrases.ts';
import { FIGURE_PHRASES } from './figure-phrases.ts';
import { GATE_PHRASES } from './gate-phrases.ts';
import { MONITORING_PHRASES } from './monitoring-phrases.ts';
import { chineseMoney, filled, readPhrase, valuesOf } from './phrase.ts';
import type { Phrase, ReadPhrase } from './phrase.ts';
import { REFUSAL_PHRASES } from './refusal-phrases.ts';
import { REQUEST_PHRASES } from './request-phrases.ts';
import { RETRAIN_PHRASES } from './retrain-phrases.ts';
import { SHADOW_PHRASES } from './shadow-phrases.ts';
import { SLACK_PHRASES } from './slack-phrases.ts';
import { STATE_PHRASES } from './state-phrases.ts';

/** A recorded sentence as a reader is shown it. `language` is that of the text: English where nothing else is known. */
export interface Told {
  readonly text: string;
  readonly language: 'en' | 'zh-TW';
}

/** Every sentence that is told in Chinese. */
export const PHRASES: readonly Phrase[] = [
  ...GATE_PHRASES,
  ...CAUTION_PHRASES,
  ...SHADOW_PHRASES,
  ...MONITORING_PHRASES,
  ...RETRAIN_PHRASES,
  ...ALERT_PHRASES,
  ...REFUSAL_PHRASES,
  ...REQUEST_PHRASES,
  ...STATE_PHRASES,
  ...SLACK_PHRASES,
  ...CODE_TITLES,
  ...FAILURE_PHRASES,
  ...FIGURE_PHRASES,
];

/** Longer than any sentence of the record; what people write may be longer and is never told otherwise. */
const LONGEST = 4000;
/** A sentence in a sentence in a sentence; names stand deeper. */
const DEEPEST = 8;

const read: readonly ReadPhrase[] = PHRASES.map(readPhrase);
/** By the letters they begin with; those that begin with a slot may begin with any. */
const byBeginning = new Map<string, ReadPhrase[]>();
const anyBeginning: ReadPhrase[] = [];
for (const phrase of read) {
  const [first] = phrase.parts;
  if (first?.kind !== 'literal') anyBeginning.push(phrase);
  else {
    const key = first.text.slice(0, 2);
    byBeginning.set(key, [...(byBeginning.get(key) ?? []), phrase]);
  }
}

/**
 * A sentence of the record in a reader's language: gates, shadow, guard, decay, alerts, failures, figures. A sentence that is
 * no known one (of another release, or written by a person) stays as it is, and is said to be English.
 */
export function told(recorded: string, language: string): Told {
  if (language !== 'zh-TW' || recorded.length > LONGEST) return { text: recorded, language: 'en' };
  const chinese = inChinese(recorded, 0);
  return chinese === null ? { text: recorded, language: 'en' } : { text: chinese, language: 'zh-TW' };
}

function inChinese(text: string, depth: number): string | null {
  if (text.includes('\n')) {
    const lines = text.split('\n').map((line) => ({ line, chinese: inChinese(line, depth) }));
    // What a person wrote may stand below a sentence of ours.
    if (lines.every(({ chinese }) => chinese === null)) return null;
    return lines.map(({ line, chinese }) => chinese ?? line).join('\n');
  }
  return wholly(text, depth) ?? ended(text, depth) ?? joined(text, depth);
}

function wholly(text: string, depth: number): string | null {
  for (const phrase of [...(byBeginning.get(text.slice(0, 2)) ?? []), ...anyBeginning]) {
    const values = valuesOf(phrase, text);
    if (values === null) continue;
    return filled(phrase.chinese, (name) => {
      const value = values.get(name);
      if (value === undefined) return '';
      if (value.kind === 'money') return chineseMoney(value.text);
      const tell = (part: string): string => (depth >= DEEPEST ? null : inChinese(part, depth + 1)) ?? part;
      if (value.kind === 'list') return value.text.split(', ').map(tell).join('、');
      return value.kind === 'phrase' ? tell(value.text) : value.text;
    });
  }
  return null;
}

function ended(text: string, depth: number): string | null {
  if (!text.endsWith('.')) return null;
  const bare = wholly(text.slice(0, -1), depth);
  return bare === null ? null : `${bare}。`;
}

/** Sentences behind one another; one that is not known leaves them all as they are. */
function joined(text: string, depth: number): string | null {
  if (depth >= DEEPEST) return null;
  for (const [between, mark] of [
    [/; /u, '；'],
    [/(?<=\.) (?=[A-Z\d])/u, ''],
  ] as const) {
    const pieces = text.split(between);
    if (pieces.length === 1) continue;
    const chinese = pieces.map((piece) => inChinese(piece, depth + 1));
    if (chinese.every((piece) => piece !== null)) return chinese.join(mark);
  }
  return null;
}
