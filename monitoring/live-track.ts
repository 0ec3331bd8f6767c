import { meanWithInterval } from './ic-summary.ts';

/** What the champion of a session did on it. */
export interface TrackedSession {
  readonly session: string;
  readonly epoch: number;
  /** Null: not matured, or no label. */
  readonly rankIc: number | null;
  /** Daily, net of cost, a fraction; null: not measured. */
  readonly netReturn: number | null;
}

/** A session with everything that led to it. */
export interface TrackPoint extends TrackedSession {
  /** Mean rank IC of the sessions in the window that have one; null while none has. */
  readonly meanIc: number | null;
  /** Central 95 % of that mean by Newey and West's error; null with fewer than ten. */
  readonly interval: readonly [number, number] | null;
  /** Growth of one unit since the first session; one without a return leaves it where it was. */
  readonly equity: number;
  /** How far below its highest the equity is: zero or negative, a fraction. */
  readonly drawdown: number;
}

/**
 * The record of whoever was champion, session by session.
 * @param sessions ascending, one row each
 * @param windowSessions of the running mean, with the sessions that have no IC counted
 * @param overlapSessions over which labels overlap
 */
export function liveTrack(
  sessions: readonly TrackedSession[],
  { windowSessions, overlapSessions }: { readonly windowSessions: number; readonly overlapSessions: number },
): readonly TrackPoint[] {
  let equity = 1;
  let highest = 1;
  return sessions.map((row, at) => {
    const known = sessions
      .slice(Math.max(0, at - windowSessions + 1), at + 1)
      .flatMap(({ rankIc }) => (rankIc === null ? [] : [rankIc]));
    const { mean, interval } = meanWithInterval(Float64Array.from(known), overlapSessions);
    equity *= 1 + (row.netReturn ?? 0);
    highest = Math.max(highest, equity);
    return { ...row, meanIc: mean, interval, equity, drawdown: equity / highest - 1 };
  });
}
