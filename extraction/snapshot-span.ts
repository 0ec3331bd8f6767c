import type { SessionCalendar } from '../market/calendar.ts';
import { decisionInstant } from '../market/rules.ts';
import type { LabelSpec } from '../contracts/spec.ts';
import { AsOfTooEarly, SessionUnknown } from './errors.ts';
import type { FeatureSet } from './feature-set.ts';

/** Positions in the calendar that a snapshot covers. */
export interface SnapshotSpan {
  readonly firstIndex: number;
  /** Newest session decided at the as-of instant. */
  readonly lastIndex: number;
  /** Newest session whose label's exit session is decided too (label embargo). */
  readonly lastLabelIndex: number;
}

/** Position of the newest session whose rows are decided at `asOf`; -1 when there is none. */
export function lastDecidedIndex(calendar: SessionCalendar, asOf: string): number {
  const closed = calendar.lastClosedSession(asOf);
  if (closed === null) return -1;
  const index = calendar.indexOf(closed);
  return Date.parse(decisionInstant(calendar, closed)) <= Date.parse(asOf) ? index : index - 1;
}

/** Position of a session. @throws SessionUnknown */
export function sessionIndex(calendar: SessionCalendar, session: string): number {
  if (calendar.has(session)) return calendar.indexOf(session);
  throw new SessionUnknown(`${session} is not a session of the data's calendar`, {
    remedy: `The calendar reaches from ${calendar.at(0).date} to ${calendar.at(calendar.length - 1).date}.`,
    details: { session },
  });
}

/** @throws AsOfTooEarly when no session, or no label, is known at the as-of instant */
export function snapshotSpan(
  calendar: SessionCalendar,
  set: FeatureSet,
  options: { readonly asOf: string; readonly label: LabelSpec; readonly fromSession: string | null },
): SnapshotSpan {
  const lastIndex = lastDecidedIndex(calendar, options.asOf);
  const firstIndex =
    options.fromSession === null ? set.warmUp - 1 : sessionIndex(calendar, options.fromSession);
  const lastLabelIndex = lastIndex - options.label.entryDelaySessions - options.label.horizonSessions;
  if (lastLabelIndex < firstIndex) {
    throw new AsOfTooEarly(
      `as of ${options.asOf} only ${String(lastIndex + 1)} sessions are decided; the first label needs ${String(firstIndex + 1 + lastIndex - lastLabelIndex)}`,
      {
        remedy: 'Choose a later as-of instant, or data that begin earlier.',
        details: { asOf: options.asOf },
      },
    );
  }
  return { firstIndex, lastIndex, lastLabelIndex };
}
