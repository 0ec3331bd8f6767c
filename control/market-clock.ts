import type { Market } from '../contracts/primitives.ts';
import type { SessionCalendar } from '../market/calendar.ts';
import { sessionDeadline, swapOpensAt } from '../market/clock.ts';
import { firstTradedAfter } from '../market/retrain-window.ts';
import { marketRules } from '../market/rules.ts';
import { marketPhase } from '../market/session-hours.ts';
import { localDate } from '../market/zone.ts';

export interface MarketClock {
  readonly market: Market;
  readonly timeZone: string;
  /** ISO instants. */
  readonly now: string;
  /** Today's session in the market's zone; null on a day without one. */
  readonly session: string | null;
  readonly state: 'pre-open' | 'open' | 'closed' | 'holiday';
  readonly opensAt: string | null;
  readonly closesAt: string | null;
  /** The first session after today; null at the end of the calendar. */
  readonly nextSession: string | null;
  /** Last day that somebody has compared with the exchange's own calendar. */
  readonly calendarReviewedUntil: string;
  /** When a champion may be swapped outside of sessions. */
  readonly swap: SwapHours;
}

/** Wall instants of the window for swaps that is open, or opens next. */
export interface SwapHours {
  /** Null: it is open. */
  readonly opensAt: string | null;
  /** When the session after it opens; null at the end of the calendar. */
  readonly closesAt: string | null;
  /** Market date of the first session that a champion swapped in then decides; null at the end of the calendar. */
  readonly firstSession: string | null;
}

/** When people who are asked now have had so many sessions to decide. */
export function sessionsFrom(calendar: SessionCalendar, now: Date, sessions: number): string {
  return sessionDeadline({ calendar, clock: { mode: 'live' }, from: now.toISOString(), sessions });
}

/** What a market does at an instant. */
export function marketClockAt(
  { calendar, reviewedThrough }: { readonly calendar: SessionCalendar; readonly reviewedThrough: string },
  now: Date,
): MarketClock {
  const { market } = calendar;
  const { zone } = marketRules(market);
  const instant = now.toISOString();
  const today = localDate(zone, now.getTime());
  const hours = calendar.has(today) ? calendar.session(today) : null;
  const phase = marketPhase(calendar, instant);
  return {
    market,
    timeZone: zone,
    now: instant,
    session: hours === null ? null : today,
    state:
      hours === null
        ? 'holiday'
        : phase === 'regular'
          ? 'open'
          : instant < hours.openInstant
            ? 'pre-open'
            : 'closed',
    opensAt: hours?.openInstant ?? null,
    closesAt: hours?.closeInstant ?? null,
    nextSession: calendar.dates.find((date) => date > today) ?? null,
    calendarReviewedUntil: reviewedThrough,
    swap: swapHours(calendar, instant),
  };
}

function swapHours(calendar: SessionCalendar, now: string): SwapHours {
  const opensAt = swapOpensAt({ calendar, clock: { mode: 'live' }, window: 'outside-session', now });
  const next = calendar.dates.find((date) => calendar.session(date).openInstant > opensAt);
  return {
    opensAt: opensAt > now ? opensAt : null,
    closesAt: next === undefined ? null : calendar.session(next).openInstant,
    firstSession: firstTradedAfter(calendar, opensAt)?.session ?? null,
  };
}
