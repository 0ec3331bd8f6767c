import { createHash } from 'node:crypto';
import { ChannelMisconfigured } from '../errors.ts';
import type { SendOutcome } from '../outcome.ts';
import { clip, plainProse } from '../templates/format.ts';
import type { Message } from '../templates/message.ts';
import { renderEvent } from '../templates/render.ts';
import type { Wording } from '../templates/wording.ts';
import type { Channel, Delivery } from './channel.ts';
import { checkReceiver, httpPost } from './http-post.ts';
import type { Resolve } from './http-post.ts';

export interface SmsChannelOptions {
  readonly name: string;
  readonly url: string;
  readonly encoding: 'form' | 'json';
  readonly headers: Readonly<Record<string, string>>;
  readonly basicAuth: { readonly username: string; readonly password: string } | null;
  /** Fields of the request; `{to}`, `{text}` and `{key}` are filled in. */
  readonly fields: Readonly<Record<string, string>>;
  /** Who gets what is not addressed to somebody on call; null: nobody. */
  readonly to: string | null;
  readonly phoneFormat: 'e164' | 'national';
  /** Expression that a good answer contains; null: any 2xx is good. */
  readonly accepted: string | null;
  readonly maxCharacters: number;
  readonly allowPrivate: boolean;
  readonly timeoutMs: number;
  readonly words: Wording;
  readonly now: () => number;
  readonly resolve?: Resolve;
}

const PLACEHOLDERS = ['to', 'text', 'key'];

/** Longest country codes first, for the national form: Taiwan, Hong Kong, Japan, the United States. */
const COUNTRY = /^\+(?:886|852|81|1)/u;

function checkedFields(name: string, fields: Readonly<Record<string, string>>): void {
  const used = Object.values(fields).flatMap((value) =>
    [...value.matchAll(/\{(\w+)\}/gu)].map((match) => match[1]),
  );
  const unknown = used.filter(
    (placeholder) => placeholder === undefined || !PLACEHOLDERS.includes(placeholder),
  );
  const missing = ['to', 'text'].filter((placeholder) => !used.includes(placeholder));
  if (unknown.length === 0 && missing.length === 0) return;
  const why = [
    ...unknown.map((one) => `{${String(one)}} is not known`),
    ...missing.map((one) => `{${one}} is missing`),
  ];
  throw new ChannelMisconfigured(`the SMS channel ${name}: ${why.join(', ')}`, {
    remedy: `Its fields name {to} and {text}, and may name {key}.`,
  });
}

/** Short enough for a few segments: what happened, then what is wanted as far as it fits. */
export const smsText = ({ severity, headline, needed }: Message, maxCharacters: number): string =>
  clip(plainProse(`[${severity}] ${headline}. ${needed}`).replace(/\s+/gu, ' '), maxCharacters);

/** Twenty hex digits: short enough for the client ids of providers, the same for a repeat. */
const smsKey = (dedupeKey: string): string =>
  createHash('sha256').update(dedupeKey).digest('hex').slice(0, 20);

/** Sends one SMS through a provider's HTTP interface. */
export function smsChannel(options: SmsChannelOptions): Channel {
  const { name, url, encoding, fields, allowPrivate, timeoutMs, now, words } = options;
  const who = `the SMS channel ${name}`;
  checkReceiver(who, url, allowPrivate);
  checkedFields(name, fields);
  const accepted = options.accepted === null ? null : expression(name, options.accepted);

  async function send({ dedupeKey, event }: Delivery): Promise<SendOutcome> {
    const addressed = event.kind === 'alert' ? event.recipients : [];
    const phone = addressed.length > 0 ? (addressed[0]?.phone ?? null) : options.to;
    if (phone === null) {
      const person = addressed[0]?.subject;
      return {
        kind: 'refused',
        reason: person === undefined ? `${who} has no number` : `${person} has no number`,
      };
    }
    const values: Readonly<Record<string, string>> = {
      to: options.phoneFormat === 'national' ? phone.replace(COUNTRY, '0') : phone,
      text: renderEvent(event, words, (message) => smsText(message, options.maxCharacters)),
      key: smsKey(dedupeKey),
    };
    const filled = Object.fromEntries(
      Object.entries(fields).map(([field, value]) => [
        field,
        value.replace(/\{(to|text|key)\}/gu, (_all, placeholder: string) => values[placeholder] ?? ''),
      ]),
    );
    const outcome = await httpPost({
      ...{ who, url, timeoutMs, allowPrivate, now },
      body: encoding === 'form' ? new URLSearchParams(filled).toString() : JSON.stringify(filled),
      headers: {
        'content-type':
          encoding === 'form' ? 'application/x-www-form-urlencoded; charset=utf-8' : 'application/json',
        ...options.headers,
        ...(options.basicAuth === null ? {} : { authorization: basicAuth(options.basicAuth) }),
      },
      ...(options.resolve === undefined ? {} : { resolve: options.resolve }),
    });
    if (outcome.kind !== 'sent' || accepted === null || accepted.test(outcome.receipt)) return outcome;
    return { kind: 'refused', reason: `${who} did not take it: ${outcome.receipt}` };
  }

  return { name, timeoutMs, minIntervalMs: 0, concurrency: 2, send };
}

const basicAuth = ({
  username,
  password,
}: {
  readonly username: string;
  readonly password: string;
}): string => `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;

function expression(name: string, text: string): RegExp {
  try {
    return new RegExp(text, 'u');
  } catch (cause) {
    throw new ChannelMisconfigured(`the SMS channel ${name}: "accepted" is no expression`, {
      cause,
      remedy: 'Write what a good answer contains, such as statuscode=[0124].',
    });
  }
}
