import { MARKET_ZONE } from '../zone.ts';
import type { MarketRules } from './definition.ts';

const TICK_OF_A_CENT = [
  { below: 1, tick: 0.0001 },
  { below: Infinity, tick: 0.01 },
] as const;

/**
 * New York Stock Exchange. Sources: SEC Rule 612 (ticks), Rule 15c6-1 (settlement), fee rate advisories under section 31
 * of the Exchange Act, Rule 600(b)(93) as amended (round lots), NYSE Rules 7.11 and 7.12 (halts).
 */
export const XNYS_RULES: MarketRules = {
  market: 'XNYS',
  zone: MARKET_ZONE.XNYS,
  currency: 'USD',
  smallestCharge: 0.01,
  decisionLagMinutes: 60,
  sessionMinutes: 390,
  extendedHours: { preOpens: '04:00', postOpens: '16:00', postCloses: '20:00', earlyPostCloses: '17:00' },
  // No commission. A large cap quotes 1 to 3 bps wide, so half a spread is about 1 bp; the regulatory fee on sales
  // (below 0.3 bp, dated below) and a little slippage fill it up to 2 bps a side.
  buyFeeBps: 2,
  sellFeeBps: 2,
  brokerageBps: 0,
  minimumFee: 0,
  sellTaxBps: [],
  dayTradeTaxBps: [],
  regulatoryFeeBps: [
    { from: '2014-03-18', value: 0.221 },
    { from: '2015-02-14', value: 0.184 },
    { from: '2016-02-16', value: 0.218 },
    { from: '2017-07-04', value: 0.231 },
    { from: '2018-05-22', value: 0.13 },
    { from: '2019-04-16', value: 0.207 },
    { from: '2020-02-18', value: 0.221 },
    { from: '2021-02-25', value: 0.051 },
    { from: '2022-05-14', value: 0.229 },
    { from: '2023-02-27', value: 0.08 },
    { from: '2024-05-22', value: 0.278 },
    { from: '2025-05-14', value: 0 },
  ],
  annualSessions: 252,
  priceLimits: [],
  unlimitedListingSessions: [],
  tickTables: [
    { from: '1997-06-24', value: [{ below: Infinity, tick: 0.0625 }] },
    { from: '2001-01-29', value: [{ below: Infinity, tick: 0.01 }] },
    { from: '2006-01-31', value: TICK_OF_A_CENT },
  ],
  lots: [
    { from: '1990-01-01', value: [{ below: Infinity, shares: 100 }] },
    {
      from: '2025-11-03',
      value: [
        { below: 250.01, shares: 100 },
        { below: 1000.01, shares: 40 },
        { below: 10000.01, shares: 10 },
        { below: Infinity, shares: 1 },
      ],
    },
  ],
  oddLots: [{ from: '1990-01-01', value: 'intraday' }],
  settlementLag: [
    { from: '1990-01-01', value: 5 },
    { from: '1995-06-07', value: 3 },
    { from: '2017-09-05', value: 2 },
    { from: '2024-05-28', value: 1 },
  ],
  // The ban of 2008-09-19 to 2008-10-08 named some 800 financial companies: list them in the market data (short_bans).
  shortSaleBans: [],
  intradayHalts: [
    { from: '1990-01-01', value: 'market-wide halts by the index' },
    {
      from: '2013-04-08',
      value:
        'limit up, limit down: bands of 5, 10 or 20 % around the mean of five minutes; market-wide halts at 7, 13, 20 %',
    },
  ],
};
