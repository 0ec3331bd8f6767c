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

const serverCount = (count: number) => (count === 1 ? '1 server' : `${String(count)} servers`);

export function composeSwapped(event: z.infer<typeof SwappedEvent>): Body {
  const from = event.from === null ? 'no champion' : `version ${String(event.from.number)}`;
  return {
    headline: `${event.model}: version ${String(event.to.number)} is champion, it replaced ${from} (epoch ${String(event.epoch)})`,
    needed: `Nothing is needed: ${serverCount(event.acknowledged.length)} acknowledged in ${formatMilliseconds(event.tookMs)}, and the guard watches the new champion.`,
    facts: [
      { label: 'From', value: versionText(event.from) },
      { label: 'To', value: versionText(event.to) },
      { label: 'Epoch', value: String(event.epoch) },
      { label: 'Took', value: formatMilliseconds(event.tookMs) },
      { label: 'Acknowledged', value: listServers(event.acknowledged) },
    ],
    verdicts: [],
    quotes: [],
    actions: [{ label: 'Take it back', command: event.rollbackCommand }],
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
    actions: [{ label: 'See who answers with what', command: `${CONTENDER} status ${event.model}` }],
  };
}

const CAUSES = {
  guard: 'by the guard',
  manual: 'by hand',
  'break-glass': 'by break-glass',
} as const;

export function composeRolledBack(event: z.infer<typeof RolledBackEvent>): Body {
  const to = `version ${String(event.to.number)}`;
  return {
    headline: `${event.model}: rolled back to ${to} ${CAUSES[event.cause]} in ${formatMilliseconds(event.tookMs)} (epoch ${String(event.epoch)})`,
    needed: `No action is needed to keep trading: ${to} answers. A quant lead should find out what was wrong with version ${String(event.from.number)} before the next promotion.`,
    facts: [
      { label: 'From', value: versionText(event.from) },
      { label: 'To', value: versionText(event.to) },
      { label: 'Epoch', value: String(event.epoch) },
      { label: 'Took', value: formatMilliseconds(event.tookMs) },
      { label: 'Requested by', value: event.requestedBy },
      { label: 'Acknowledged', value: listServers(event.acknowledged) },
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
