/** A rule that holds from a date on, until a later one of the same list begins. */
export interface From<T> {
  /** Date of the market's calendar, inclusive. */
  readonly from: string;
  readonly value: T;
}

/** A rule that holds on a closed range of dates; `to` null: still in force. */
export interface Span {
  readonly from: string;
  readonly to: string | null;
}

/** The value in force on a date of a list in order of date; null before its first one. */
export function inForce<T>(rules: readonly From<T>[], date: string): T | null {
  let value: T | null = null;
  for (const rule of rules) if (rule.from <= date) value = rule.value;
  return value;
}

/** The first rule whose range holds a date; null when none does. */
export const spanHolding = <T extends Span>(rules: readonly T[], date: string): T | null =>
  rules.find(({ from, to }) => from <= date && (to === null || date <= to)) ?? null;
