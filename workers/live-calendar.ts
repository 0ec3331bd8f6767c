import type { Logger } from 'pino';
import { Market } from '../contracts/primitives.ts';
import { readCalendarInForce } from '../extraction/calendar-in-force.ts';
import { type CalendarInForce, reviewNotice } from '../market/calendar-changes.ts';
import type { SessionCalendar } from '../market/calendar.ts';
import { CalendarFileInvalid } from '../market/errors.ts';
import { marketRules } from '../market/rules.ts';
import { localDate } from '../market/zone.ts';

/**
 * The calendar in force of a market, read anew at each call. While the user's file cannot be read, the last calendar that
 * could be stays in force and the log says so: a slip of the pen must not end a guard. A calendar whose last reviewed day
 * comes near is named in the log once a day.
 *
 * @throws CalendarFileInvalid at once when a file cannot be read now: there is no last calendar to stay with
 */
export async function watchedCalendar(
  folder: string,
  log: Pick<Logger, 'warn' | 'error'>,
  now: () => Date,
): Promise<(market: Market) => Promise<SessionCalendar>> {
  const last = new Map<Market, CalendarInForce>();
  for (const market of Market.options) last.set(market, await readCalendarInForce(folder, market));
  const noticed = new Map<Market, string>();
  return async (market) => {
    const inForce = await readOr(last.get(market));
    last.set(market, inForce);
    const today = localDate(marketRules(market).zone, now().getTime());
    const notice = reviewNotice(inForce, today);
    if (notice !== '' && noticed.get(market) !== today) {
      noticed.set(market, today);
      log.warn({ market, reviewedThrough: inForce.reviewedThrough }, notice);
    }
    return inForce.calendar;

    async function readOr(known: CalendarInForce | undefined): Promise<CalendarInForce> {
      try {
        return await readCalendarInForce(folder, market);
      } catch (error) {
        if (known === undefined || !(error instanceof CalendarFileInvalid)) throw error;
        log.error({ market, err: error }, `${error.message}; the calendar read before it stays in force`);
        return known;
      }
    }
  };
}
