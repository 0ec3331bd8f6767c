import type { MarketRules } from '../rules.ts';
import { tickAt } from '../rules.ts';
import type { RandomStream } from '../random.ts';

/** One daily bar, unadjusted, in ticks of the market. */
export interface Bar {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

/** Rounds to the tick at that price, towards the nearest, the floor or the ceiling. */
export function toTick(rules: MarketRules, price: number, round: (value: number) => number): number {
  const tick = tickAt(rules, price);
  // Ticks are decimal fractions; the second rounding takes the binary dust off 0.05 x 413.
  return Math.max(tick, Math.round(round(price / tick) * tick * 100) / 100);
}

/** Highest and lowest price of a session: the limit from the reference price, inside by up to a tick. */
export function limitPrices(
  rules: MarketRules,
  reference: number,
  limit: number | null,
): { readonly low: number; readonly high: number } {
  if (limit === null) return { low: 0, high: Infinity };
  return {
    low: toTick(rules, reference * (1 - limit), (value) => Math.ceil(value - 1e-9)),
    high: toTick(rules, reference * (1 + limit), (value) => Math.floor(value + 1e-9)),
  };
}

/**
 * Makes the bar of a session that returns `logReturn` from its reference price. The close is what the limits and ticks
 * leave of it; the open gaps by a part of the return, high and low reach beyond both by half-normal amounts.
 */
export function makeBar(
  rules: MarketRules,
  reference: number,
  logReturn: number,
  volatility: number,
  limit: number | null,
  random: RandomStream,
): Bar {
  const { low: floor, high: ceiling } = limitPrices(rules, reference, limit);
  const within = (price: number): number =>
    Math.min(ceiling, Math.max(floor, toTick(rules, price, Math.round)));
  const close = within(reference * Math.exp(logReturn));
  const open = within(reference * Math.exp(0.35 * logReturn + 0.3 * volatility * random.normal()));
  const up = 0.4 * volatility * Math.abs(random.normal());
  const down = 0.4 * volatility * Math.abs(random.normal());
  return {
    open,
    high: within(Math.max(open, close) * Math.exp(up)),
    low: within(Math.min(open, close) * Math.exp(-down)),
    close,
  };
}
