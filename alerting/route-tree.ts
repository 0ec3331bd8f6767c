import type { RouteSettings } from './config.ts';
import { pickLabels } from './labels.ts';
import type { Labels } from './labels.ts';
import { matchesAll } from './matcher.ts';
import type { Matcher } from './matcher.ts';

/** One node of the routing tree with what it inherited. Durations in milliseconds. */
export interface Route {
  /** Where it stands: `0`, `0/2`, `0/2/1`. */
  readonly id: string;
  readonly matchers: readonly Matcher[];
  readonly goOn: boolean;
  readonly receiver: string;
  /** `...` groups by all labels: every alert is a group of its own. */
  readonly groupBy: readonly string[];
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
  readonly muteTimes: readonly string[];
  readonly activeTimes: readonly string[];
  /** Name of the escalation, or empty. */
  readonly escalation: string;
  readonly children: readonly Route[];
}

type Inherited = Pick<
  Route,
  'receiver' | 'groupBy' | 'groupWaitMs' | 'groupIntervalMs' | 'repeatIntervalMs' | 'escalation'
>;

/** Defaults of Alertmanager (documentation, `<route>`). */
const ROOT: Inherited = {
  receiver: '',
  groupBy: [],
  groupWaitMs: 30_000,
  groupIntervalMs: 300_000,
  repeatIntervalMs: 14_400_000,
  escalation: '',
};

/** Matchers, mute times and active times are a node's own; everything else it inherits. */
export function routeTree(settings: RouteSettings, parent: Inherited = ROOT, id = '0'): Route {
  const inherited: Inherited = {
    receiver: settings.receiver ?? parent.receiver,
    groupBy: settings.group_by ?? parent.groupBy,
    groupWaitMs: settings.group_wait ?? parent.groupWaitMs,
    groupIntervalMs: settings.group_interval ?? parent.groupIntervalMs,
    repeatIntervalMs: settings.repeat_interval ?? parent.repeatIntervalMs,
    escalation: settings.escalation ?? parent.escalation,
  };
  return {
    ...inherited,
    id,
    matchers: settings.matchers,
    goOn: settings.continue,
    muteTimes: settings.mute_time_intervals,
    activeTimes: settings.active_time_intervals,
    children: settings.routes.map((child, index) => routeTree(child, inherited, `${id}/${String(index)}`)),
  };
}

/** Every node, parents first. */
export const allRoutes = (route: Route): readonly Route[] => [route, ...route.children.flatMap(allRoutes)];

/**
 * The nodes that take an alert: the deepest that match, the first among siblings unless it says `continue`. A node whose
 * children do not match takes it itself; the root matches everything.
 */
export function matchingRoutes(route: Route, labels: Labels): readonly Route[] {
  if (!matchesAll(route.matchers, labels)) return [];
  const taken: Route[] = [];
  for (const child of route.children) {
    const below = matchingRoutes(child, labels);
    taken.push(...below);
    if (below.length > 0 && !child.goOn) break;
  }
  return taken.length > 0 ? taken : [route];
}

/** The labels by which a node groups an alert. */
export const groupLabels = (route: Route, labels: Labels): Labels =>
  route.groupBy.includes('...') ? labels : pickLabels(labels, route.groupBy);
