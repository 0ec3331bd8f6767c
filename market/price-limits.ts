import { priceLimitOn, tickOn } from './rules.ts';
import { inForce } from './dated.ts';
import type { MarketRules } from './rules/definition.ts';

/** Highest and lowest price of one session, both reachable. */
export interface LimitPrices {
  readonly low: number;
  readonly high: number;
}

/** Ticks are decimal fractions of at most four digits; a quotient this close to a whole number is one. */
const BINARY_DUST = 1e-6;
const PRICE_DIGITS = 1e4;

const clean = (price: number): number => Math.round(price * PRICE_DIGITS) / PRICE_DIGITS;

/** The highest price on the grid of ticks at or below `price`, one tick at least. */
export function tickAtOrBelow(rules: MarketRules, price: number, date: string): number {
  const tick = tickOn(rules, price, date);
  return clean(Math.max(tick, Math.floor(price / tick + BINARY_DUST) * tick));
}

/** The lowest price on the grid of ticks at or above `price`, one tick at least. */
export function tickAtOrAbove(rules: MarketRules, price: number, date: string): number {
  const tick = tickOn(rules, price, date);
  return clean(Math.max(tick, Math.ceil(price / tick - BINARY_DUST) * tick));
}

/**
 * Limit prices of a session from its reference price (the close before, less what went ex): reference x (1 +- limit),
 * brought inwards to the grid of ticks that holds at the limit price itself. A limit narrower than one tick is one tick,
 * and no price falls below one tick (Operating Rules of the Taiwan Stock Exchange, article 63). Null without a limit.
 *
 * @param reference in the market's currency, above zero; taken to two decimals, as the exchange publishes it
 */
export function limitPrices(rules: MarketRules, reference: number, date: string): LimitPrices | null {
  const fraction = priceLimitOn(rules, date);
  if (fraction === null) return null;
  const base = Math.round(reference * 100) / 100;
  const tick = tickOn(rules, base, date);
  return {
    low: Math.max(
      tickOn(rules, 0, date),
      Math.min(tickAtOrAbove(rules, base * (1 - fraction), date), clean(base - tick)),
    ),
    high: Math.max(tickAtOrBelow(rules, base * (1 + fraction), date), clean(base + tick)),
  };
}

/** First sessions of a listing that trade without a limit, for one that begins on a date. */
export const unlimitedSessionsOfListing = (rules: MarketRules, listedOn: string): number =>
  inForce(rules.unlimitedListingSessions, listedOn) ?? 0;

/** Where a close stands: at the highest price allowed (1: no seller is left), the lowest (-1: no buyer), or between. */
export type LimitLock = -1 | 0 | 1;

/** A quarter of a tick: what a price that was stored as a float32 may be off by, and more. */
const SAME_PRICE_TICKS = 0.25;

export function limitLock(
  rules: MarketRules,
  bar: { readonly close: number; readonly reference: number; readonly date: string },
): LimitLock {
  const limits = limitPrices(rules, bar.reference, bar.date);
  if (limits === null) return 0;
  const tolerance = SAME_PRICE_TICKS * tickOn(rules, bar.reference, bar.date);
  if (bar.close > limits.high - tolerance) return 1;
  return bar.close < limits.low + tolerance ? -1 : 0;
}
