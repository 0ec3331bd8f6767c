import type { MarketRules } from '../rules.ts';
import { tickOn } from '../rules.ts';
import type { LimitPrices } from '../price-limits.ts';
import type { RandomStream } from '../random.ts';
import type { BarDynamics } from './dynamics.ts';

/** One daily bar, unadjusted, in ticks of the market. */
export interface Bar {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

/** The nearest price on the grid of ticks, one tick at least. */
function toTick(rules: MarketRules, price: number, date: string): number {
  const tick = tickOn(rules, price, date);
  // Ticks are decimal fractions; the second rounding takes the binary dust off 0.05 x 413.
  return Math.max(tick, Math.round(Math.round(price / tick) * tick * 100) / 100);
}

/** Where and when a bar is made. */
export interface BarSetting {
  readonly rules: MarketRules;
  readonly date: string;
  /** The close before, less what went ex. */
  readonly reference: number;
  /** Null: a session without price limits. */
  readonly limits: LimitPrices | null;
}

/**
 * Makes the bar of a session that returns `logReturn` from its reference price. The close is what the limits and ticks
 * leave of it; the open gaps by a part of the return, high and low reach beyond both by half-normal amounts.
 */
export function makeBar(
  { rules, date, reference, limits }: BarSetting,
  logReturn: number,
  volatility: number,
  random: RandomStream,
  { openShare, openNoise, reach }: BarDynamics,
): Bar {
  const { low: floor, high: ceiling } = limits ?? { low: 0, high: Infinity };
  const within = (price: number): number => Math.min(ceiling, Math.max(floor, toTick(rules, price, date)));
  const close = within(reference * Math.exp(logReturn));
  const open = within(reference * Math.exp(openShare * logReturn + openNoise * volatility * random.normal()));
  const up = reach * volatility * Math.abs(random.normal());
  const down = reach * volatility * Math.abs(random.normal());
  return {
    open,
    high: within(Math.max(open, close) * Math.exp(up)),
    low: within(Math.min(open, close) * Math.exp(-down)),
    close,
  };
}
