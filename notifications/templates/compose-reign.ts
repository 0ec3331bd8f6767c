import type { z } from 'zod';
import type { RolledBackEvent, SwapPartialEvent, SwappedEvent } from '../../contracts/notification.ts';
import { CONTENDER, formatMilliseconds } from './format.ts';
import type { Body } from './message.ts';

type Servers = z.infer<typeof SwappedEvent>['acknowledged'];
type Version = z.infer<typeof SwappedEvent>['to'];

/** A long list of servers would bury the rest; the count stays exact. */
const LISTED_SERVERS = 12;

function listServers(servers: Servers): string {
  if (servers.length === 0) return 'none';
  const named = servers
    .slice(0, LISTED_SERVERS)
    .map(({ server, epoch }) => `${server} (epoch ${String(epoch)})`);
  const rest = servers.length - named.length;
  return rest === 0 ? named.join(', ') : `${named.join(', ')} and ${String(rest)} more`;
}

const versionText = (version: Version | null) =>
  version === null ? 'none' : `version ${String(version.number)} (${version.id.slice(0, 12)})`;

function acknowledgementFacts(event: { readonly acknowledged: Servers; readonly tookMs: number }) {
  if (event.acknowledged.length === 0) return [{ label: 'Acknowledged', value: 'not known' }];
  return [
    { label: 'Took', value: formatMilliseconds(event.tookMs) },
    { label: 'Acknowledged', value: listServers(event.acknowledged) },
  ];
}

const serverCount = (count: number) => (count === 1 ? '1 server' : `${String(count)} servers`);

/**
 * The announcement of a swap is written with the swap itself; when the process that awaits the servers dies, it leaves
 * without their acknowledgements and must not pretend to know them.
 */
const UNACKNOWLEDGED =
  'Acknowledgements were not known when this was written: the operator on call checks that every server answers with it.';

export function composeSwapped(event: z.infer<typeof SwappedEvent>): Body {
  const from = event.from === null ? 'no champion' : `version ${String(event.from.number)}`;
  const known = event.acknowledged.length > 0;
  return {
    headline: `${event.model}: version ${String(event.to.number)} is champion, it replaced ${from} (epoch ${String(event.epoch)})`,
    needed: known
      ? `Nothing is needed: ${serverCount(event.acknowledged.length)} acknowledged in ${formatMilliseconds(event.tookMs)}, and the guard watches the new champion.`
      : UNACKNOWLEDGED,
    facts: [
      { label: 'From', value: versionText(event.from) },
      { label: 'To', value: versionText(event.to) },
      { label: 'Epoch', value: String(event.epoch) },
      ...acknowledgementFacts(event),
    ],
    verdicts: [],
    quotes: [],
    actions: [
      { label: 'Take it back', command: event.rollbackCommand },
      ...(known
        ? []
        : [{ label: 'See who answers with what', command: `${CONTENDER} champion ${event.model}` }]),
    ],
  };
}

const STALE = {
  serve: 'They keep answering with their last acknowledged champion.',
  refuse: 'They stop answering once their staleness limit is reached.',
} as const;

export function composeSwapPartial(event: z.infer<typeof SwapPartialEvent>): Body {
  const missing = serverCount(event.missing.length);
  return {
    headline: `${event.model}: swap to version ${String(event.to.number)} is partial, ${missing} did not acknowledge epoch ${String(event.epoch)}`,
    needed: `The operator on call must bring the missing servers back or drain them. ${STALE[event.onStale]}`,
    facts: [
      { label: 'Missing', value: listServers(event.missing) },
      { label: 'Acknowledged', value: listServers(event.acknowledged) },
      { label: 'From', value: versionText(event.from) },
      { label: 'To', value: versionText(event.to) },
      { label: 'Waited', value: formatMilliseconds(event.waitedMs) },
    ],
    verdicts: [],
    quotes: [],
    actions: [{ label: 'See who answers with what', command: `${CONTENDER} champion ${event.model}` }],
  };
}

const CAUSES = {
  guard: 'by the guard',
  manual: 'by hand',
  'break-glass': 'by break-glass',
} as const;

export function composeRolledBack(event: z.infer<typeof RolledBackEvent>): Body {
  const to = `version ${String(event.to.number)}`;
  const known = event.acknowledged.length > 0;
  const took = known ? ` in ${formatMilliseconds(event.tookMs)}` : '';
  return {
    headline: `${event.model}: rolled back to ${to} ${CAUSES[event.cause]}${took} (epoch ${String(event.epoch)})`,
    needed: `${known ? `No action is needed to keep trading: ${to} answers.` : UNACKNOWLEDGED} A quant lead should find out what was wrong with version ${String(event.from.number)} before the next promotion.`,
    facts: [
      { label: 'From', value: versionText(event.from) },
      { label: 'To', value: versionText(event.to) },
      { label: 'Epoch', value: String(event.epoch) },
      { label: 'Requested by', value: event.requestedBy },
      ...acknowledgementFacts(event),
    ],
    verdicts: [],
    quotes: [{ label: 'Reason', text: event.reason }],
    actions: [
      { label: 'See the champion', command: `${CONTENDER} champion ${event.model}` },
      {
        label: 'See the version that was taken back',
        command: `${CONTENDER} show ${event.model} ${String(event.from.number)}`,
      },
    ],
  };
}
