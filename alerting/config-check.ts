import { AlertingFile } from './config.ts';
import type { RouteSettings } from './config.ts';
import { AlertConfigInvalid } from './errors.ts';
import { matcherText } from './matcher.ts';
import { allRoutes, routeTree } from './route-tree.ts';
import type { Route } from './route-tree.ts';

/**
 * The alerting file from what YAML or JSON gave, with everything that is wrong named at once: unknown fields, unknown
 * channels and receivers, and rules that contradict each other.
 *
 * @param builtIn channels that the settings of the installation configure: `slack`, `email`, `log`
 * @throws AlertConfigInvalid
 */
export function parseAlertingFile(value: unknown, builtIn: readonly string[], source: string): AlertingFile {
  const parsed = AlertingFile.safeParse(value);
  const problems = parsed.success
    ? problemsOf(parsed.data, builtIn)
    : parsed.error.issues.map((issue) => {
        const path = issue.path.map(String).join('.') || 'the file';
        if (issue.code !== 'unrecognized_keys') return `${path}: ${issue.message}`;
        return `${path}: unknown field ${issue.keys.join(', ')}`;
      });
  if (parsed.success && problems.length === 0) return parsed.data;
  throw new AlertConfigInvalid(`${source} is wrong: ${problems.join('; ')}`, {
    remedy: 'Correct it, then look with: contender alerts check FILE',
    details: { problems },
  });
}

/** Everything that is wrong with a file whose fields are in order. */
export function problemsOf(file: AlertingFile, builtIn: readonly string[]): readonly string[] {
  return [
    ...channelProblems(file, builtIn),
    ...routeProblems(file),
    ...intervalProblems(file),
    ...inhibitProblems(file),
    ...escalationProblems(file, builtIn),
  ];
}

function doubles(what: string, names: readonly string[]): readonly string[] {
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  return [...new Set(twice)].map((name) => `${what} ${name} is there twice`);
}

function channelProblems(file: AlertingFile, builtIn: readonly string[]): readonly string[] {
  const known = new Set([...Object.keys(file.channels), ...builtIn]);
  const unknown = file.receivers.flatMap(({ name, channels }) =>
    channels
      .filter((channel) => !known.has(channel))
      .map((channel) => `receiver ${name}: no channel ${channel}; there are ${[...known].sort().join(', ')}`),
  );
  const taken = Object.keys(file.channels)
    .filter((name) => ['slack', 'email', 'log', 'route'].includes(name))
    .map((name) => `channel ${name}: this name belongs to the settings of the installation`);
  return [
    ...unknown,
    ...taken,
    ...doubles(
      'receiver',
      file.receivers.map(({ name }) => name),
    ),
  ];
}

function routeProblems(file: AlertingFile): readonly string[] {
  const { route } = file;
  const problems: string[] = [];
  if (route.receiver === null) problems.push('route: the root needs a receiver');
  if (route.matchers.length > 0) problems.push('route: the root takes every alert and has no matchers');
  if (route.continue) problems.push('route: the root has no siblings to continue with');
  if (route.mute_time_intervals.length > 0 || route.active_time_intervals.length > 0) {
    problems.push('route: the root is never muted; mute a child of it');
  }
  const receivers = new Set(file.receivers.map(({ name }) => name));
  const intervals = new Set(file.time_intervals.map(({ name }) => name));
  const escalations = new Set(file.escalations.map(({ name }) => name));
  for (const node of allRoutes(routeTree(route))) {
    const where = `route ${node.id}`;
    if (node.receiver !== '' && !receivers.has(node.receiver))
      problems.push(`${where}: no receiver ${node.receiver}`);
    for (const name of [...node.muteTimes, ...node.activeTimes]) {
      if (!intervals.has(name)) problems.push(`${where}: no time interval ${name}`);
    }
    for (const name of node.muteTimes.filter((muted) => node.activeTimes.includes(muted))) {
      problems.push(`${where}: ${name} is both a mute time and an active time, so nobody is ever told`);
    }
    if (node.escalation !== '' && !escalations.has(node.escalation))
      problems.push(`${where}: no escalation ${node.escalation}`);
    if (node.groupBy.includes('...') && node.groupBy.length > 1)
      problems.push(`${where}: group_by "..." stands alone`);
    if (node.groupIntervalMs === 0) problems.push(`${where}: group_interval is longer than nothing`);
    if (node.repeatIntervalMs < node.groupIntervalMs) {
      problems.push(`${where}: repeat_interval is shorter than group_interval, so it has no effect`);
    }
    problems.push(...contradictions(node, where), ...shadowed(node));
  }
  return problems;
}

