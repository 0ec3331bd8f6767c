import type { Market } from '../contracts/primitives.ts';
import { CalendarInvalid } from './errors.ts';
import { type Session, SessionCalendar } from './calendar.ts';
import type { SessionCorrections, SessionListing } from './session-listing.ts';
import { XNYS_LISTING } from './sessions/xnys.ts';
import { XTAI_LISTING } from './sessions/xtai.ts';
import { XTAI_MAKE_UP_SATURDAYS, XTAI_OBSERVED_CLOSURES } from './sessions/xtai-corrections.ts';
import { dayAfter, localTimeMs, weekdayOf } from './zone.ts';

const CORRECTIONS: Readonly<Record<Market, SessionCorrections>> = {
  XTAI: { added: XTAI_MAKE_UP_SATURDAYS, removed: XTAI_OBSERVED_CLOSURES },
  XNYS: { added: [], removed: [] },
};
const LISTINGS: Readonly<Record<Market, SessionListing>> = { XTAI: XTAI_LISTING, XNYS: XNYS_LISTING };

function closureDates(listing: SessionListing): Set<string> {
  const closures = new Set<string>();
  for (const [year, days] of Object.entries(listing.weekdayClosures)) {
    for (const day of days.split(' ')) closures.add(`${year}-${day.slice(0, 2)}-${day.slice(2)}`);
  }
  return closures;
}

/** Expands a listing and its corrections to sessions with their hours in UTC. */
export function expandListing(listing: SessionListing, corrections: SessionCorrections): Session[] {
  const closed = closureDates(listing);
  const extra = new Set([...listing.weekendSessions, ...corrections.added]);
  for (const date of corrections.removed) closed.add(date);
  for (const date of corrections.added) closed.delete(date);
  const sessions: Session[] = [];
  for (let date = listing.from; date <= listing.to; date = dayAfter(date)) {
    const weekday = weekdayOf(date);
    const regular = weekday !== 0 && weekday !== 6;
    if ((!regular && !extra.has(date)) || closed.has(date)) continue;
    const closes = listing.earlyCloses[date] ?? listing.closes;
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
 * 1990 to 2027. `extra` adds what became known after the release, say a typhoon closure.
 */
export function shippedCalendar(market: Market, extra?: SessionCorrections): SessionCalendar {
  const known = extra === undefined ? expanded.get(market) : undefined;
  if (known !== undefined) return known;
  const shipped = CORRECTIONS[market];
  const listing = LISTINGS[market];
  for (const date of [...(extra?.added ?? []), ...(extra?.removed ?? [])]) {
    if (date < listing.from || date > listing.to) {
      throw new CalendarInvalid(`${date} is outside the shipped ${market} calendar`, {
        remedy: `Corrections lie between ${listing.from} and ${listing.to}.`,
        details: { market, date },
      });
    }
  }
  // The later list wins: a day the user closes is closed even when the shipped corrections added it.
  const added = [...shipped.added.filter((d) => !extra?.removed.includes(d)), ...(extra?.added ?? [])];
  const removed = [...shipped.removed.filter((d) => !extra?.added.includes(d)), ...(extra?.removed ?? [])];
  const calendar = new SessionCalendar(market, expandListing(listing, { added, removed }));
  if (extra === undefined) expanded.set(market, calendar);
  return calendar;
}

/** Where the shipped sessions come from and how far they reach. */
export const shippedListing = (
  market: Market,
): Pick<SessionListing, 'source' | 'reviewedOn' | 'from' | 'to'> => LISTINGS[market];
