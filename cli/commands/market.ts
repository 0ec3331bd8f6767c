import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { Market } from '../../contracts/primitives.ts';
import { inForce } from '../../market/dated.ts';
import { limitPrices, unlimitedSessionsOfListing } from '../../market/price-limits.ts';
import {
  lotOn,
  marketRules,
  oddLotTradingOn,
  priceLimitOn,
  shortSaleBan,
  tickOn,
} from '../../market/rules.ts';
import type { MarketRules } from '../../market/rules.ts';
import { hourlyVolume, regularSessionVolume } from '../../market/session-hours.ts';
import { type TradeCosts, tradeCosts } from '../../market/trade-costs.ts';
import { localDate } from '../../market/zone.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { table } from '../output.ts';
import { calendarDate, marketNamed } from './calendar.ts';

interface MarketOptions {
  readonly on?: string;
  readonly reference?: number;
  readonly price?: number;
  readonly shares?: number;
  readonly side: 'buy' | 'sell';
  readonly dayTrade: boolean;
  readonly discount: number;
  readonly symbol?: string;
  readonly volume?: number;
}

export function register(program: Command, context: CliContext): void {
  program
    .command('market')
    .argument('<market>', Market.options.join(' or '))
    .description('the dated rules of a market: limits, ticks, lots, fees, taxes, settlement, short sales')
    .option('--on <date>', 'date; default today in the market', calendarDate)
    .option('--reference <price>', 'reference price of the session: its limit prices', amount)
    .option('--price <price>', 'price of an order: its tick and lot; with --shares its costs', amount)
    .option('--shares <count>', 'shares of the order', amount)
    .addOption(new Option('--side <side>', 'of the order').choices(['buy', 'sell']).default('buy'))
    .option('--day-trade', 'bought and sold on one day', false)
    .option('--discount <fraction>', 'share of the brokerage that the broker gives back, 0 to 1', amount, 0)
    .option('--symbol <symbol>', 'whether it may be sold short')
    .option(
      '--volume <shares>',
      'volume of the session on --on, put on the scale of a regular session',
      amount,
    )
    .addHelpText(
      'after',
      `
Examples:
  contender market XTAI --on 2015-05-29 --reference 48.7
  contender market XTAI --on 2024-03-04 --price 580 --shares 1500 --side sell --discount 0.4
  contender market XNYS --on 2024-11-29 --volume 3500000 --json`,
    )
    .action((name: string, options: MarketOptions) => market(context, name, options));
}

function amount(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError('it has to be a number of at least 0.');
}

async function market(context: CliContext, name: string, options: MarketOptions): Promise<void> {
  const rules = marketRules(marketNamed(name));
  const date = options.on ?? localDate(rules.zone, Date.now());
  const { price, shares, reference, symbol, volume } = options;
  if (price === 0 || reference === 0) throw new UsageError('a price lies above zero');
  if (shares !== undefined && price === undefined) throw new UsageError('--shares wants --price');
  const order =
    price === undefined || shares === undefined ? null : orderCosts(rules, date, options, price, shares);
  const result = {
    ...rulesOn(rules, date),
    limits: reference === undefined ? null : limitPrices(rules, reference, date),
    tick: price === undefined ? null : tickOn(rules, price, date),
    lot: price === undefined ? null : lotOn(rules, price, date),
    order,
    shortSaleBan: symbol === undefined ? null : shortSaleBan(rules, symbol, date),
    volume: volume === undefined ? null : await volumes(context, rules, date, volume),
  };
  context.output.result(result, () => text(result, options));
}

function rulesOn(rules: MarketRules, date: string) {
  return {
    market: rules.market,
    date,
    currency: rules.currency,
    priceLimit: priceLimitOn(rules, date),
    unlimitedListingSessions: unlimitedSessionsOfListing(rules, date),
    brokerageBps: rules.brokerageBps,
    minimumFee: rules.minimumFee,
    sellTaxBps: inForce(rules.sellTaxBps, date) ?? 0,
    dayTradeTaxBps: inForce(rules.dayTradeTaxBps, date) ?? inForce(rules.sellTaxBps, date) ?? 0,
    regulatoryFeeBps: inForce(rules.regulatoryFeeBps, date) ?? 0,
    settlementDays: inForce(rules.settlementLag, date) ?? 0,
    oddLots: oddLotTradingOn(rules, date),
    intradayHalts: inForce(rules.intradayHalts, date) ?? 'none',
  };
}

const orderCosts = (
  rules: MarketRules,
  date: string,
  { side, dayTrade, discount }: MarketOptions,
  price: number,
  shares: number,
): TradeCosts => tradeCosts(rules, { side, price, shares, date, dayTrade, brokerageDiscount: discount });

async function volumes(context: CliContext, rules: MarketRules, date: string, volume: number) {
  const { readCalendarInForce } = await import('../../extraction/calendar-in-force.ts');
  const { calendar } = await readCalendarInForce(context.config().calendarDir, rules.market);
  return {
    perHour: hourlyVolume(calendar, date, volume),
    ofRegularSession: regularSessionVolume(calendar, date, volume),
  };
}

const percent = (fraction: number): string => `${String(Math.round(fraction * 1e6) / 1e4)} %`;

interface Answer extends ReturnType<typeof rulesOn> {
  readonly limits: { readonly low: number; readonly high: number } | null;
  readonly tick: number | null;
  readonly lot: number | null;
  readonly order: TradeCosts | null;
  readonly shortSaleBan: { readonly reason: string } | null;
  readonly volume: { readonly perHour: number; readonly ofRegularSession: number } | null;
}

function text(answer: Answer, options: MarketOptions): string {
  const { priceLimit, limits, order, volume, currency } = answer;
  const rows: (readonly [string, string])[] = [
    ['price limit', priceLimit === null ? 'none' : percent(priceLimit)],
    ['sessions of a listing without one', String(answer.unlimitedListingSessions)],
    [
      'brokerage, each side',
      `${percent(answer.brokerageBps / 1e4)}, at least ${String(answer.minimumFee)} ${currency}`,
    ],
    [
      'tax on sales',
      `${percent(answer.sellTaxBps / 1e4)}, day trades ${percent(answer.dayTradeTaxBps / 1e4)}`,
    ],
    ['regulatory fee on sales', `${String(answer.regulatoryFeeBps)} bp`],
    ['settlement', `T+${String(answer.settlementDays)}`],
    ['odd lots', answer.oddLots ?? 'unknown'],
    ['halts within a session', answer.intradayHalts],
  ];
  if (limits !== null) rows.push(['limit prices', `${String(limits.low)} to ${String(limits.high)}`]);
  if (answer.tick !== null) rows.push(['tick, lot', `${String(answer.tick)}, ${String(answer.lot)} shares`]);
  if (order !== null) {
    const parts = `brokerage ${String(order.brokerage)}, tax ${String(order.tax)}, regulator ${String(order.regulatoryFee)}`;
    rows.push([`costs of the ${options.side}`, `${String(order.total)} ${currency}: ${parts}`]);
    rows.push(['lots', `${String(order.boardLots)} whole, ${String(order.oddShares)} odd shares`]);
  }
  if (options.symbol !== undefined)
    rows.push(['short sales', answer.shortSaleBan?.reason ?? 'no ban of the whole market']);
  if (volume !== null) {
    rows.push(['volume per hour', String(Math.round(volume.perHour))]);
    rows.push(['volume of a regular session', String(Math.round(volume.ofRegularSession))]);
  }
  return table([`${answer.market} on ${answer.date}`, ''], rows);
}