/** Two equalities of one label with different values: nothing ever matches. */
function contradictions({ matchers }: Route, where: string): readonly string[] {
  const equalities = matchers.filter(({ operator }) => operator === '=');
  return equalities.flatMap((a, index) =>
    equalities
      .slice(index + 1)
      .filter((b) => a.name === b.name && a.value !== b.value)
      .map((b) => `${where}: ${matcherText(a)} and ${matcherText(b)} never hold together`),
  );
}

/** A sibling behind one that takes everything, or the very same, is never reached. */
function shadowed({ children }: Route): readonly string[] {
  const key = ({ matchers }: Route): string => matchers.map(matcherText).sort().join(',');
  return children.flatMap((child, index) => {
    const before = children
      .slice(0, index)
      .find((other) => !other.goOn && (other.matchers.length === 0 || key(other) === key(child)));
    return before === undefined
      ? []
      : [`route ${child.id} is never reached: route ${before.id} takes the same and does not continue`];
  });
}

function intervalProblems(file: AlertingFile): readonly string[] {
  const halves = file.time_intervals.flatMap(({ name, time_intervals }) =>
    time_intervals.flatMap((part) => [
      ...(part.session !== null && part.market === null
        ? [`time interval ${name}: session needs a market`]
        : []),
      ...(part.session === null && part.market !== null
        ? [`time interval ${name}: market needs a session`]
        : []),
      ...part.times
        .filter(({ start_time, end_time }) => start_time >= end_time)
        .map(({ start_time, end_time }) => `time interval ${name}: ${start_time} is not before ${end_time}`),
    ]),
  );
  return [
    ...halves,
    ...doubles(
      'time interval',
      file.time_intervals.map(({ name }) => name),
    ),
  ];
}

function inhibitProblems(file: AlertingFile): readonly string[] {
  return file.inhibit_rules.flatMap((rule, index) => {
    const source = rule.source_matchers.map(matcherText).sort().join(',');
    const target = rule.target_matchers.map(matcherText).sort().join(',');
    return source === target ? [`inhibit rule ${String(index)}: source and target are the same alerts`] : [];
  });
}

function escalationProblems(file: AlertingFile, builtIn: readonly string[]): readonly string[] {
  const known = new Set([...Object.keys(file.channels), ...builtIn]);
  const used = new Set(usedEscalations(file.route));
  const problems = file.escalations.flatMap(({ name, steps }) => [
    ...(used.has(name) ? [] : [`escalation ${name}: no route uses it`]),
    ...steps.flatMap(({ after, channels, oncall }, index) => [
      ...(after <= (steps[index - 1]?.after ?? 0)
        ? [`escalation ${name}: step ${String(index + 1)} does not come after what is before it`]
        : []),
      ...channels
        .filter((channel) => !known.has(channel))
        .map((channel) => `escalation ${name}: no channel ${channel}`),
      ...(oncall
        ? channels
            .filter((channel) => !['email', 'sms'].includes(file.channels[channel]?.kind ?? channel))
            .map((channel) => `escalation ${name}: ${channel} cannot be addressed to who is on call`)
        : channels
            .filter((channel) => {
              const settings = file.channels[channel];
              return settings?.kind === 'sms' && settings.to === null;
            })
            .map(
              (channel) =>
                `escalation ${name}: ${channel} has no number, and the step is not for who is on call`,
            )),
    ]),
  ]);
  return [
    ...problems,
    ...doubles(
      'escalation',
      file.escalations.map(({ name }) => name),
    ),
  ];
}

const usedEscalations = (route: RouteSettings): readonly string[] => [
  ...(route.escalation === null ? [] : [route.escalation]),
  ...route.routes.flatMap(usedEscalations),
];
