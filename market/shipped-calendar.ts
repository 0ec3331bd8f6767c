import type { Market } from '../contracts/primitives.ts';
import { CalendarInvalid } from './errors.ts';
import { type Session, SessionCalendar } from './calendar.ts';
import type { SessionChange, SessionListing } from './session-listing.ts';
import { XNYS_LISTING } from './sessions/xnys.ts';
import { XTAI_LISTING } from './sessions/xtai.ts';
import { XTAI_CORRECTIONS } from './sessions/xtai-corrections.ts';
import { dayAfter, localTimeMs, weekdayOf } from './zone.ts';

const CORRECTIONS: Readonly<Record<Market, readonly SessionChange[]>> = { XTAI: XTAI_CORRECTIONS, XNYS: [] };
const LISTINGS: Readonly<Record<Market, SessionListing>> = { XTAI: XTAI_LISTING, XNYS: XNYS_LISTING };

function closureDates(listing: SessionListing): Set<string> {
  const closures = new Set<string>();
  for (const [year, days] of Object.entries(listing.weekdayClosures)) {
    for (const day of days.split(' ')) closures.add(`${year}-${day.slice(0, 2)}-${day.slice(2)}`);
  }
  return closures;
}

/** Expands a listing to sessions with their hours in UTC; of two changes of one day the later one counts. */
export function expandListing(listing: SessionListing, changes: readonly SessionChange[]): Session[] {
  const closed = closureDates(listing);
  const weekend = new Set(listing.weekendSessions);
  const changed = new Map(changes.map((change) => [change.date, change] as const));
  const sessions: Session[] = [];
  for (let date = listing.from; date <= listing.to; date = dayAfter(date)) {
    const weekday = weekdayOf(date);
    const listed = weekday === 0 || weekday === 6 ? weekend.has(date) : !closed.has(date);
    const change = changed.get(date);
    if (change === undefined ? !listed : change.kind === 'closed') continue;
    const closes =
      change === undefined
        ? (listing.earlyCloses[date] ?? listing.closes)
        : (change.closes ?? listing.closes);
    sessions.push({
      date,
      openInstant: new Date(localTimeMs(listing.zone, date, listing.opens)).toISOString(),
      closeInstant: new Date(localTimeMs(listing.zone, date, closes)).toISOString(),
    });
  }
  return sessions;
}

const expanded = new Map<Market, SessionCalendar>();

/**
 * The calendar shipped with the project. XTAI 2003 to 2027, equal to what traded from 2004-02-11 to 2020-12-31; XNYS
 * 1990 to 2027. `changes` add what became known after the release, say a typhoon closure, and win over what is shipped.
 *
 * @throws CalendarInvalid for a change outside the calendar
 */
export function shippedCalendar(market: Market, changes: readonly SessionChange[] = []): SessionCalendar {
  const known = changes.length === 0 ? expanded.get(market) : undefined;
  if (known !== undefined) return known;
  const listing = LISTINGS[market];
  const outside = changes.find(({ date }) => date < listing.from || date > listing.to);
  if (outside !== undefined) {
    throw new CalendarInvalid(`${outside.date} is outside the shipped ${market} calendar`, {
      remedy: `Changes lie between ${listing.from} and ${listing.to}.`,
      details: { market, date: outside.date },
    });
  }
  const calendar = new SessionCalendar(market, expandListing(listing, [...CORRECTIONS[market], ...changes]));
  if (changes.length === 0) expanded.set(market, calendar);
  return calendar;
}

/** Where the shipped sessions come from, how far they reach, and what was corrected by hand. */
export const shippedListing = (
  market: Market,
): Pick<SessionListing, 'source' | 'reviewedOn' | 'reviewedThrough' | 'from' | 'to' | 'opens' | 'closes'> & {
  readonly corrections: readonly SessionChange[];
} => ({ ...LISTINGS[market], corrections: CORRECTIONS[market] });
