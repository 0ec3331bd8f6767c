import type { Market } from '../contracts/primitives.ts';
import type { From } from '../market/dated.ts';
import { marketRules } from '../market/rules.ts';
import type { TickBand } from '../market/rules/definition.ts';
import { quoted } from './duckdb.ts';

/**
 * The rules of `market/price-limits.ts` as SQL expressions, made from the same dated tables; a test holds the two against
 * each other. Used where a session's bars are at hand by the million.
 */

/** A value by date, as an expression; `fallback` before the first date. */
function byDate(rules: readonly From<string>[], date: string, fallback: string): string {
  const cases = rules
    .toReversed()
    .map(({ from, value }) => `WHEN ${date} >= DATE ${quoted(from)} THEN ${value}`);
  return cases.length === 0 ? fallback : `CASE ${cases.join(' ')} ELSE ${fallback} END`;
}

function bandTick(bands: readonly TickBand[], price: string): string {
  const last = bands.at(-1)?.tick ?? 0.01;
  const cases = bands
    .filter(({ below }) => Number.isFinite(below))
    .map(({ below, tick }) => `WHEN ${price} < ${String(below)} THEN ${String(tick)}`);
  return cases.length === 0
    ? `${String(last)}::DOUBLE`
    : `CAST(CASE ${cases.join(' ')} ELSE ${String(last)} END AS DOUBLE)`;
}

/** Price step at a price on a date. */
function tickExpression(market: Market, price: string, date: string): string {
  const tables = marketRules(market).tickTables;
  const first = bandTick(tables[0]?.value ?? [], price);
  return byDate(
    tables.map(({ from, value }) => ({ from, value: bandTick(value, price) })),
    date,
    first,
  );
}

/**
 * A query over `source` with `limit_lock` (TINYINT) added: 1 where `raw_close` stands at the highest price allowed, -1 at
 * the lowest, else 0. `source` needs session_date, raw_close and reference, the close before less what went ex (null
 * where there is none), and listed_sessions, how many sessions the symbol was listed before (null where unknown).
 */
export function withLimitLocks(market: Market, source: string): string {
  const rules = marketRules(market);
  if (rules.priceLimits.length === 0) return `SELECT *, CAST(0 AS TINYINT) AS limit_lock FROM ${source}`;
  const fraction = byDate(
    rules.priceLimits.map(({ from, fraction: value }) => ({ from, value: `${String(value)}::DOUBLE` })),
    'session_date',
    'CAST(NULL AS DOUBLE)',
  );
  const unlimited = byDate(
    rules.unlimitedListingSessions.map(({ from, value }) => ({ from, value: String(value) })),
    // Within a week of its listing a symbol is under the rule of its listing.
    'session_date',
    '0',
  );
  const tick = (price: string): string => tickExpression(market, price, 'session_date');
  return `SELECT * EXCLUDE (base, fraction, tick, up, down, up_tick, down_tick, free),
      CAST(CASE WHEN raw_close IS NULL OR base IS NULL OR fraction IS NULL OR free THEN 0
        WHEN raw_close > greatest(up_tick, round(floor(up / up_tick + 1e-6) * up_tick, 4), base + tick) - tick / 4 THEN 1
        WHEN raw_close < greatest(down_tick, least(round(ceil(down / down_tick - 1e-6) * down_tick, 4), base - tick),
          ${tick('0')}) + tick / 4 THEN -1
        ELSE 0 END AS TINYINT) AS limit_lock
    FROM (SELECT *, ${tick('base')} AS tick, ${tick('up')} AS up_tick, ${tick('down')} AS down_tick
      FROM (SELECT *, base * (1 + fraction) AS up, base * (1 - fraction) AS down
        FROM (SELECT *, round(reference * 100) / 100 AS base, ${fraction} AS fraction,
          coalesce(listed_sessions < ${unlimited}, false) AS free FROM ${source})))`;
}

/** Ranges of the market's own bans on all symbols as a condition on a date. */
export function marketBan(market: Market, date: string): string {
  const ranges = marketRules(market)
    .shortSaleBans.filter(({ symbols }) => symbols === null)
    .map(({ from, to }) =>
      to === null
        ? `${date} >= DATE ${quoted(from)}`
        : `${date} BETWEEN DATE ${quoted(from)} AND DATE ${quoted(to)}`,
    );
  return ranges.length === 0 ? 'false' : `(${ranges.join(' OR ')})`;
}
