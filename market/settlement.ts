import type { SessionCalendar } from './calendar.ts';
import { inForce } from './dated.ts';
import { CalendarExhausted } from './errors.ts';
import { marketRules } from './rules.ts';
import { XTAI_SETTLEMENT_DAYS } from './sessions/xtai-settlement-days.ts';
import { dayAfter, nthMonday, weekdayOf } from './zone.ts';

const SETTLES_WITHOUT_TRADING: ReadonlySet<string> = new Set(XTAI_SETTLEMENT_DAYS.days);

/**
 * Banks of New York close on Columbus and Veterans Day, and did on Martin Luther King Day before the exchange joined in
 * 1998: shares trade, cash does not move. A holiday on a Sunday is kept on Monday, one on a Saturday not at all.
 */
function isBankHoliday(date: string): boolean {
  const year = Number(date.slice(0, 4));
  if (date === nthMonday(year, 10, 2) || date === nthMonday(year, 1, 3)) return true;
  return date.endsWith('-11-11') || (date.endsWith('-11-12') && weekdayOf(date) === 1);
}

/** Whether trades are settled on a date: sessions, less bank holidays, and Taiwan's two days before the Lunar New Year. */
export function isSettlementDay(calendar: SessionCalendar, date: string): boolean {
  if (calendar.market === 'XTAI') return calendar.has(date) || SETTLES_WITHOUT_TRADING.has(date);
  return calendar.has(date) && !isBankHoliday(date);
}

/** Settlement days between a trade and its settlement: T+2 in Taiwan, T+1 in New York today. */
export const settlementLag = (calendar: SessionCalendar, tradeDate: string): number =>
  inForce(marketRules(calendar.market).settlementLag, tradeDate) ?? 0;

/**
 * Date on which a trade is settled. A trade on a bank holiday counts from the next settlement day on, like one of the
 * day before it. Taiwan's settlement days without trading are known from 2008 on; earlier ones count as closed.
 *
 * @throws NotASession, and CalendarExhausted when the calendar ends before
 */
export function settlementDate(calendar: SessionCalendar, tradeDate: string): string {
  calendar.indexOf(tradeDate);
  const last = calendar.at(calendar.length - 1).date;
  let left = settlementLag(calendar, tradeDate);
  let date = tradeDate;
  while (left > 0) {
    date = dayAfter(date);
    if (date > last) {
      throw new CalendarExhausted(
        `the ${calendar.market} calendar ends on ${last}, before ${tradeDate} is settled`,
        {
          remedy: 'Extend the calendar.',
          details: { market: calendar.market, tradeDate },
        },
      );
    }
    if (isSettlementDay(calendar, date)) left -= 1;
  }
  return date;
}
