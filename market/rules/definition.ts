import type { Market } from '../../contracts/primitives.ts';
import type { From, Span } from '../dated.ts';
import type { Zone } from '../zone.ts';

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

/** Prices below `below` trade in lots of `shares`; less is an odd lot. */
export interface LotBand {
  readonly below: number;
  readonly shares: number;
}

/** Local hours, `HH:MM`, of trading outside the regular session; the session's own hours are the calendar's. */
export interface ExtendedHours {
  readonly preOpens: string;
  readonly postOpens: string;
  readonly postCloses: string;
  /** After an early close: the post market moves with the session, or is not held (null). */
  readonly earlyPostCloses: string | null;
}

/** How odd lots trade. */
export type OddLotTrading = 'after-hours' | 'intraday';

/** A time in which shares may not be sold short. `symbols` null: the whole market. */
export interface ShortSaleBan extends Span {
  readonly symbols: readonly string[] | null;
  readonly reason: string;
}

/** Dated facts of one market. Every list is in order of date or price; basis points are of the traded notional. */
export interface MarketRules {
  readonly market: Market;
  readonly zone: Zone;
  readonly currency: 'TWD' | 'USD';
  /** Smallest amount of the currency that is charged; fees and taxes are rounded down to it. */
  readonly smallestCharge: number;
  /** Minutes after the close at which a session's rows are decided. */
  readonly decisionLagMinutes: number;
  /** Length of a regular session; an early close is a shorter one. */
  readonly sessionMinutes: number;
  readonly extendedHours: ExtendedHours;
  /** What the evaluation charges on either side, tax apart; the commission is part of it. */
  readonly buyFeeBps: number;
  readonly sellFeeBps: number;
  /** Commission of a broker on either side, before a discount. */
  readonly brokerageBps: number;
  /** Least fee of one order; 0 where there is none. */
  readonly minimumFee: number;
  /** Levied on sales only, on top of the fee. */
  readonly sellTaxBps: readonly From<number>[];
  /** Instead of `sellTaxBps` for what is bought and sold on one day; none: the same tax. */
  readonly dayTradeTaxBps: readonly From<number>[];
  /** Fee on sales that a regulator sets anew now and then, in basis points. */
  readonly regulatoryFeeBps: readonly From<number>[];
  /** Sessions per year that ratios are annualised with. */
  readonly annualSessions: number;
  /** Empty when the market knows none. */
  readonly priceLimits: readonly PriceLimit[];
  /** First sessions of a new listing that have no price limit. */
  readonly unlimitedListingSessions: readonly From<number>[];
  /** The last band of each table is open. */
  readonly tickTables: readonly From<readonly TickBand[]>[];
  readonly lots: readonly From<readonly LotBand[]>[];
  readonly oddLots: readonly From<OddLotTrading>[];
  /** Settlement days after the trade on which cash and shares change hands. */
  readonly settlementLag: readonly From<number>[];
  readonly shortSaleBans: readonly ShortSaleBan[];
  /** Halts within a session that a daily bar does not show, in words. */
  readonly intradayHalts: readonly From<string>[];
}
