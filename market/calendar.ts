import type { Market } from '../contracts/primitives.ts';
import { CalendarExhausted, CalendarInvalid, NotASession } from './errors.ts';

/** One trading day: its date in the market's zone, and its hours as UTC instants. */
export interface Session {
  readonly date: string;
  readonly openInstant: string;
  readonly closeInstant: string;
}

/** What the hash of a calendar is taken over. */
export interface CanonicalCalendar {
  readonly market: Market;
  readonly sessions: readonly (readonly [date: string, openInstant: string, closeInstant: string])[];
}

/**
 * The sessions of one market in order. Everything that counts in sessions counts here; nothing in the project derives a
 * session from weekdays. Immutable. Lookups by date are O(1), by instant O(log n).
 *
 * Dates outside the calendar are never guessed: the methods throw `CalendarExhausted` instead.
 */
export class SessionCalendar {
  readonly market: Market;
  readonly dates: readonly string[];
  private readonly sessions: readonly Session[];
  private readonly index: ReadonlyMap<string, number>;
  private readonly closesMs: Float64Array;

  /** `sessions` in ascending order, without doubles, each closing after it opens. Throws `CalendarInvalid`. */
  constructor(market: Market, sessions: readonly Session[]) {
    this.market = market;
    this.sessions = sessions.map((session, position) => checked(market, sessions[position - 1], session));
    if (sessions.length === 0) throw new CalendarInvalid(`the ${market} calendar has no sessions`);
    this.dates = this.sessions.map((session) => session.date);
    this.index = new Map(this.dates.map((date, position) => [date, position]));
    this.closesMs = Float64Array.from(this.sessions, (session) => Date.parse(session.closeInstant));
  }

  get length(): number {
    return this.dates.length;
  }

  has(date: string): boolean {
    return this.index.has(date);
  }

  /** Position of a session in the calendar, from 0. Throws `NotASession`. */
  indexOf(date: string): number {
    const position = this.index.get(date);
    if (position !== undefined) return position;
    throw new NotASession(`${date} is not a session of ${this.market}`, {
      remedy: `The calendar reaches from ${this.at(0).date} to ${this.at(this.length - 1).date}.`,
      details: { market: this.market, date },
    });
  }

  /** The session at a position. Throws `CalendarExhausted` outside 0 .. length - 1. */
  at(position: number): Session {
    const session = this.sessions[position];
    if (session !== undefined) return session;
    throw new CalendarExhausted(
      `the ${this.market} calendar has ${String(this.length)} sessions and was asked for number ${String(position)}`,
      { remedy: 'Extend the calendar of the market data.', details: { market: this.market, position } },
    );
  }

  session(date: string): Session {
    return this.at(this.indexOf(date));
  }

  /** First session after a calendar date, which need not be a session itself. */
  next(date: string): string {
    return this.at(this.countUpToDate(date)).date;
  }

  /** Last session before a calendar date, which need not be a session itself. */
  previous(date: string): string {
    const upTo = this.countUpToDate(date);
    return this.at(this.has(date) ? upTo - 2 : upTo - 1).date;
  }

  /** The session `count` sessions after (or, negative, before) a session. */
  add(date: string, count: number): string {
    return this.at(this.indexOf(date) + count).date;
  }

  /** Sessions of the closed range of calendar dates [from, to]; empty when from > to. */
  between(from: string, to: string): readonly string[] {
    const first = this.countUpToDate(from) - (this.has(from) ? 1 : 0);
    return this.dates.slice(first, Math.max(first, this.countUpToDate(to)));
  }

  /** Sessions from one session to another: `add(from, distance(from, to)) === to`. */
  distance(from: string, to: string): number {
    return this.indexOf(to) - this.indexOf(from);
  }

  /** Sessions that have closed at an instant; a session counts from the very instant of its close. */
  sessionsUpTo(instant: string): readonly string[] {
    return this.dates.slice(0, this.countClosed(instant));
  }

  /** The newest session that has closed at an instant; null before the first close. */
  lastClosedSession(instant: string): string | null {
    return this.dates[this.countClosed(instant) - 1] ?? null;
  }

  /** The session that is open at an instant (open <= instant < close); null when the market is closed. */
  openSession(instant: string): Session | null {
    const candidate = this.sessions[this.countClosed(instant)];
    return candidate !== undefined && Date.parse(candidate.openInstant) <= parsed(instant) ? candidate : null;
  }

  canonical(): CanonicalCalendar {
    return {
      market: this.market,
      sessions: this.sessions.map((s) => [s.date, s.openInstant, s.closeInstant] as const),
    };
  }

  /** Number of sessions whose date is at or before a calendar date. */
  private countUpToDate(date: string): number {
    return partitionPoint(this.length, (position) => this.at(position).date <= date);
  }

  private countClosed(instant: string): number {
    const at = parsed(instant);
    return partitionPoint(this.length, (position) => (this.closesMs[position] ?? Infinity) <= at);
  }
}

function parsed(instant: string): number {
  const ms = Date.parse(instant);
  if (Number.isNaN(ms)) throw new CalendarInvalid(`${instant} is not an instant`);
  return ms;
}

/** Smallest position for which `holds` is false, when it is true below and false from there on. */
function partitionPoint(length: number, holds: (position: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function checked(market: Market, before: Session | undefined, session: Session): Session {
  const opens = Date.parse(session.openInstant);
  const closes = Date.parse(session.closeInstant);
  const refuse = (why: string): never => {
    throw new CalendarInvalid(`${market} session ${session.date} ${why}`, {
      details: { market, session: session.date },
    });
  };
  if (!/^\d{4}-\d{2}-\d{2}$/u.test(session.date)) return refuse('is not named by a date');
  if (!(opens < closes)) return refuse('does not close after it opens');
  if (before !== undefined && before.date >= session.date) return refuse(`follows ${before.date}`);
  if (before !== undefined && Date.parse(before.closeInstant) >= closes) {
    return refuse('closes before the session ahead of it');
  }
  return {
    date: session.date,
    openInstant: new Date(opens).toISOString(),
    closeInstant: new Date(closes).toISOString(),
  };
}
