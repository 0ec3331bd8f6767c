import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseRetryAfter } from '../../../notifications/channels/http-outcome.ts';
import { slackChannel } from '../../../notifications/channels/slack-channel.ts';
import { ChannelMisconfigured } from '../../../notifications/errors.ts';
import { sampleEvent } from '../../unit/notifications/sample-events.ts';
import { httpSink } from './http-sink.ts';
import type { HttpSink } from './http-sink.ts';
import { ENGLISH } from '../../../notifications/templates/wording.ts';

const nowMs = Date.parse('2024-03-08T06:30:00.000Z');
const event = sampleEvent('approval-asked');
const delivery = { dedupeKey: event.dedupeKey, event, createdAt: '2024-03-08T06:30:00.000Z' };

describe('the Slack channel against a real HTTP receiver', () => {
  let sink: HttpSink;
  beforeEach(async () => {
    sink = await httpSink();
  });
  afterEach(() => sink.close());

  const send = (timeoutMs = 5000, webhookUrl = sink.url) =>
    slackChannel({
      name: 'slack',
      webhookUrl,
      timeoutMs,
      words: ENGLISH,
      buttons: false,
      now: () => nowMs,
    }).send(delivery);

  it('posts text and blocks and reports the answer', async () => {
    expect(await send()).toEqual({ kind: 'sent', receipt: 'ok' });
    expect(sink.received).toHaveLength(1);
    expect(sink.received[0]?.text).toContain('approval needed for version 4');
    expect(sink.received[0]?.blocks.length).toBeGreaterThan(5);
    expect(sink.received[0]?.raw).toContain(event.dedupeKey);
  });

  it('posts the same bytes again for the same event', async () => {
    await send();
    await send();
    expect(sink.received[1]?.raw).toBe(sink.received[0]?.raw);
  });

  it('waits as long as a 429 says', async () => {
    sink.script.push({ kind: 'answer', status: 429, headers: { 'retry-after': '30' }, body: 'rate_limited' });
    expect(await send()).toEqual({
      kind: 'retry-later',
      reason: 'Slack answered 429 rate_limited',
      at: '2024-03-08T06:30:30.000Z',
    });
    expect(sink.requests).toBe(1);
  });

  it('leaves the wait to the dispatcher when a 429 or 503 says nothing', async () => {
    sink.script.push({ kind: 'answer', status: 429 }, { kind: 'answer', status: 503 });
    expect(await send()).toMatchObject({ kind: 'retry-later', at: null });
    expect(await send()).toMatchObject({ kind: 'retry-later', at: null });
  });

  it.each([400, 403, 404, 410])('takes %i for a refusal', async (status) => {
    sink.script.push({ kind: 'answer', status, body: 'invalid_payload' });
    expect(await send()).toEqual({
      kind: 'refused',
      reason: `Slack answered ${String(status)} invalid_payload`,
    });
  });

  it('cannot know what a server did that broke while answering', async () => {
    sink.script.push({ kind: 'answer', status: 500, body: 'rollup_error' });
    expect(await send()).toEqual({ kind: 'unknown', reason: 'Slack answered 500 rollup_error' });
  });

  it('cannot know when the line drops after the message', async () => {
    sink.script.push({ kind: 'accept-then-drop' });
    expect(await send()).toMatchObject({ kind: 'unknown' });
    expect(sink.received).toHaveLength(1);
  });

  it('cannot know when no answer comes in time', async () => {
    sink.script.push({ kind: 'accept-then-silence' });
    expect(await send(200)).toEqual({ kind: 'unknown', reason: 'no answer from Slack: TimeoutError' });
    expect(sink.received).toHaveLength(1);
  });

  it('knows that a 200 is a success even when the line drops within the answer', async () => {
    sink.script.push({ kind: 'accept-then-cut' });
    expect(await send()).toMatchObject({ kind: 'sent' });
  });

  it('knows that nothing arrived at a receiver that is down', async () => {
    await sink.close();
    expect(await send()).toEqual({
      kind: 'retry-later',
      reason: 'Slack cannot be reached: ECONNREFUSED',
      at: null,
    });
  });

  it('keeps the webhook address, which is a secret, out of what it reports', async () => {
    sink.script.push({ kind: 'answer', status: 404, body: 'no_service' }, { kind: 'accept-then-drop' });
    for (const outcome of [await send(), await send()]) {
      expect(JSON.stringify(outcome)).not.toContain('secret');
    }
  });

  it.each(['', 'hooks.slack.com/services/x', 'ftp://example.com'])(
    'refuses the address "%s"',
    (webhookUrl) => {
      expect(() =>
        slackChannel({
          name: 'slack',
          webhookUrl,
          timeoutMs: 1000,
          words: ENGLISH,
          buttons: false,
          now: () => nowMs,
        }),
      ).toThrow(ChannelMisconfigured);
    },
  );
});

describe('a Retry-After header', () => {
  it.each([
    [null, null],
    ['soon', null],
    ['0', '2024-03-08T06:30:00.000Z'],
    ['90', '2024-03-08T06:31:30.000Z'],
    ['Fri, 08 Mar 2024 06:35:00 GMT', '2024-03-08T06:35:00.000Z'],
    ['Fri, 08 Mar 2019 06:35:00 GMT', '2024-03-08T06:30:00.000Z'],
    ['999999999', '2024-03-08T07:30:00.000Z'],
  ])('of %s means %s', (header, at) => {
    expect(parseRetryAfter(header, nowMs)).toBe(at);
  });
});
