import type { ClockSpec } from '../contracts/clock.ts';
import type { SessionCalendar } from './calendar.ts';
import { decisionInstant } from './rules.ts';
import { settlementDate } from './settlement.ts';

/** When a retrain may begin. */
export interface RetrainWindow {
  /** Wall instant; now, unless a session is waited for. */
  readonly opensAt: string;
  /** The session that is waited for; null: none. */
  readonly openSession: string | null;
}

/**
 * A retrain never begins inside a session: it would compete with what trades, and read a day that is half there. One that is
 * about now waits for the decision instant of the open session. An emergency does not wait, nor does a retrain as of a time
 * before the last close, and on a replay there is no session to disturb.
 *
 * @param asOf business instant of the retrain
 * @param now wall instant
 */
export function retrainWindow(input: {
  readonly calendar: SessionCalendar;
  readonly clock: ClockSpec;
  readonly asOf: string;
  readonly emergency: boolean;
  readonly now: string;
}): RetrainWindow {
  const { calendar, clock, asOf, emergency, now } = input;
  const open = calendar.openSession(now);
  const closed = calendar.lastClosedSession(now);
  const aboutNow = closed === null || asOf >= calendar.session(closed).closeInstant;
  if (open === null || !aboutNow || emergency || clock.mode === 'replay') {
    return { opensAt: now, openSession: null };
  }
  return { opensAt: decisionInstant(calendar, open.date), openSession: open.date };
}

/** The first session that a swap decides, and when its trades are paid for. */
export interface FirstTraded {
  readonly session: string;
  /** T+2 in Taiwan, bank holidays and the days of settlement alone before the Lunar New Year counted; null: unknown. */
  readonly settlesOn: string | null;
}

/** No settlement takes more than five settlement days, and no ten sessions are without that many. */
const SESSIONS_TO_SETTLE = 10;

/** The session after an instant, the running one left out; null when the calendar ends before. */
export function firstTradedAfter(calendar: SessionCalendar, instant: string): FirstTraded | null {
  const before = calendar.openSession(instant)?.date ?? calendar.lastClosedSession(instant);
  const position = before === null ? 0 : calendar.indexOf(before) + 1;
  if (position >= calendar.length) return null;
  const session = calendar.at(position).date;
  const known = calendar.length - position > SESSIONS_TO_SETTLE;
  return { session, settlesOn: known ? settlementDate(calendar, session) : null };
}
