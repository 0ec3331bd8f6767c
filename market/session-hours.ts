import type { Session, SessionCalendar } from './calendar.ts';
import { CalendarInvalid } from './errors.ts';
import { marketRules } from './rules.ts';
import { localTimeMs } from './zone.ts';

const MINUTE_MS = 60_000;

/** Length of a session in minutes. */
export const sessionMinutes = (session: Session): number =>
  (Date.parse(session.closeInstant) - Date.parse(session.openInstant)) / MINUTE_MS;

/** Whether a session ends before the market's usual close. Throws `NotASession`. */
export const isEarlyClose = (calendar: SessionCalendar, date: string): boolean =>
  sessionMinutes(calendar.session(date)) < marketRules(calendar.market).sessionMinutes;

/** Sessions of the closed range of dates that end before the usual close. */
export const earlyCloses = (calendar: SessionCalendar, from: string, to: string): readonly string[] =>
  calendar.between(from, to).filter((date) => isEarlyClose(calendar, date));

/** Share of the regular session that has passed at an instant: 0 up to the open, 1 from the close on. */
export function sessionProgress(session: Session, instant: string): number {
  const at = Date.parse(instant);
  if (Number.isNaN(at)) throw new CalendarInvalid(`${instant} is not an instant`);
  const opens = Date.parse(session.openInstant);
  return Math.min(1, Math.max(0, (at - opens) / (Date.parse(session.closeInstant) - opens)));
}

/** Hours of one session with what surrounds it, as UTC instants. */
export interface SessionHours {
  readonly preOpenInstant: string;
  readonly openInstant: string;
  readonly closeInstant: string;
  /** Null on a day without a post market. */
  readonly postOpenInstant: string | null;
  readonly postCloseInstant: string | null;
}

/** Throws `NotASession`. */
export function sessionHours(calendar: SessionCalendar, date: string): SessionHours {
  const { zone, extendedHours } = marketRules(calendar.market);
  const { openInstant, closeInstant } = calendar.session(date);
  const at = (time: string): string => new Date(localTimeMs(zone, date, time)).toISOString();
  const early = isEarlyClose(calendar, date);
  const postCloses = early ? extendedHours.earlyPostCloses : extendedHours.postCloses;
  const postOpens = early ? closeInstant : at(extendedHours.postOpens);
  return {
    preOpenInstant: at(extendedHours.preOpens),
    openInstant,
    closeInstant,
    postOpenInstant: postCloses === null ? null : postOpens,
    postCloseInstant: postCloses === null ? null : at(postCloses),
  };
}

export type MarketPhase = 'closed' | 'pre' | 'regular' | 'post';

/** What the market does at an instant; each phase holds from its first instant to the one before its end. */
export function marketPhase(calendar: SessionCalendar, instant: string): MarketPhase {
  const at = Date.parse(instant);
  // The session that is open or comes next, and the one that has closed last, whose post market may still be on.
  const closed = calendar.lastClosedSession(instant);
  const within = (from: string | null, to: string | null): boolean =>
    from !== null && to !== null && Date.parse(from) <= at && at < Date.parse(to);
  if (closed !== null) {
    const { postOpenInstant, postCloseInstant } = sessionHours(calendar, closed);
    if (within(postOpenInstant, postCloseInstant)) return 'post';
  }
  const upcoming = closed === null ? calendar.at(0).date : calendar.dates[calendar.indexOf(closed) + 1];
  if (upcoming === undefined) return 'closed';
  const { preOpenInstant, openInstant, closeInstant } = sessionHours(calendar, upcoming);
  if (within(openInstant, closeInstant)) return 'regular';
  return within(preOpenInstant, openInstant) ? 'pre' : 'closed';
}

/**
 * A day's volume on the scale of a regular session: a session of three and a half hours is scaled up to six and a half
 * in New York, and four and a half hours are the measure in Taiwan. Assumes an even pace, and so overstates half days.
 */
export const regularSessionVolume = (calendar: SessionCalendar, date: string, volume: number): number =>
  (volume * marketRules(calendar.market).sessionMinutes) / sessionMinutes(calendar.session(date));

/**
 * Volume per hour of trading, which makes markets with sessions of different length comparable: Taiwan trades four and a
 * half hours a day, New York six and a half.
 */
export const hourlyVolume = (calendar: SessionCalendar, date: string, volume: number): number =>
  (volume * 60) / sessionMinutes(calendar.session(date));
