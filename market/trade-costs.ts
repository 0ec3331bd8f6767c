import { inForce } from './dated.ts';
import { TradeInvalid } from './errors.ts';
import { lotOn } from './rules.ts';
import type { MarketRules } from './rules/definition.ts';

export interface Trade {
  readonly side: 'buy' | 'sell';
  /** In the market's currency. */
  readonly price: number;
  readonly shares: number;
  readonly date: string;
  /** Bought and sold within one session. */
  readonly dayTrade: boolean;
  /** Share of the brokerage that the broker gives back, 0 .. 1. */
  readonly brokerageDiscount: number;
}

/** Amounts in the market's currency. */
export interface TradeCosts {
  readonly notional: number;
  readonly brokerage: number;
  readonly tax: number;
  readonly regulatoryFee: number;
  readonly total: number;
  /** Total over notional. */
  readonly totalBps: number;
  readonly boardLots: number;
  /** Shares that are no whole lot; they are an order of their own, and pay the least fee of one. */
  readonly oddShares: number;
}

/**
 * What brokers, tax and regulators take of an order on a date; spread and slippage apart. Throws `TradeInvalid` naming the
 * field.
 */
export function tradeCosts(rules: MarketRules, trade: Trade): TradeCosts {
  check(trade);
  const { side, price, shares, date, dayTrade, brokerageDiscount } = trade;
  const lot = lotOn(rules, price, date);
  const oddShares = shares % lot;
  const notional = price * shares;
  const feeBps = rules.brokerageBps * (1 - brokerageDiscount);
  const orders = [price * (shares - oddShares), price * oddShares].filter((amount) => amount > 0);
  const brokerage = orders.reduce(
    (sum, amount) => sum + Math.max(rules.minimumFee, charge(rules, amount, feeBps)),
    0,
  );
  const tax = side === 'buy' ? 0 : charge(rules, notional, taxBps(rules, date, dayTrade));
  const regulatoryFee =
    side === 'buy' ? 0 : charge(rules, notional, inForce(rules.regulatoryFeeBps, date) ?? 0);
  const total = brokerage + tax + regulatoryFee;
  return {
    notional,
    brokerage,
    tax,
    regulatoryFee,
    total,
    totalBps: (10_000 * total) / notional,
    boardLots: (shares - oddShares) / lot,
    oddShares,
  };
}

function taxBps(rules: MarketRules, date: string, dayTrade: boolean): number {
  const usual = inForce(rules.sellTaxBps, date) ?? 0;
  return dayTrade ? (inForce(rules.dayTradeTaxBps, date) ?? usual) : usual;
}

/** Rounded down to the smallest amount that is charged. */
const charge = (rules: MarketRules, amount: number, bps: number): number => {
  const units = (amount * bps) / 10_000 / rules.smallestCharge;
  // 0.3 % of 100,000 is 300, not 299.99999.
  return Math.round(Math.floor(units + 1e-6) * rules.smallestCharge * 100) / 100;
};

function check({ price, shares, brokerageDiscount }: Trade): void {
  const refuse = (field: string, value: number, wanted: string): never => {
    throw new TradeInvalid(`${field} is ${String(value)}, not ${wanted}`, {
      remedy: 'Correct the number.',
      details: { field, value },
    });
  };
  if (!(Number.isFinite(price) && price > 0)) refuse('price', price, 'a positive price');
  if (!(Number.isSafeInteger(shares) && shares > 0)) refuse('shares', shares, 'a whole number of shares');
  if (!(brokerageDiscount >= 0 && brokerageDiscount <= 1)) {
    refuse('brokerageDiscount', brokerageDiscount, 'a fraction between 0 and 1');
  }
}
