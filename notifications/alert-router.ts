import { createHash } from 'node:crypto';
import { formatDuration } from '../alerting/duration.ts';
import { afterReport } from '../alerting/episodes.ts';
import { decideGroup } from '../alerting/group-decision.ts';
import { Inhibition } from '../alerting/inhibition.ts';
import { labelText } from '../alerting/labels.ts';
import type { Labels } from '../alerting/labels.ts';
import { allRoutes, groupLabels, matchingRoutes, routeTree } from '../alerting/route-tree.ts';
import type { Route } from '../alerting/route-tree.ts';
import { silenceOf } from '../alerting/silence.ts';
import { intervalHolds } from '../alerting/time-interval.ts';
import type { Calendars } from '../alerting/time-interval.ts';
import type { AlertingFile } from '../alerting/config.ts';
import { MAX_ALERT_ITEMS } from '../contracts/notification.ts';
import type {
  AlertRouting,
  AlertRoutingTransaction,
  EpisodeChange,
  GroupRow,
  MemberChange,
  StoredEpisode,
  UnroutedAlert,
} from './alert-port.ts';
import { groupEvent, worstOf } from './group-event.ts';
import { instantOf } from './timer.ts';

export interface AlertRouterOptions {
  readonly routing: AlertRouting;
  readonly file: AlertingFile;
  readonly calendars: Calendars;
}

/** Reports taken in at once: bounds memory in a storm. */
const INTAKE_BATCH = 500;
/** Members of a group looked at at once. */
const MEMBER_PAGE = 1000;
/** Groups flushed in one round. */
const FLUSH_BATCH = 100;

const digest = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');
export const fingerprintOf = (labels: Labels): string => digest(labelText(labels));
const groupIdOf = (route: Route, labels: Labels): string =>
  digest(`${route.id}\n${route.receiver}\n${labelText(labels)}`);

export interface RouterRound {
  /** Reports taken in. */
  readonly taken: number;
  /** Groups whose timer had run out. */
  readonly flushed: number;
  /** Messages that were addressed. */
  readonly notified: number;
  /** Milliseconds since the epoch at which the next timer runs out; null: none runs. */
  readonly nextMs: number | null;
}

/**
 * Turns reports into notifications of groups: routing tree, group_by and the three intervals, inhibition, silences and mute
 * times, as Alertmanager does it. All state is in the registry and every step is one transaction together with the
 * messages it sends, so a router that is killed and started again goes on where it was, and none is sent twice.
 */
export class AlertRouter {
  readonly #options: AlertRouterOptions;
  readonly #tree: Route;
  readonly #routes: ReadonlyMap<string, Route>;

  constructor(options: AlertRouterOptions) {
    this.#options = options;
    this.#tree = routeTree(options.file.route);
    this.#routes = new Map(allRoutes(this.#tree).map((route) => [route.id, route]));
  }

  /** Takes in what was reported and flushes the groups that are due at `nowMs`. Null: another router is at work. */
  async round(nowMs: number): Promise<RouterRound | null> {
    const { routing } = this.#options;
    let taken = 0;
    for (let batch = INTAKE_BATCH; batch === INTAKE_BATCH; taken += batch) {
      const count = await routing.exclusively((transaction) => this.#takeIn(transaction, nowMs));
      if (count === null) return null;
      batch = count;
    }
    const now = instantOf(nowMs);
    const flushed = await routing.exclusively(async (transaction) => {
      const due = await transaction.dueGroups(now, FLUSH_BATCH);
      if (due.length === 0) return { flushed: 0, notified: 0 };
      const inhibition = await this.#inhibition(transaction);
      const silences = await transaction.silences(now);
      let notified = 0;
      for (const group of due) {
        const route = this.#routes.get(group.route);
        if (route === undefined || groupIdOf(route, group.labels) !== group.id) {
          await this.#rehome(transaction, group, nowMs);
        } else if (await this.#flush(transaction, { group, route, inhibition, silences, nowMs })) {
          notified += 1;
        }
      }
      return { flushed: due.length, notified };
    });
    if (flushed === null) return null;
    const next = await routing.exclusively((transaction) => transaction.nextFlush());
    return { taken, ...flushed, nextMs: next === null ? null : Date.parse(next) };
  }

  async #takeIn(transaction: AlertRoutingTransaction, nowMs: number): Promise<number> {
    const reports = await transaction.unrouted(INTAKE_BATCH);
    if (reports.length === 0) return 0;
    const fingerprints = new Set(reports.map(({ labels }) => fingerprintOf(labels)));
    const known = await transaction.firingEpisodes([...fingerprints]);
    const { episodes, members } = this.#changes(reports, known, nowMs);
    const routed = reports.map(({ id }) => id);
    await transaction.saveIntake({ episodes, members, routed, now: instantOf(nowMs) });
    return reports.length;
  }

