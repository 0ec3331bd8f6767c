import { MARKET_ZONE } from '../zone.ts';
import type { MarketRules } from './definition.ts';

/**
 * Taiwan Stock Exchange. Sources: Operating Rules of the exchange, articles 58-3 (lots), 62 (ticks), 63 (limits); its
 * page on new listings (no limit for five sessions from 2005-03-01); Securities Transaction Tax Act, articles 2 and 2-2.
 */
export const XTAI_RULES: MarketRules = {
  market: 'XTAI',
  zone: MARKET_ZONE.XTAI,
  currency: 'TWD',
  smallestCharge: 1,
  // The exchange publishes the day's bars at about 14:00, half an hour after the close; an hour leaves a margin.
  decisionLagMinutes: 60,
  sessionMinutes: 270,
  // Orders are taken from half an hour before the open; after hours there is one match at the closing price.
  extendedHours: { preOpens: '08:30', postOpens: '14:00', postCloses: '14:30', earlyPostCloses: null },
  // Brokerage at the statutory ceiling of 0.1425 %, without a discount: what anybody pays.
  buyFeeBps: 14.25,
  sellFeeBps: 14.25,
  brokerageBps: 14.25,
  // What brokers charge at least for one order.
  minimumFee: 20,
  // Securities transaction tax, 0.3 % of sales of shares.
  sellTaxBps: [{ from: '1993-02-01', value: 30 }],
  // Half of it for day trades, from the amendment of 2017 on, extended since.
  dayTradeTaxBps: [{ from: '2017-04-28', value: 15 }],
  regulatoryFeeBps: [],
  // 245.9 sessions a year on average traded from 2011 to 2020.
  annualSessions: 246,
  priceLimits: [
    { from: '1989-10-11', fraction: 0.07 },
    { from: '2015-06-01', fraction: 0.1 },
  ],
  unlimitedListingSessions: [{ from: '2005-03-01', value: 5 }],
  tickTables: [
    {
      from: '1989-10-11',
      value: [
        { below: 5, tick: 0.01 },
        { below: 15, tick: 0.05 },
        { below: 50, tick: 0.1 },
        { below: 150, tick: 0.5 },
        { below: 1000, tick: 1 },
        { below: Infinity, tick: 5 },
      ],
    },
    {
      from: '2005-03-01',
      value: [
        { below: 10, tick: 0.01 },
        { below: 50, tick: 0.05 },
        { below: 100, tick: 0.1 },
        { below: 500, tick: 0.5 },
        { below: 1000, tick: 1 },
        { below: Infinity, tick: 5 },
      ],
    },
  ],
  lots: [{ from: '1989-10-11', value: [{ below: Infinity, shares: 1000 }] }],
  oddLots: [
    { from: '1989-10-11', value: 'after-hours' },
    { from: '2020-10-26', value: 'intraday' },
  ],
  settlementLag: [{ from: '1989-10-11', value: 2 }],
  // Bans that leave no way to sell short; rules that only forbid it below the last close are none.
  shortSaleBans: [
    {
      from: '2008-10-01',
      to: '2008-11-27',
      symbols: null,
      reason: 'Financial Supervisory Commission: no short sales of borrowed shares or on margin',
    },
  ],
  intradayHalts: [
    {
      from: '2020-03-23',
      value: 'continuous trading; a price beyond 3.5 % of the last five minutes waits two minutes',
    },
  ],
};
