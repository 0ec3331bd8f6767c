import type { Market } from '../contracts/primitives.ts';
import type { Zone } from './zone.ts';

/** Sessions as differences from "every weekday at the usual hours". Times are local, dates inclusive. */
export interface SessionListing {
  readonly market: Market;
  readonly zone: Zone;
  readonly from: string;
  readonly to: string;
  /** The package and version the listing was generated from. */
  readonly source: string;
  /** The day on which somebody last compared the listing with its source. */
  readonly reviewedOn: string;
  /** Newest day that the exchange had published when the listing was reviewed; later ones are a projection. */
  readonly reviewedThrough: string;
  readonly opens: string;
  readonly closes: string;
  /** Year to `MMDD` of weekdays without trading. */
  readonly weekdayClosures: Readonly<Record<string, string>>;
  readonly weekendSessions: readonly string[];
  /** Date to local closing time. */
  readonly earlyCloses: Readonly<Record<string, string>>;
}

/** One day on which a listing is wrong, or became wrong after it was made. */
export interface SessionChange {
  readonly date: string;
  /** `session`: the market trades at its usual hours. */
  readonly kind: 'closed' | 'session' | 'early-close';
  /** Local closing time of an early close, `HH:MM`; null for the other kinds. */
  readonly closes: string | null;
  /** Why, and how it is known. */
  readonly reason: string;
}
