import type { Market } from '../contracts/primitives.ts';
import type { SessionCalendar } from './calendar.ts';
import { CalendarFileInvalid } from './errors.ts';
import type { SessionChange } from './session-listing.ts';
import { shippedCalendar, shippedListing } from './shipped-calendar.ts';
import { daysBetween, isDate } from './zone.ts';

/** The calendar of a market as it stands now: what is shipped, and what the user's file changes. */
export interface CalendarInForce {
  readonly calendar: SessionCalendar;
  /** Of the user, in order of date; empty without a file. */
  readonly changes: readonly SessionChange[];
  /** Newest day for which somebody has compared the calendar with the exchange's own schedule. */
  readonly reviewedThrough: string;
}

export const CHANGE_HEADER = 'date,kind,closes,reason';
const KINDS = ['closed', 'session', 'early-close'] as const;
const REVIEWED = 'reviewed-through';
const TIME = /^(?:[01]\d|2[0-3]):[0-5]\d$/u;

/**
 * Days before the last reviewed one from which on a review is asked for: the longest wait of a usual run, a shadow of
 * seven sessions and an approval of five, fits in twice.
 */
export const REVIEW_NOTICE_DAYS = 30;

interface Line {
  readonly row: number;
  readonly date: string;
  readonly kind: string;
  readonly closes: string;
  readonly reason: string;
}

/**
 * Reads a user's changes of a shipped calendar: CSV with the header `date,kind,closes,reason`; kind is `closed`,
 * `session`, `early-close` (then `closes` is the local time of it) or `reviewed-through`, which says how far the
 * exchange's schedule has been compared. The reason is the rest of the line; lines with # in front are comments.
 *
 * @param file named in errors
 * @throws CalendarFileInvalid naming file and row
 */
export function calendarInForce(market: Market, text: string, file: string): CalendarInForce {
  const listing = shippedListing(market);
  const changes = new Map<string, SessionChange>();
  let reviewedThrough: string | null = null;
  for (const line of linesOf(text, file)) {
    const refuse = refusal(file, line.row);
    if (!isDate(line.date)) refuse(`${JSON.stringify(line.date)} is not a date, YYYY-MM-DD`);
    if (line.date < listing.from || line.date > listing.to) {
      refuse(`${line.date} is outside the shipped ${market} calendar, ${listing.from} to ${listing.to}`);
    }
    if (line.reason === '') refuse('the reason is missing: nobody could review the change');
    if (line.kind === REVIEWED) {
      if (reviewedThrough !== null) refuse(`${REVIEWED} stands twice`);
      if (line.closes !== '') refuse(`${REVIEWED} has no closing time`);
      reviewedThrough = line.date;
      continue;
    }
    if (changes.has(line.date)) refuse(`${line.date} stands twice`);
    changes.set(line.date, changeOf(line, listing, refuse));
  }
  const sorted = [...changes.values()].sort((a, b) => (a.date < b.date ? -1 : 1));
  return {
    calendar: shippedCalendar(market, sorted),
    changes: sorted,
    reviewedThrough: reviewedThrough ?? listing.reviewedThrough,
  };
}

/** The calendar of a market that nobody has changed. */
export const unchangedCalendar = (market: Market): CalendarInForce => ({
  calendar: shippedCalendar(market),
  changes: [],
  reviewedThrough: shippedListing(market).reviewedThrough,
});

/**
 * What to tell when the last reviewed day comes near, or has passed; empty while there is time.
 *
 * @param today a date in the market's zone
 */
export function reviewNotice(inForce: CalendarInForce, today: string): string {
  const { calendar, reviewedThrough } = inForce;
  const left = daysBetween(today, reviewedThrough);
  if (left > REVIEW_NOTICE_DAYS) return '';
  const when = left < 0 ? `${String(-left)} days ago` : `in ${String(left)} days`;
  return `the ${calendar.market} calendar is reviewed through ${reviewedThrough}, ${when}; later sessions are a projection`;
}

type Refuse = (why: string) => never;

const refusal =
  (file: string, row: number): Refuse =>
  (why) => {
    throw new CalendarFileInvalid(`${file}, row ${String(row)}: ${why}`, { details: { file, row } });
  };

function linesOf(text: string, file: string): Line[] {
  const rows = text
    .replace(/^\uFEFF/u, '')
    .split(/\r?\n/u)
    .map((content, index) => ({ content: content.trim(), row: index + 1 }))
    .filter(({ content }) => content !== '' && !content.startsWith('#'));
  const [header, ...body] = rows;
  if (header?.content.replaceAll(' ', '') !== CHANGE_HEADER) {
    refusal(file, header?.row ?? 1)(`the header has to be ${CHANGE_HEADER}`);
  }
  return body.map(({ content, row }) => {
    const [date, kind, closes, ...reason] = content.split(',').map((part) => part.trim());
    if (date === undefined || kind === undefined || closes === undefined || reason.length === 0) {
      return refusal(file, row)(`four columns are needed: ${CHANGE_HEADER}`);
    }
    return {
      row,
      date,
      kind,
      closes,
      reason: reason
        .join(', ')
        .replace(/^"(.*)"$/u, '$1')
        .trim(),
    };
  });
}

function changeOf(
  line: Line,
  hours: { readonly opens: string; readonly closes: string },
  refuse: Refuse,
): SessionChange {
  const { date, reason } = line;
  const kind = KINDS.find((known) => known === line.kind);
  if (kind === undefined) {
    return refuse(`${JSON.stringify(line.kind)} is not one of ${[...KINDS, REVIEWED].join(', ')}`);
  }
  if (kind !== 'early-close') {
    return line.closes === '' ? { date, kind, closes: null, reason } : refuse(`${kind} has no closing time`);
  }
  if (!TIME.test(line.closes) || line.closes <= hours.opens || line.closes >= hours.closes) {
    refuse(
      `an early close lies after ${hours.opens} and before ${hours.closes}, HH:MM; it is "${line.closes}"`,
    );
  }
  return { date, kind, closes: line.closes, reason };
}
