import type { Market } from '../contracts/primitives.ts';
import type { PortfolioSpec } from '../contracts/spec.ts';
import type { SessionCalendar } from './calendar.ts';
import { MARKET_ZONE, type Zone } from './zone.ts';

/** A daily price limit in force from a date on: the largest move from the reference price, as a fraction. */
export interface PriceLimit {
  readonly from: string;
  readonly fraction: number;
}

/** Prices below `below` move in steps of `tick`, in the market's currency. */
export interface TickBand {
  readonly below: number;
  readonly tick: number;
}

/** What trading on a market costs and how far prices move. Basis points of the traded notional. */
export interface MarketRules {
  readonly market: Market;
  readonly zone: Zone;
  readonly currency: 'TWD' | 'USD';
  /** Minutes after the close at which a session's rows are decided. */
  readonly decisionLagMinutes: number;
  readonly buyFeeBps: number;
  readonly sellFeeBps: number;
  /** Levied on sales only, on top of the fee. */
  readonly sellTaxBps: number;
  /** Sessions per year that ratios are annualised with. */
  readonly annualSessions: number;
  /** In order of date; empty when the market knows none. */
  readonly priceLimits: readonly PriceLimit[];
  /** In order of price; the last band is open. */
  readonly ticks: readonly TickBand[];
}

/** Cost of one side as the evaluation charges it. */
export interface TradingCosts {
  readonly buyBps: number;
  readonly sellBps: number;
}

const RULES: Readonly<Record<Market, MarketRules>> = {
  XTAI: {
    market: 'XTAI',
    zone: MARKET_ZONE.XTAI,
    currency: 'TWD',
    // The exchange publishes the day's bars at about 14:00, half an hour after the close; an hour leaves a margin.
    decisionLagMinutes: 60,
    // Brokerage at the statutory ceiling of 0.1425 %, without a discount: what anybody pays.
    buyFeeBps: 14.25,
    sellFeeBps: 14.25,
    // Securities transaction tax, 0.3 % of sales of shares (day trades are taxed less; positions here last days).
    sellTaxBps: 30,
    // 245.9 sessions a year on average traded from 2011 to 2020.
    annualSessions: 246,
    priceLimits: [
      { from: '1989-10-11', fraction: 0.07 },
      { from: '2015-06-01', fraction: 0.1 },
    ],
    ticks: [
      { below: 10, tick: 0.01 },
      { below: 50, tick: 0.05 },
      { below: 100, tick: 0.1 },
      { below: 500, tick: 0.5 },
      { below: 1000, tick: 1 },
      { below: Infinity, tick: 5 },
    ],
  },
  XNYS: {
    market: 'XNYS',
    zone: MARKET_ZONE.XNYS,
    currency: 'USD',
    decisionLagMinutes: 60,
    // No commission. A large cap quotes 1 to 3 bps wide, so half a spread is about 1 bp; the regulatory fee on sales
    // (SEC section 31, below 0.3 bp) and a little slippage fill it up to 2 bps a side.
    buyFeeBps: 2,
    sellFeeBps: 2,
    sellTaxBps: 0,
    annualSessions: 252,
    priceLimits: [],
    ticks: [{ below: Infinity, tick: 0.01 }],
  },
};

export const marketRules = (market: Market): MarketRules => RULES[market];

/** What the evaluation charges: the market's fees and tax, or nothing when the portfolio says so. */
export function tradingCosts(rules: MarketRules, costs: PortfolioSpec['costs']): TradingCosts {
  if (costs === 'none') return { buyBps: 0, sellBps: 0 };
  return { buyBps: rules.buyFeeBps, sellBps: rules.sellFeeBps + rules.sellTaxBps };
}

/** Instant at which the rows of a session are decided: what is known by then is what its features may see. */
export function decisionInstant(calendar: SessionCalendar, session: string): string {
  const { decisionLagMinutes } = RULES[calendar.market];
  return new Date(
    Date.parse(calendar.session(session).closeInstant) + decisionLagMinutes * 60_000,
  ).toISOString();
}

/** The limit in force on a date as a fraction; null when prices move freely. */
export function priceLimitOn(rules: MarketRules, date: string): number | null {
  let limit: number | null = null;
  for (const { from, fraction } of rules.priceLimits) if (from <= date) limit = fraction;
  return limit;
}

/** Price step at a price, in the market's currency. */
export function tickAt(rules: MarketRules, price: number): number {
  for (const { below, tick } of rules.ticks) if (price < below) return tick;
  return rules.ticks.at(-1)?.tick ?? 0.01;
}
