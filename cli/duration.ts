import { UsageError } from './errors.ts';

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Seconds of a duration such as 90s, 30m, 8h or 7d. Throws UsageError naming the option. */
export function durationSeconds(option: string, text: string): number {
  const [, amount, unit = ''] = /^(\d{1,7})([smhd])$/u.exec(text) ?? [];
  const size = UNIT_SECONDS[unit];
  if (amount === undefined || size === undefined) {
    throw new UsageError(`${option} is a number with s, m, h or d, not ${text}`, {
      remedy: `For example ${option} 8h.`,
    });
  }
  return Number(amount) * size;
}
