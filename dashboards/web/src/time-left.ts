import type { Telling } from './i18n/telling.ts';

/** ` · 3 hr 20 min left`, behind a deadline; empty when it has passed, or nobody knows what time it is. */
export function timeLeft(deadline: string, now: number | null, { t, format }: Telling): string {
  const left = now === null ? 0 : Date.parse(deadline) - now;
  return left > 0 ? t('time.left', { span: format.span(left) }) : '';
}
