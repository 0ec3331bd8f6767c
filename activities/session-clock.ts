import type { ClockSpec } from '../contracts/clock.ts';
import type { ModelSpec } from '../contracts/spec.ts';
import type { SessionCalendar } from '../market/calendar.ts';
import { nextTick, sessionDeadline, swapOpensAt } from '../market/clock.ts';
import {
  firstTradedAfter,
  type FirstTraded,
  retrainWindow,
  type RetrainWindow,
} from '../market/retrain-window.ts';

export interface NextSessionInput {
  readonly spec: ModelSpec;
  readonly clock: ClockSpec;
  /** The session after this one; null: the first session decided after `asOf`. */
  readonly after: string | null;
  readonly asOf: string;
  /** Wall instant on the clock of the workflow, which sleeps by it; absent in requests of before 0.2.0. */
  readonly now: string;
}

export interface SessionTick {
  readonly session: string;
  /** Business instant at which the session's rows are decided. */
  readonly decisionInstant: string;
  /** Wall instant to sleep to. */
  readonly wakeAt: string;
  /** Hash of the calendar that said so, an artifact. */
  readonly calendarSha256: string;
}

/** The session before a reign. */
export type LastSession = Pick<SessionTick, 'session' | 'decisionInstant'>;

export interface DeadlineInput {
  readonly spec: ModelSpec;
  readonly clock: ClockSpec;
  readonly from: string;
  readonly sessions: number;
}

/** When a swap may happen, and what it decides first. */
export interface SwapWindow {
  readonly opensAt: string;
  /** Null on a replay, and where the calendar ends. */
  readonly firstTraded: FirstTraded | null;
}

/** Workflows never compute time from a calendar: they ask, and sleep to the answer. */
export interface SessionClockActivities {
  nextSession(input: NextSessionInput): Promise<SessionTick>;
  /** Wall instant that lies `sessions` sessions ahead; for people to decide, hence on the approval pace of a replay. */
  sessionDeadline(input: DeadlineInput): Promise<{ readonly at: string }>;
  /** Wall instant at which a swap may happen: now, or the end of the running session. */
  swapWindow(input: {
    readonly spec: ModelSpec;
    readonly clock: ClockSpec;
    /** As in `NextSessionInput`. */
    readonly now: string;
  }): Promise<SwapWindow>;
  /** When a retrain may begin: never inside a session, unless it is an emergency. */
  retrainWindow(input: {
    readonly spec: ModelSpec;
    readonly clock: ClockSpec;
    readonly asOf: string;
    readonly emergency: boolean;
    /** As in `NextSessionInput`. */
    readonly now: string;
  }): Promise<RetrainWindow>;
}

/** Where the clock's sessions come from. */
export interface CalendarSource {
  /**
   * Live: the market's shipped calendar with the user's changes, as they are now. Replay: the sessions of the market data
   * folder, the past that is replayed.
   */
  calendar(spec: ModelSpec, clock: ClockSpec): Promise<SessionCalendar>;
  /** Keeps the calendar by its content and gives its hash. */
  pin(calendar: SessionCalendar): Promise<string>;
}

export function sessionClockActivities(source: CalendarSource, now: () => Date): SessionClockActivities {
  // The clock of a worker may be off by a day; a workflow that sleeps by Temporal's must not be told to wait by another.
  const nowOf = (request: { readonly now?: string }): string => request.now ?? now().toISOString();
  return {
    nextSession: async (request) => {
      const { spec, clock, after, asOf } = request;
      const calendar = await source.calendar(spec, clock);
      // A reign admitted without a shadow begins on a calendar date, which need not be a session.
      const before = after === null || calendar.has(after) ? after : calendar.previous(after);
      const tick = nextTick({ calendar, clock, after: before, asOf, now: nowOf(request) });
      return { ...tick, calendarSha256: await source.pin(calendar) };
    },
    sessionDeadline: async ({ spec, clock, from, sessions }) => ({
      at: sessionDeadline({ calendar: await source.calendar(spec, clock), clock, from, sessions }),
    }),
    swapWindow: async (request) => {
      const { spec, clock } = request;
      const calendar = await source.calendar(spec, clock);
      const window = spec.serving.swapWindow;
      const opensAt = swapOpensAt({ calendar, clock, window, now: nowOf(request) });
      return { opensAt, firstTraded: clock.mode === 'live' ? firstTradedAfter(calendar, opensAt) : null };
    },
    retrainWindow: async (request) => {
      const { spec, clock, asOf, emergency } = request;
      const calendar = await source.calendar(spec, clock);
      return retrainWindow({ calendar, clock, asOf, emergency, now: nowOf(request) });
    },
  };
}
