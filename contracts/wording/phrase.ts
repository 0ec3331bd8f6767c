import { closedUp } from './closed-up.ts';

/**
 * Sentences of the record in another language. What is recorded, hashed and signed is English; a phrase says how one such
 * sentence reads in Chinese, with every number, name and date taken out of the recorded sentence itself, so that no reader
 * is told another number than the one that was signed.
 *
 * English of a phrase: `{#n}` a number; `{$m}` an amount such as `22 million`; `{x}` any text, kept; `{?x}` any text, told
 * in Chinese when it is itself a phrase; `{*x}` the same for each of several, with commas between; `(s)` an `s` that may be missing, or itself.
 */
export type Phrase = readonly [english: string, chinese: string];

type Slot = 'number' | 'money' | 'text' | 'phrase' | 'list';
type Part =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'plural' }
  | { readonly kind: Slot; readonly name: string };

/** A phrase whose English is taken apart. */
export interface ReadPhrase {
  readonly parts: readonly Part[];
  readonly english: string;
  readonly chinese: string;
}

const MARKS: Readonly<Record<string, Slot>> = {
  '#': 'number',
  $: 'money',
  '?': 'phrase',
  '*': 'list',
  '': 'text',
};
const SLOT = /\{([#$?*]?)(\w+)\}|\(s\)/gu;
const SENTENCE_END = /\. [A-Z]|\.$/u;
const NUMBER = /[-+−]?(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[-+]?\d+)?|NaN|Infinity)/iuy;
const MONEY = /(\d[\d,]*(?:\.\d+)?)( million| billion)?/uy;

export function readPhrase([english, chinese]: Phrase): ReadPhrase {
  const parts: Part[] = [];
  let from = 0;
  for (const found of english.matchAll(SLOT)) {
    if (found.index > from) parts.push({ kind: 'literal', text: english.slice(from, found.index) });
    const [all, mark = '', name = ''] = found;
    parts.push(all === '(s)' ? { kind: 'plural' } : { kind: MARKS[mark] ?? 'text', name });
    from = found.index + all.length;
  }
  if (from < english.length) parts.push({ kind: 'literal', text: english.slice(from) });
  return { parts, english, chinese };
}

export type Values = ReadonlyMap<string, { readonly kind: Slot; readonly text: string }>;

/**
 * What stands in the slots; null when the text is no such sentence. Goes from left to right and never back, so that the
 * time grows with the length of the text whatever somebody wrote into it.
 */
export function valuesOf({ parts }: ReadPhrase, text: string): Values | null {
  const values = new Map<string, { kind: Slot; text: string }>();
  let at = 0;
  for (const [index, part] of parts.entries()) {
    if (part.kind === 'literal') {
      if (!text.startsWith(part.text, at)) return null;
      at += part.text.length;
    } else if (part.kind === 'plural') {
      at += text.startsWith('(s)', at) ? 3 : text[at] === 's' ? 1 : 0;
    } else {
      const end = endOf(part.kind, text, at, parts.slice(index + 1));
      if (end <= at) return null;
      // A name ends with its sentence; what follows is another one.
      if (part.kind === 'text' && SENTENCE_END.test(text.slice(at, end))) return null;
      values.set(part.name, { kind: part.kind, text: text.slice(at, end) });
      at = end;
    }
  }
  return at === text.length ? values : null;
}

function endOf(kind: Slot, text: string, at: number, rest: readonly Part[]): number {
  if (kind === 'number' || kind === 'money') {
    const pattern = kind === 'number' ? NUMBER : MONEY;
    pattern.lastIndex = at;
    return pattern.test(text) ? pattern.lastIndex : -1;
  }
  const [next] = rest;
  if (next?.kind !== 'literal') return text.length;
  // The last words of the sentence stand at its end, wherever else they stand in a name.
  return rest.length === 1 ? text.length - next.text.length : text.indexOf(next.text, at);
}

/** `22 million` is 2,200 萬, `1.5 billion` is 15 億: the units that Taiwan counts money in. */
export function chineseMoney(text: string): string {
  const [, digits = '', unit = ''] = /^([\d.,]+)( million| billion)?$/u.exec(text) ?? [];
  const amount = Number(digits.replaceAll(',', ''));
  if (unit === ' million') {
    return amount >= 100 ? `${grouped(amount / 100)} 億` : `${grouped(amount * 100)} 萬`;
  }
  return unit === ' billion' ? `${grouped(amount * 10)} 億` : text;
}

/** Three figures stand in the record; a product of them by a power of ten has no more. */
const grouped = (value: number): string =>
  String(Number(value.toPrecision(6))).replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/gu, ',');

const NAMED = /\{(\w+)\}/gu;

/** The Chinese of a phrase with values in its places. */
export function filled(chinese: string, valueOf: (name: string) => string): string {
  return closedUp(chinese.replaceAll(NAMED, (_, name: string) => valueOf(name)));
}
