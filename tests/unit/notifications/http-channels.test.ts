import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { alertmanagerChannel } from '../../../notifications/channels/alertmanager-channel.ts';
import { smsChannel } from '../../../notifications/channels/sms-channel.ts';
import type { SmsChannelOptions } from '../../../notifications/channels/sms-channel.ts';
import { webhookChannel, webhookId } from '../../../notifications/channels/webhook-channel.ts';
import { NO_PAPERS } from '../../../notifications/channels/papers.ts';
import { channelFaults, fileChannels } from '../../../notifications/file-channels.ts';
import { parseAlertingFile } from '../../../alerting/config-check.ts';
import { ENGLISH } from '../../../notifications/templates/wording.ts';
import { notificationEvent } from '../../../contracts/notification.ts';
import { sampleDrafts, sampleEvent } from './sample-events.ts';

interface Seen {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
const seen: Seen[] = [];
let answer = 'ok';
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
  request.on('end', () => {
    seen.push({ path: request.url ?? '', headers: request.headers, body });
    response.end(answer);
  });
});
let url = '';
beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});
beforeEach(() => {
  seen.length = 0;
  answer = 'ok';
});

const nowMs = Date.parse('2024-03-08T06:30:20.000Z');
const now = () => nowMs;
const shared = { timeoutMs: 20_000, now, words: ENGLISH, allowPrivate: true };
const event = sampleEvent('alert');
const delivery = { dedupeKey: event.dedupeKey, event, createdAt: '2024-03-08T06:30:13.000Z' };

describe('a webhook', () => {
  const secret = (fill: number) => `whsec_${Buffer.alloc(32, fill).toString('base64')}`;

  it('is signed as Standard Webhooks say, with the old and the new secret', async () => {
    const channel = webhookChannel({ ...shared, name: 'ops', url, secrets: [secret(1), secret(2)] });
    expect(await channel.send(delivery)).toEqual({ kind: 'sent', receipt: 'ok' });
    const [request] = seen;
    const headers: IncomingHttpHeaders = request?.headers ?? {};
    const body = request?.body ?? '';
    const id = headers['webhook-id'] as string;
    expect(id).toBe(webhookId(event.dedupeKey));
    expect(headers['webhook-timestamp']).toBe(String(nowMs / 1000));
    // A second route to the signature: the text of the specification, not our function.
    const expected = [1, 2].map((fill) =>
      createHmac('sha256', Buffer.alloc(32, fill))
        .update(`${id}.${String(nowMs / 1000)}.${body}`)
        .digest('base64'),
    );
    expect(headers['webhook-signature']).toBe(expected.map((one) => `v1,${one}`).join(' '));
    expect(JSON.parse(body)).toMatchObject({ type: 'contender.alert', data: { dedupeKey: event.dedupeKey } });
  });

  it('repeats the same body and id', async () => {
    const channel = webhookChannel({ ...shared, name: 'ops', url, secrets: [secret(1)] });
    await channel.send(delivery);
    await channel.send(delivery);
    expect(seen[0]?.body).toBe(seen[1]?.body);
    expect(seen[0]?.headers['webhook-id']).toBe(seen[1]?.headers['webhook-id']);
  });

  it.each(['whsec_c2hvcnQ=', 'plain', ''])('refuses the secret "%s"', (bad) => {
    expect(() => webhookChannel({ ...shared, name: 'ops', url, secrets: [bad] })).toThrow(/whsec_/u);
  });
});

/** Shaped as the interfaces of Twilio and of Mitake. */
const TWILIO: Omit<SmsChannelOptions, 'url'> = {
  ...shared,
  name: 'twilio',
  encoding: 'form',
  headers: {},
  basicAuth: { username: 'AC0', password: 'secret' },
  fields: { To: '{to}', From: '+15005550006', Body: '{text}' },
  to: '+886912345678',
  phoneFormat: 'e164',
  accepted: '"status": ?"(?:queued|accepted|sent)"',
  maxCharacters: 140,
};
const MITAKE: Omit<SmsChannelOptions, 'url'> = {
  ...TWILIO,
  name: 'mitake',
  basicAuth: null,
  fields: {
    username: 'desk',
    password: 'secret',
    dstaddr: '{to}',
    smbody: '{text}',
    clientid: '{key}',
    CharsetURL: 'UTF-8',
  },
  phoneFormat: 'national',
  accepted: 'statuscode=[0124]',
};

