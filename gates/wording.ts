import { decimalsOf, written } from '../contracts/decimals.ts';

/** Numbers as a quant lead reads them. */

const MAX_DECIMALS = 10;

/** A number with at least `decimals` decimals, more when it would otherwise look equal to `other`, or to zero. */
export function figure(value: number, decimals: number, other: number | null = null): string {
  if (other === null || value === other) return written(value, decimals);
  for (let digits = decimalsOf(value, decimals); digits < MAX_DECIMALS; digits += 1) {
    if (value.toFixed(digits) !== other.toFixed(digits)) return value.toFixed(digits);
  }
  return value.toPrecision(15);
}

/** A fraction as a percentage, again with more decimals when it would look equal to `other`. */
export function percent(fraction: number, decimals: number, other: number | null = null): string {
  return `${figure(100 * fraction, decimals, other === null ? null : 100 * other)} %`;
}

/** Thousands separated by commas, without asking the machine's locale. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/gu, ',');
}

/** `1 trial`, `2 trials`. */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** A number of effective trials: whole, or with one decimal. */
export function trialsFigure(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

/** An amount of money in three figures: `950,000`, `22 million`, `1.5 billion`. */
export function moneyFigure(amount: number): string {
  const [unit, name] = amount >= 1e9 ? [1e9, ' billion'] : amount >= 1e6 ? [1e6, ' million'] : [1, ''];
  return `${count(Number((amount / unit).toPrecision(3)))}${name}`;
}
