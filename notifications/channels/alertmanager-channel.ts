import type { AlertGroupEvent } from '../../contracts/notification.ts';
import type { SendOutcome } from '../outcome.ts';
import { alertAddress } from '../templates/compose.ts';
import { runbookOf } from '../templates/compose-alert.ts';
import type { Channel, Delivery } from './channel.ts';
import { checkReceiver, httpPost } from './http-post.ts';

export interface AlertmanagerChannelOptions {
  readonly name: string;
  /** Its base address. */
  readonly url: string;
  /** How long a firing alert stands without being posted again, milliseconds. */
  readonly holdMs: number;
  readonly allowPrivate: boolean;
  /** Base of links to the dashboard; null: there is none. */
  readonly dashboardUrl: string | null;
  readonly timeoutMs: number;
  readonly now: () => number;
}

/** Alerts of an event in the shape of `POST /api/v2/alerts`. */
export function alertmanagerAlerts(
  event: AlertGroupEvent,
  { holdMs, dashboardUrl }: Pick<AlertmanagerChannelOptions, 'holdMs' | 'dashboardUrl'>,
): readonly unknown[] {
  return event.items.map((item) => ({
    labels: item.labels,
    annotations: {
      summary: item.summary,
      description: item.description,
      runbook: runbookOf(item.rule),
      contender_alert: String(item.id),
    },
    startsAt: item.startsAt,
    // Without an end Alertmanager would take it for over after its own resolve_timeout.
    endsAt: item.endsAt ?? new Date(Date.parse(event.occurredAt) + holdMs).toISOString(),
    ...generator(dashboardUrl === null ? item.link : alertAddress(dashboardUrl, item.id)),
  }));
}

/** Where receivers behind it, a pager for one, lead whoever is woken: the page of the alert, else of the workflow. */
const generator = (url: string | null): { readonly generatorURL?: string } =>
  url === null ? {} : { generatorURL: url };

/** Hands alerts over to an Alertmanager, which drops what it knows already. Other messages are not for it. */
export function alertmanagerChannel(options: AlertmanagerChannelOptions): Channel {
  const { name, allowPrivate, timeoutMs, now } = options;
  const who = `the Alertmanager ${name}`;
  checkReceiver(who, options.url, allowPrivate);
  const url = `${options.url.replace(/\/+$/u, '')}/api/v2/alerts`;

  async function send({ event }: Delivery): Promise<SendOutcome> {
    if (event.kind !== 'alert') return { kind: 'refused', reason: `${who} takes alerts only` };
    return await httpPost({
      ...{ who, url, timeoutMs, allowPrivate, now },
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(alertmanagerAlerts(event, options)),
    });
  }

  return { name, timeoutMs, minIntervalMs: 0, concurrency: 2, send };
}