  #changes(
    reports: readonly UnroutedAlert[],
    known: readonly StoredEpisode[],
    nowMs: number,
  ): { readonly episodes: readonly EpisodeChange[]; readonly members: readonly MemberChange[] } {
    const current = new Map<string, EpisodeChange['episode']>(
      known.map(({ fingerprint, ...episode }) => [fingerprint, episode]),
    );
    const finished: EpisodeChange[] = [];
    const touched = new Map<string, Labels>();
    for (const { id, labels, startsAt, endsAt } of reports) {
      const fingerprint = fingerprintOf(labels);
      const before = current.get(fingerprint) ?? null;
      const report = {
        alertId: id,
        startsMs: Date.parse(startsAt),
        endsMs: endsAt === null ? null : Date.parse(endsAt),
      };
      const after = afterReport(before, report, nowMs);
      if (after === null || after === before) continue;
      // One that ended and fires anew within a batch: the first is stored as it ended.
      if (before !== null && before.endedMs !== null && after.endedMs === null) {
        finished.push({ fingerprint, labels, episode: before });
      }
      current.set(fingerprint, after);
      touched.set(fingerprint, labels);
    }
    const open = [...touched].flatMap(([fingerprint, labels]) => {
      const episode = current.get(fingerprint);
      return episode === undefined ? [] : [{ fingerprint, labels, episode }];
    });
    return {
      episodes: [...finished, ...open],
      members: open.flatMap(({ fingerprint, labels, episode }) =>
        this.#memberships(fingerprint, labels, episode.startedMs, nowMs),
      ),
    };
  }

  #memberships(
    fingerprint: string,
    labels: Labels,
    startedMs: number,
    nowMs: number,
  ): readonly MemberChange[] {
    return matchingRoutes(this.#tree, labels).map((route) => {
      const shared = groupLabels(route, labels);
      return {
        fingerprint,
        groupId: groupIdOf(route, shared),
        route: route.id,
        receiver: route.receiver,
        groupLabels: shared,
        flushAt: instantOf(nowMs + route.groupWaitMs),
        overdue: startedMs + route.groupWaitMs < nowMs,
      };
    });
  }

  /** The routing tree was changed: the alerts of a group that it no longer has go where they belong now. */
  async #rehome(transaction: AlertRoutingTransaction, group: GroupRow, nowMs: number): Promise<void> {
    for (let after = ''; ;) {
      const page = await transaction.members(group.id, after, MEMBER_PAGE);
      const members = page.flatMap(({ fingerprint, labels }) =>
        this.#memberships(fingerprint, labels, nowMs, nowMs),
      );
      await transaction.saveIntake({ episodes: [], members, routed: [], now: instantOf(nowMs) });
      if (page.length < MEMBER_PAGE) break;
      after = page.at(-1)?.fingerprint ?? '';
    }
    await transaction.dropGroup(group.id);
  }

  /** What the alerts that fire hold back; read in pages, since a storm may be firing. */
  async #inhibition(transaction: AlertRoutingTransaction): Promise<Inhibition> {
    const rules = this.#options.file.inhibit_rules;
    const inhibition = new Inhibition(rules);
    for (const rule of rules) {
      const exact = Object.fromEntries(
        rule.source_matchers
          .filter(({ operator, value }) => operator === '=' && value !== '')
          .map(({ name, value }) => [name, value]),
      );
      for (let after = 0; ;) {
        const page = await transaction.firing(exact, after, MEMBER_PAGE);
        inhibition.add(page);
        if (page.length < MEMBER_PAGE) break;
        after = page.at(-1)?.id ?? after;
      }
    }
    return inhibition;
  }

  #mutedBy(route: Route, nowMs: number): string {
    const { file, calendars } = this.#options;
    const holds = (name: string): boolean => {
      const interval = file.time_intervals.find((candidate) => candidate.name === name);
      return interval !== undefined && intervalHolds(interval.time_intervals, nowMs, calendars);
    };
    const muted = route.muteTimes.find(holds);
    if (muted !== undefined) return `muted by ${muted}`;
    const { activeTimes } = route;
    return activeTimes.length === 0 || activeTimes.some(holds)
      ? ''
      : `muted outside ${activeTimes.join(', ')}`;
  }

  /** True when somebody is told. */
  async #flush(transaction: AlertRoutingTransaction, flush: Flush): Promise<boolean> {
    const { group, route, nowMs } = flush;
    const { file } = this.#options;
    const now = instantOf(nowMs);
    await transaction.endSilent(group.id, instantOf(nowMs - file.global.resolve_timeout), now);
    await this.#holdBack(transaction, flush);
    const counts = await transaction.counts(group.id);
    const receiver = file.receivers.find(({ name }) => name === route.receiver);
    const decision = decideGroup({
      ...counts,
      notifiedMs: group.notifiedAt === null ? null : Date.parse(group.notifiedAt),
      repeatIntervalMs: route.repeatIntervalMs,
      sendResolved: receiver?.send_resolved ?? true,
      nowMs,
    });
    if (decision.kind === 'notify') {
      const items = await transaction.items(group.id, MAX_ALERT_ITEMS);
      const channels = receiver?.channels ?? [];
      const { severity, model } = worstOf(items);
      const record = { group, severity, model, step: 0, counts, channels, now };
      const sequence = await transaction.recordNotification(record);
      const event = groupEvent({
        ...{ sequence, items, counts, receiver: route.receiver, groupLabels: group.labels, now },
        ...{ step: 0, recipients: [] },
      });
      await transaction.send(sequence, event, channels);
      if (route.escalation !== '' && counts.firing > 0) {
        const policy = route.escalation;
        await transaction.beginEscalation({ notificationId: sequence, groupId: group.id, policy, now });
      }
    }
    if (decision.kind !== 'nothing') await transaction.markTold(group.id);
    const flushAt = instantOf(nowMs + route.groupIntervalMs);
    const notifiedAt = decision.kind === 'nothing' ? null : now;
    await transaction.finishFlush({ groupId: group.id, flushAt, notifiedAt });
    return decision.kind === 'notify';
  }

  /** Writes down for each alert of the group whether it is held back now, and by what. */
  async #holdBack(
    transaction: AlertRoutingTransaction,
    { group, route, inhibition, silences, nowMs }: Flush,
  ): Promise<void> {
    const muted = this.#mutedBy(route, nowMs);
    const heldBackBy = (labels: Labels): string => {
      if (muted !== '') return muted;
      const inhibitor = inhibition.inhibitorOf(labels);
      if (inhibitor !== null) return `inhibited by ${String(inhibitor)}`;
      const silence = silenceOf(silences, labels, nowMs);
      return silence === null ? '' : `silence ${String(silence.id)}`;
    };
    for (let after = ''; ;) {
      const page = await transaction.members(group.id, after, MEMBER_PAGE);
      const changes = page
        .map(({ fingerprint, labels, suppressedBy }) => ({
          fingerprint,
          before: suppressedBy,
          suppressedBy: heldBackBy(labels),
        }))
        .filter(({ before, suppressedBy }) => before !== suppressedBy);
      await transaction.suppress(group.id, changes, instantOf(nowMs));
      if (page.length < MEMBER_PAGE) return;
      after = page.at(-1)?.fingerprint ?? '';
    }
  }

  /** The routing tree in words, for the log. */
  describe(): string {
    return [...this.#routes.values()]
      .map(
        ({ id, receiver, groupWaitMs, groupIntervalMs, repeatIntervalMs }) =>
          `${id} -> ${receiver} (${[groupWaitMs, groupIntervalMs, repeatIntervalMs].map(formatDuration).join(', ')})`,
      )
      .join('; ');
  }
}

interface Flush {
  readonly group: GroupRow;
  readonly route: Route;
  readonly inhibition: Inhibition;
  readonly silences: Parameters<typeof silenceOf>[0];
  readonly nowMs: number;
}
