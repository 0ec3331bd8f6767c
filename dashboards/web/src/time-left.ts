import type { Telling } from './i18n/telling.ts';

const MINUTE_MS = 60_000;

/**
 * ` · 3 hr 20 min left`, behind a deadline, or a sentence of it; empty when it has passed, or nobody knows what time it is.
 * Whole minutes, and never one more than there is: the same everywhere on a page, and read aloud once a minute at most.
 */
export function timeLeft(
  deadline: string,
  now: number | null,
  { t, format }: Telling,
  words: 'time.left' | 'short.left' = 'time.left',
): string {
  const left = now === null ? 0 : Date.parse(deadline) - now;
  if (!(left > 0)) return '';
  const minutes = Math.floor(left / MINUTE_MS);
  return t(words, { span: minutes === 0 ? t('time.moments') : format.span(minutes * MINUTE_MS) });
}
