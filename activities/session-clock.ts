import type { ClockSpec } from '../contracts/clock.ts';
import type { ModelSpec } from '../contracts/spec.ts';

export interface NextSessionInput {
  readonly spec: ModelSpec;
  readonly clock: ClockSpec;
  /** The session after this one; null: the first session decided after `asOf`. */
  readonly after: string | null;
  readonly asOf: string;
}

export interface SessionTick {
  readonly session: string;
  /** Business instant at which the session's rows are decided. */
  readonly decisionInstant: string;
  /** Wall instant to sleep to. */
  readonly wakeAt: string;
}

export interface DeadlineInput {
  readonly spec: ModelSpec;
  readonly clock: ClockSpec;
  readonly from: string;
  readonly sessions: number;
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
  }): Promise<{ readonly opensAt: string }>;
}
