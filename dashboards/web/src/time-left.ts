import type { Telling } from './i18n/telling.ts';

/** ` · 3 hr 20 min left`, behind a deadline, or a sentence of it; empty when it has passed, or nobody knows what time it is. */
export function timeLeft(
  deadline: string,
  now: number | null,
  { t, format }: Telling,
  words: 'time.left' | 'short.left' = 'time.left',
): string {
  const left = now === null ? 0 : Date.parse(deadline) - now;
  return left > 0 ? t(words, { span: format.span(left) }) : '';
}
