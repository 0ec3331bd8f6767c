import type { Market } from '../contracts/primitives.ts';
import { readCalendarInForce } from '../extraction/calendar-in-force.ts';
import { reviewNotice } from '../market/calendar-changes.ts';
import { marketRules } from '../market/rules.ts';
import { localDate } from '../market/zone.ts';

/** What has to be done when the last reviewed day comes near. */
export const REVIEW_REMEDY =
  "Compare the exchange's new schedule, write what differs to MARKET.csv of calendarDir, and there the line DATE,reviewed-through,,WHO AND WHAT.";

/** The notice about the last reviewed day of a market; empty while there is time. @throws CalendarFileInvalid */
export async function calendarNotice(calendarDir: string, market: Market): Promise<string> {
  const inForce = await readCalendarInForce(calendarDir, market);
  return reviewNotice(inForce, localDate(marketRules(market).zone, Date.now()));
}
