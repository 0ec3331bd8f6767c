import type { Telling } from './i18n/telling.ts';
import type { TextId } from './i18n/text-id.ts';

/** In what two are compared, with the digits in which that is written. */
const MEASURES = {
  sharpe: { digits: 2, times: 1 },
  daily: { digits: 1, times: 10_000 },
  annual: { digits: 1, times: 100 },
} as const;

/**
 * Who leads and who trails, by name: a difference with a sign leaves open which of the two was taken from the other. What
 * rounds to nothing is a lead of neither.
 */
export function leadText(
  { who, whom, measure }: { who: TextId; whom: TextId; measure: keyof typeof MEASURES },
  difference: number,
  { t, format }: Telling,
): string {
  const { digits, times } = MEASURES[measure];
  const size = Math.abs(times * difference);
  const amount = format.number(size, digits);
  const level = Number(size.toFixed(digits)) === 0;
  return t(level ? 'lead.level' : difference > 0 ? 'lead.ahead' : 'lead.behind', {
    ...{ who: t(who), whom: t(whom) },
    measure: t(`lead.in.${measure}`),
    by: t(`lead.by.${measure}`, { amount }),
  });
}
