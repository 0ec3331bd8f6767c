import type { ClockSpec } from '../contracts/clock.ts';
import type { SessionCalendar } from './calendar.ts';
import { decisionInstant } from './rules.ts';

/** One step of the session clock: what is decided next, and when to wake up for it. */
export interface ClockTick {
  readonly session: string;
  /** Business instant at which the session's rows are decided. */
  readonly decisionInstant: string;
  /** Wall instant to sleep to; at or before now when the session is due already. */
  readonly wakeAt: string;
}

const later = (instant: string, seconds: number): string =>
  new Date(Date.parse(instant) + Math.round(seconds * 1000)).toISOString();

/** First session whose decision instant lies after a business instant. Throws `CalendarExhausted`. */
export function firstSessionDecidedAfter(calendar: SessionCalendar, instant: string): string {
  const closed = calendar.lastClosedSession(instant);
  if (closed === null) return calendar.at(0).date;
  return decisionInstant(calendar, closed) > new Date(Date.parse(instant)).toISOString()
    ? closed
    : calendar.next(closed);
}

/**
 * The session after `after`, or, when that is null, the first one decided after the business instant `asOf`.
 * Live, it is due at its decision instant; in a replay, `secondsPerSession` after the wall instant `now`.
 * Throws `CalendarExhausted`, and `NotASession` when `after` is none.
 */
export function nextTick(input: {
  readonly calendar: SessionCalendar;
  readonly clock: ClockSpec;
  readonly after: string | null;
  readonly asOf: string;
  readonly now: string;
}): ClockTick {
  const { calendar, clock, after } = input;
  const session = after === null ? firstSessionDecidedAfter(calendar, input.asOf) : calendar.add(after, 1);
  const decided = decisionInstant(calendar, session);
  const wakeAt = clock.mode === 'live' ? decided : later(input.now, clock.secondsPerSession);
  return { session, decisionInstant: decided, wakeAt };
}

/**
 * Wall instant that lies `sessions` sessions after the wall instant `from`, for people to decide. Live, the decision
 * instant of the nth session decided after it; in a replay, `approvalSecondsPerSession` for each.
 */
export function sessionDeadline(input: {
  readonly calendar: SessionCalendar;
  readonly clock: ClockSpec;
  readonly from: string;
  readonly sessions: number;
}): string {
  const { calendar, clock, from, sessions } = input;
  if (clock.mode === 'replay') return later(from, clock.approvalSecondsPerSession * sessions);
  const first = firstSessionDecidedAfter(calendar, from);
  return decisionInstant(calendar, calendar.add(first, sessions - 1));
}

/**
 * Wall instant at which a swap may happen. In a replay, and with the window `any`, that is now; live and
 * `outside-session` it is now, or the decision instant of the session that is open or has just closed: until then its
 * rows are still to be decided by the champion of that morning.
 */
export function swapOpensAt(input: {
  readonly calendar: SessionCalendar;
  readonly clock: ClockSpec;
  readonly window: 'outside-session' | 'any';
  readonly now: string;
}): string {
  const { calendar, clock, window, now } = input;
  if (clock.mode === 'replay' || window === 'any') return now;
  const open = calendar.openSession(now);
  if (open !== null) return decisionInstant(calendar, open.date);
  const closed = calendar.lastClosedSession(now);
  if (closed === null) return now;
  const decided = decisionInstant(calendar, closed);
  return decided > now ? decided : now;
}
