import type { AlertGroupEvent } from '../../contracts/notification.ts';
import type { SendOutcome } from '../outcome.ts';
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
  readonly timeoutMs: number;
  readonly now: () => number;
}

/** Alerts of an event in the shape of `POST /api/v2/alerts`. */
export function alertmanagerAlerts(event: AlertGroupEvent, holdMs: number): readonly unknown[] {
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
    ...(item.link === null ? {} : { generatorURL: item.link }),
  }));
}

/** Hands alerts over to an Alertmanager, which drops what it knows already. Other messages are not for it. */
export function alertmanagerChannel(options: AlertmanagerChannelOptions): Channel {
  const { name, holdMs, allowPrivate, timeoutMs, now } = options;
  const who = `the Alertmanager ${name}`;
  checkReceiver(who, options.url, allowPrivate);
  const url = `${options.url.replace(/\/+$/u, '')}/api/v2/alerts`;

  async function send({ event }: Delivery): Promise<SendOutcome> {
    if (event.kind !== 'alert') return { kind: 'refused', reason: `${who} takes alerts only` };
    return await httpPost({
      ...{ who, url, timeoutMs, allowPrivate, now },
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(alertmanagerAlerts(event, holdMs)),
    });
  }

  return { name, timeoutMs, minIntervalMs: 0, concurrency: 2, send };
}