describe('an SMS', () => {
  it('goes to a provider in the shape of Twilio', async () => {
    answer = '{"sid": "SM1", "status": "queued"}';
    const path = '/2010-04-01/Accounts/AC0/Messages.json';
    expect((await smsChannel({ ...TWILIO, url: url + path }).send(delivery)).kind).toBe('sent');
    expect(seen[0]).toMatchObject({ path });
    expect(seen[0]?.headers.authorization).toBe(`Basic ${Buffer.from('AC0:secret').toString('base64')}`);
    const form = new URLSearchParams(seen[0]?.body);
    expect(form.get('To')).toBe('+886912345678');
    expect(form.get('Body')).toContain('[CRITICAL] tw-alpha: the signal of version 3 has decayed');
    expect(form.get('Body')?.length).toBeLessThanOrEqual(140);
  });

  it('goes to a provider in the shape of Mitake, with the same client id when it is repeated', async () => {
    answer = '[1]\r\nmsgid=#0000000001\r\nstatuscode=1\r\nAccountPoint=99\r\n';
    const channel = smsChannel({ ...MITAKE, url });
    expect((await channel.send(delivery)).kind).toBe('sent');
    await channel.send(delivery);
    const forms = seen.map(({ body }) => new URLSearchParams(body));
    expect(forms[0]?.get('dstaddr')).toBe('0912345678');
    expect(forms[0]?.get('clientid')).toMatch(/^[0-9a-f]{20}$/u);
    expect(forms[1]?.get('clientid')).toBe(forms[0]?.get('clientid'));
  });

  it('has not been taken when the provider says so behind a 200', async () => {
    answer = '[1]\r\nstatuscode=e\r\nError=...\r\n';
    expect(await smsChannel({ ...MITAKE, url }).send(delivery)).toMatchObject({ kind: 'refused' });
  });

  it('goes to who is on call, and says when that person has no number', async () => {
    const called = (phone: string | null) => {
      const recipients = [{ subject: 'olga', email: null, phone }];
      const toOlga = notificationEvent({ ...sampleDrafts.alert, step: 2, recipients });
      return { dedupeKey: toOlga.dedupeKey, event: toOlga, createdAt: delivery.createdAt };
    };
    answer = 'statuscode=1';
    const channel = smsChannel({ ...MITAKE, url });
    expect((await channel.send(called('+886987654321'))).kind).toBe('sent');
    expect(new URLSearchParams(seen[0]?.body).get('dstaddr')).toBe('0987654321');
    expect(await channel.send(called(null))).toEqual({ kind: 'refused', reason: 'olga has no number' });
  });

  it.each([
    ['an unknown placeholder', { to: '{to}', body: '{text} {model}' }, '{model} is not known'],
    ['a missing text', { to: '{to}' }, '{text} is missing'],
  ])('refuses %s in its fields', (_name, fields, why) => {
    expect(() => smsChannel({ ...TWILIO, url, fields })).toThrow(why);
  });
});

describe('a hand-over to Alertmanager', () => {
  it('posts labels, annotations and both ends', async () => {
    const channel = alertmanagerChannel({
      ...shared,
      name: 'am',
      url: `${url}/am/`,
      holdMs: 3_600_000,
      dashboardUrl: 'https://desk.example.com/',
    });
    expect((await channel.send(delivery)).kind).toBe('sent');
    expect(seen[0]?.path).toBe('/am/api/v2/alerts');
    expect(JSON.parse(seen[0]?.body ?? '')).toMatchObject([
      {
        labels: { alertname: 'decay-alarm', severity: 'CRITICAL', model: 'tw-alpha', horizon: '5' },
        annotations: { runbook: 'docs/runbooks/decay-alarm.md' },
        generatorURL: expect.stringMatching(/^https:\/\/desk\.example\.com\/alerts\/\d+$/u) as string,
        startsAt: '2024-03-08T06:30:00.000Z',
        endsAt: '2024-03-08T07:30:12.345Z',
      },
    ]);
  });

  it('refuses what is no alert', async () => {
    const channel = alertmanagerChannel({ ...shared, name: 'am', url, holdMs: 1, dashboardUrl: null });
    const story = sampleEvent('swapped');
    expect((await channel.send({ ...delivery, event: story })).kind).toBe('refused');
  });
});

describe('channels of an alerting file', () => {
  const file = (channels: unknown) =>
    parseAlertingFile(
      { channels, receivers: [{ name: 'desk', channels: ['log'] }], route: { receiver: 'desk' } },
      ['log'],
      'the test',
    );
  const ground = {
    smtp: null,
    slackButtons: false,
    papers: NO_PAPERS,
    dashboardUrl: null,
    timeoutMs: 1000,
    now,
  };

  it('are made with their secrets', () => {
    const channels = fileChannels(
      file({
        desk: { kind: 'slack', webhook_url: 'https://hooks.slack.com/services/T/B/x', language: 'zh-TW' },
      }),
      ground,
    );
    expect(channels.map(({ name, minIntervalMs }) => [name, minIntervalMs])).toEqual([['desk', 1000]]);
  });

  it.each([
    ['mail without a server', { ops: { kind: 'email', to: ['a@example.com'] } }, 'no mail server'],
    [
      'a secret file that is not there',
      { ops: { kind: 'slack', webhook_url: { file: '/nowhere/secret' } } },
      'cannot be read',
    ],
    [
      'a webhook to a private address',
      { ops: { kind: 'webhook', url: 'https://10.0.0.1/', secret: `whsec_${'a'.repeat(44)}` } },
      'private network',
    ],
  ])('refuse %s', (_name, channels, why) => {
    expect(() => fileChannels(file(channels), ground)).toThrow(why);
  });

  it('are looked at all at once: every fault is named, and nothing is sent', () => {
    const faults = channelFaults(
      file({
        desk: { kind: 'slack', webhook_url: 'https://hooks.slack.com/services/T/B/x' },
        metadata: { kind: 'webhook', url: 'http://169.254.169.254/', secret: `whsec_${'a'.repeat(44)}` },
        hook: { kind: 'webhook', url: 'https://hooks.example.com/', secret: 'plain' },
        text: { kind: 'sms', url: 'https://sms.example.com/', fields: { number: '{to}' } },
        ops: { kind: 'email', to: ['a@example.com'] },
      }),
      null,
    );
    expect(faults).toHaveLength(4);
    for (const [index, why] of [
      'metadata: its address is not https',
      'hook',
      '{text}',
      'mail server',
    ].entries())
      expect(faults[index]).toContain(why);
  });
});
