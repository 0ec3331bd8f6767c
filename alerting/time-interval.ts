import type { Market } from '../contracts/primitives.ts';
import type { SessionCalendar } from '../market/calendar.ts';
import { localDate, MARKET_ZONE } from '../market/zone.ts';
import type { TimeIntervalPart } from './config.ts';

/** Calendars of the markets, for intervals that follow sessions. */
export type Calendars = (market: Market) => SessionCalendar;

interface LocalTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly minute: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function localTime(zone: string, ms: number): LocalTime {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      hourCycle: 'h23',
    });
    formats.set(zone, format);
  }
  const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  const field = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  const [year, month, day] = [field('year'), field('month'), field('day')];
  const weekday = new Date(Date.UTC(year, month - 1, day)).getUTCDay();
  return { year, month, day, weekday, minute: field('hour') * 60 + field('minute') };
}

const minuteOf = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));

const within = (ranges: readonly (readonly [number, number])[], value: number): boolean =>
  ranges.length === 0 || ranges.some(([from, to]) => from <= value && value <= to);

/** `-1` is the last day of the month; a range that reaches past the end of a month ends with it. */
function withinMonth(ranges: TimeIntervalPart['days_of_month'], local: LocalTime): boolean {
  const last = new Date(Date.UTC(local.year, local.month, 0)).getUTCDate();
  const day = (value: number): number => (value < 0 ? last + 1 + value : value);
  return within(
    ranges.map(([from, to]) => [day(from), Math.min(day(to), last)] as const),
    local.day,
  );
}

function inSession(part: TimeIntervalPart, ms: number, calendars: Calendars): boolean {
  if (part.session === null || part.market === null) return true;
  const calendar = calendars(part.market);
  const open = calendar.openSession(new Date(ms).toISOString()) !== null;
  switch (part.session) {
    case 'open':
      return open;
    case 'closed':
      return !open;
    case 'no-session-today':
      return !calendar.has(localDate(MARKET_ZONE[part.market], ms));
  }
}

function holds(part: TimeIntervalPart, ms: number, calendars: Calendars): boolean {
  const local = localTime(part.location, ms);
  const times =
    part.times.length === 0 ||
    part.times.some(
      ({ start_time, end_time }) => minuteOf(start_time) <= local.minute && local.minute < minuteOf(end_time),
    );
  return (
    times &&
    within(part.weekdays, local.weekday) &&
    withinMonth(part.days_of_month, local) &&
    within(part.months, local.month) &&
    within(part.years, local.year) &&
    inSession(part, ms, calendars)
  );
}

/** Whether an interval contains an instant: one of its parts does, with all that the part names. */
export const intervalHolds = (
  parts: readonly TimeIntervalPart[],
  ms: number,
  calendars: Calendars,
): boolean => parts.some((part) => holds(part, ms, calendars));
