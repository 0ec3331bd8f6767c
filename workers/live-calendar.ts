import type { Logger } from 'pino';
import type { Market } from '../contracts/primitives.ts';
import { readCalendarInForce } from '../extraction/calendar-in-force.ts';
import { reviewNotice } from '../market/calendar-changes.ts';
import type { SessionCalendar } from '../market/calendar.ts';
import { marketRules } from '../market/rules.ts';
import { localDate } from '../market/zone.ts';

/**
 * The calendar in force of a market, read anew at each call; a calendar whose last reviewed day comes near is named in
 * the log once a day.
 */
export function watchedCalendar(folder: string, log: Logger): (market: Market) => Promise<SessionCalendar> {
  const noticed = new Map<Market, string>();
  return async (market) => {
    const inForce = await readCalendarInForce(folder, market);
    const today = localDate(marketRules(market).zone, Date.now());
    const notice = reviewNotice(inForce, today);
    if (notice !== '' && noticed.get(market) !== today) {
      noticed.set(market, today);
      log.warn({ market, reviewedThrough: inForce.reviewedThrough }, notice);
    }
    return inForce.calendar;
  };
}
