import { createHash, createHmac } from 'node:crypto';
import { ChannelMisconfigured } from '../errors.ts';
import type { SendOutcome } from '../outcome.ts';
import { renderEvent } from '../templates/render.ts';
import type { Wording } from '../templates/wording.ts';
import type { Channel, Delivery } from './channel.ts';
import { checkReceiver, httpPost } from './http-post.ts';
import type { Resolve } from './http-post.ts';

export interface WebhookChannelOptions {
  readonly name: string;
  readonly url: string;
  /** `whsec_` and base64. The first signs; with a second one the receiver can change over without a gap. */
  readonly secrets: readonly string[];
  readonly allowPrivate: boolean;
  readonly timeoutMs: number;
  readonly words: Wording;
  readonly now: () => number;
  readonly resolve?: Resolve;
}

/** Sends at once to one receiver. */
const CONCURRENCY = 4;

function keyOf(name: string, secret: string): Buffer {
  const key = Buffer.from(secret.replace(/^whsec_/u, ''), 'base64');
  // Standard Webhooks: 24 to 64 bytes.
  if (secret.startsWith('whsec_') && key.length >= 24 && key.length <= 64) return key;
  throw new ChannelMisconfigured(
    `the webhook ${name}: its secret is not whsec_ and base64 of 24 to 64 bytes`,
    {
      remedy: 'Make one: echo whsec_$(head -c 32 /dev/urandom | base64)',
    },
  );
}

/** The id of a message, the same for a repeat: receivers drop what they have seen. */
export const webhookId = (dedupeKey: string): string =>
  `msg_${createHash('sha256').update(dedupeKey).digest('hex').slice(0, 32)}`;

/** `v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64, one for each key (Standard Webhooks 1.0). */
export const webhookSignature = (
  keys: readonly Buffer[],
  id: string,
  timestamp: number,
  body: string,
): string =>
  keys
    .map(
      (key) =>
        `v1,${createHmac('sha256', key)
          .update(`${id}.${String(timestamp)}.${body}`)
          .digest('base64')}`,
    )
    .join(' ');

/** Posts events as signed JSON (Standard Webhooks). */
export function webhookChannel(options: WebhookChannelOptions): Channel {
  const { name, url, allowPrivate, timeoutMs, now, words } = options;
  const who = `the webhook ${name}`;
  checkReceiver(who, url, allowPrivate);
  const keys = options.secrets.map((secret) => keyOf(name, secret));

  async function send({ dedupeKey, event, createdAt }: Delivery): Promise<SendOutcome> {
    const { links, ...text } = renderEvent(event, words, ({ headline, needed, links: pages }) => ({
      ...{ headline, needed, links: pages },
    }));
    const type = `contender.${event.kind}`;
    const body = JSON.stringify({ type, timestamp: createdAt, text, links, data: event });
    const id = webhookId(dedupeKey);
    const timestamp = Math.floor(now() / 1000);
    return await httpPost({
      ...{ who, url, body, timeoutMs, allowPrivate, now },
      headers: {
        'content-type': 'application/json',
        'user-agent': 'contender',
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': webhookSignature(keys, id, timestamp, body),
      },
      ...(options.resolve === undefined ? {} : { resolve: options.resolve }),
    });
  }

  return { name, timeoutMs, minIntervalMs: 0, concurrency: CONCURRENCY, send };
}
