import type { Market } from '../contracts/primitives.ts';
import type { PortfolioSpec } from '../contracts/spec.ts';
import type { SessionCalendar } from './calendar.ts';
import { inForce, spanHolding } from './dated.ts';
import type { LotBand, MarketRules, OddLotTrading, ShortSaleBan } from './rules/definition.ts';
import { XNYS_RULES } from './rules/xnys.ts';
import { XTAI_RULES } from './rules/xtai.ts';

export type { MarketRules } from './rules/definition.ts';

const RULES: Readonly<Record<Market, MarketRules>> = { XTAI: XTAI_RULES, XNYS: XNYS_RULES };

export const marketRules = (market: Market): MarketRules => RULES[market];

/** Cost of one side as the evaluation charges it. Basis points of the traded notional. */
export interface TradingCosts {
  readonly buyBps: number;
  readonly sellBps: number;
}

/**
 * What the evaluation charges: nothing when the portfolio says so, else the market's fees, less the broker's discount on
 * them if there is one, and the tax of positions that are held over a night. The tax is the newest; Taiwan's has been the
 * same since 1993. A least fee per order is not part of it, since returns are fractions of a book of no stated size: the gate
 * `capacity` charges it for one (`leastFee`).
 */
export function tradingCosts(rules: MarketRules, costs: PortfolioSpec['costs']): TradingCosts {
  if (costs === 'none') return { buyBps: 0, sellBps: 0 };
  const discount = costs === 'market' ? 0 : rules.brokerageBps * costs.brokerageDiscount;
  const tax = rules.sellTaxBps.at(-1)?.value ?? 0;
  return { buyBps: rules.buyFeeBps - discount, sellBps: rules.sellFeeBps - discount + tax };
}

/**
 * What an order pays at least, in the market's currency, and the fee in basis points that is measured against it; nothing when
 * the portfolio pays no costs. Odd lots, which are orders of their own, are left out: sizes of orders are in money here.
 */
export function leastFee(
  rules: MarketRules,
  costs: PortfolioSpec['costs'],
): { readonly perOrder: number; readonly feeBps: number } {
  if (costs === 'none') return { perOrder: 0, feeBps: 0 };
  const discount = costs === 'market' ? 0 : costs.brokerageDiscount;
  return { perOrder: rules.minimumFee, feeBps: rules.brokerageBps * (1 - discount) };
}

/** Instant at which the rows of a session are decided: what is known by then is what its features may see. */
export function decisionInstant(calendar: SessionCalendar, session: string): string {
  const { decisionLagMinutes } = RULES[calendar.market];
  return new Date(
    Date.parse(calendar.session(session).closeInstant) + decisionLagMinutes * 60_000,
  ).toISOString();
}

/** The limit in force on a date as a fraction; null when prices move freely. */
export const priceLimitOn = (rules: MarketRules, date: string): number | null =>
  inForce(
    rules.priceLimits.map(({ from, fraction }) => ({ from, value: fraction })),
    date,
  );

/** Price step at a price, in the market's currency, by the newest table. */
export const tickAt = (rules: MarketRules, price: number): number => tickOn(rules, price, '9999-12-31');

/** Price step at a price on a date; before the first table, that of the first. */
export function tickOn(rules: MarketRules, price: number, date: string): number {
  const bands = inForce(rules.tickTables, date) ?? rules.tickTables[0]?.value ?? [];
  for (const { below, tick } of bands) if (price < below) return tick;
  return bands.at(-1)?.tick ?? 0.01;
}

/** Shares of one board lot (US: round lot) at a price on a date. */
export function lotOn(rules: MarketRules, price: number, date: string): number {
  const bands: readonly LotBand[] = inForce(rules.lots, date) ?? rules.lots[0]?.value ?? [];
  return bands.find(({ below }) => price < below)?.shares ?? 1;
}

export const oddLotTradingOn = (rules: MarketRules, date: string): OddLotTrading | null =>
  inForce(rules.oddLots, date);

/** The ban that keeps a symbol from being sold short on a date; null when none does. */
export const shortSaleBan = (rules: MarketRules, symbol: string, date: string): ShortSaleBan | null =>
  spanHolding(
    rules.shortSaleBans.filter(({ symbols }) => symbols === null || symbols.includes(symbol)),
    date,
  );
