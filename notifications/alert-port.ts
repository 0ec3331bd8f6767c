import type { AlertContent } from '../contracts/alert.ts';
import type { Episode } from '../alerting/episodes.ts';
import type { Labels } from '../alerting/labels.ts';
import type { Silence } from '../alerting/silence.ts';
import type { NotificationEvent } from '../contracts/notification.ts';

/** A report that nobody has routed yet. */
export interface UnroutedAlert {
  readonly id: number;
  readonly labels: Labels;
  readonly startsAt: string;
  readonly endsAt: string | null;
}

export interface StoredEpisode extends Episode {
  readonly id: number;
  readonly fingerprint: string;
}

/** An episode as it should be stored; `id` null: a new one. */
export interface EpisodeChange {
  readonly fingerprint: string;
  readonly labels: Labels;
  readonly episode: Episode;
}

/** Membership of an alert in a group; the group is made if it is not there. */
export interface MemberChange {
  readonly fingerprint: string;
  readonly groupId: string;
  readonly route: string;
  readonly receiver: string;
  readonly groupLabels: Labels;
  readonly flushAt: string;
  /** When the alert has fired for so long that a group which was never flushed is due at once. */
  readonly overdue: boolean;
}

export interface GroupRow {
  readonly id: string;
  readonly route: string;
  readonly receiver: string;
  readonly labels: Labels;
  /** null: nobody was told yet. */
  readonly notifiedAt: string | null;
}

export interface MemberRow {
  readonly fingerprint: string;
  readonly episodeId: number;
  readonly labels: Labels;
  readonly suppressedBy: string;
}

export interface GroupCounts {
  readonly firing: number;
  readonly newFiring: number;
  readonly newResolved: number;
  readonly unacknowledged: number;
  readonly toldFiring: boolean;
  readonly suppressed: number;
}

/** An alert of a group as a message shows it. */
export interface GroupItem {
  readonly id: number;
  readonly labels: Labels;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly content: AlertContent | null;
}

export interface NotificationRecord {
  readonly group: GroupRow;
  readonly severity: string;
  readonly model: string | null;
  readonly step: number;
  readonly counts: GroupCounts;
  readonly channels: readonly string[];
  readonly now: string;
}

/** What the router needs from the registry, inside one transaction and with no other router at work. */
export interface AlertRoutingTransaction {
  /** Oldest first. */
  unrouted(limit: number): Promise<readonly UnroutedAlert[]>;
  /** The episodes of these alerts that have not ended. */
  firingEpisodes(fingerprints: readonly string[]): Promise<readonly StoredEpisode[]>;
  saveIntake(input: {
    readonly episodes: readonly EpisodeChange[];
    readonly members: readonly MemberChange[];
    readonly routed: readonly number[];
    readonly now: string;
  }): Promise<void>;
  /** Groups whose timer has run out, the longest overdue first. */
  dueGroups(now: string, limit: number): Promise<readonly GroupRow[]>;
  /** When the next timer runs out; null: none runs. */
  nextFlush(): Promise<string | null>;
  /** Ends what nobody has reported since `before`. */
  endSilent(groupId: string, before: string, now: string): Promise<void>;
  members(groupId: string, after: string, limit: number): Promise<readonly MemberRow[]>;
  suppress(
    groupId: string,
    changes: readonly { readonly fingerprint: string; readonly suppressedBy: string }[],
    now: string,
  ): Promise<void>;
  counts(groupId: string): Promise<GroupCounts>;
  /** What the next notification of the group would say, the worst and newest first. */
  items(groupId: string, limit: number): Promise<readonly GroupItem[]>;
  /** Firing alerts whose labels contain these, by id; for the sources of inhibitions. */
  firing(
    contains: Labels,
    after: number,
    limit: number,
  ): Promise<readonly { readonly id: number; readonly labels: Labels }[]>;
  silences(now: string): Promise<readonly Silence[]>;
  /** Writes the notification down and gives its number. */
  recordNotification(record: NotificationRecord): Promise<number>;
  /** Brings what was told up to date with what is. */
  markTold(groupId: string): Promise<void>;
  /** Sets the next timer; drops what ended, and the group when nothing is left of it. */
  finishFlush(input: {
    readonly groupId: string;
    readonly flushAt: string;
    readonly notifiedAt: string | null;
  }): Promise<void>;
  dropGroup(groupId: string): Promise<void>;
  beginEscalation(input: {
    readonly notificationId: number;
    readonly groupId: string;
    readonly policy: string;
    readonly now: string;
  }): Promise<void>;
  /** Addresses a message to channels. */
  send(notificationId: number, event: NotificationEvent, channels: readonly string[]): Promise<void>;
}

export interface AlertRouting {
  /** One transaction in which no other router works; null: another one does. */
  exclusively<T>(work: (transaction: AlertRoutingTransaction) => Promise<T>): Promise<T | null>;
}
