import { UsageError } from './errors.ts';

/** A positive whole number given on the command line. Throws UsageError naming it. */
export function positiveNumber(name: string, text: string, most = 1_000_000_000): number {
  const value = Number(text);
  if (/^\d{1,10}$/u.test(text) && value >= 1 && value <= most) return value;
  throw new UsageError(`${name} is a whole number from 1 to ${String(most)}, not ${text}`, {
    remedy: `For example ${name} 17.`,
  });
}
