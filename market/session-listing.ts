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
  readonly opens: string;
  readonly closes: string;
  /** Year to `MMDD` of weekdays without trading. */
  readonly weekdayClosures: Readonly<Record<string, string>>;
  readonly weekendSessions: readonly string[];
  /** Date to local closing time. */
  readonly earlyCloses: Readonly<Record<string, string>>;
}

/** Days that correct a listing: they win over it. */
export interface SessionCorrections {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}
