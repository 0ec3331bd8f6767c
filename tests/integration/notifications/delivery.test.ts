import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NO_PAPERS } from '../../../notifications/channels/papers.ts';
import { createDispatcher } from '../../../notifications/setup.ts';
import type { NotificationSettings } from '../../../notifications/setup.ts';
import { ENGLISH } from '../../../notifications/templates/wording.ts';
import { MemoryOutbox } from '../../unit/notifications/memory-outbox.ts';
import { numberedEvent, sampleEvent, sampleKinds } from '../../unit/notifications/sample-events.ts';
import { VirtualTimer } from '../../unit/notifications/virtual-timer.ts';
import { httpSink } from './http-sink.ts';
import type { HttpBehaviour, HttpSink } from './http-sink.ts';
import { smtpSink } from './smtp-sink.ts';
import type { SmtpBehaviour, SmtpSink } from './smtp-sink.ts';

describe('I7 from the outbox to receivers that misbehave', () => {
  let http: HttpSink;
  let smtp: SmtpSink;
  let folder: string;
  beforeEach(async () => {
    [http, smtp] = await Promise.all([httpSink(), smtpSink()]);
    folder = await mkdtemp(join(tmpdir(), 'contender-delivery-'));
  });
  afterEach(async () => {
    await Promise.all([http.close(), smtp.close()]);
    await rm(folder, { recursive: true, force: true });
  });

  function setUp(change: Partial<NotificationSettings> = {}) {
    const timer = new VirtualTimer('2024-03-08T06:30:00.000Z');
    const outbox = new MemoryOutbox(() => timer.now());
    const kinds: string[] = [];
    const dispatcher = createDispatcher({
      alerting: null,
      waiting: [],
      onAlerts: () => undefined,
      outbox,
      settings: {
        slack: { webhookUrl: http.url },
        slackButtons: false,
        papers: NO_PAPERS,
        email: { smtpUrl: smtp.url, from: 'contender@example.com', to: ['lead@example.com'] },
        dataFolder: folder,
        timeoutMs: 400,
        words: ENGLISH,
        ...change,
      },
      observer: {
        attempted: ({ channel }, { kind }) => kinds.push(`${channel}:${kind}`),
        gaveUp: ({ channel }) => kinds.push(`${channel}:gave-up`),
        recordFailed: () => undefined,
        outboxFailed: () => undefined,
      },
      announce: () => undefined,
      random: () => 0.5,
      timer,
      leaseSeconds: 30,
    });
    const settle = async () => {
      for (let pass = 0; pass < 500; pass += 1) {
        await dispatcher.dispatchOnce();
        const pending = outbox.rows.filter(({ state }) => state === 'pending');
        if (pending.length === 0) return;
        timer.nowMs = Math.max(timer.nowMs, Math.min(...pending.map(({ dueAtMs }) => dueAtMs)));
      }
      throw new Error('rows are still pending');
    };
    return { outbox, dispatcher, kinds, settle, timer };
  }

  const keysOf = (posts: readonly { readonly raw: string }[]) =>
    posts.map(({ raw }) => /swapped:tw-alpha:\d+/u.exec(raw)?.[0] ?? 'none');
  const copies = (keys: readonly string[]) =>
    keys.reduce((count, key) => count.set(key, (count.get(key) ?? 0) + 1), new Map<string, number>());

  it('brings every kind of event to Slack and mail, once', async () => {
    const { outbox, settle } = setUp();
    for (const kind of sampleKinds) outbox.enqueue(sampleEvent(kind));
    await settle();
    expect(http.received).toHaveLength(sampleKinds.length);
    expect(smtp.received).toHaveLength(sampleKinds.length);
    expect(await readdir(folder)).toEqual([]);
  });

  it('writes files when neither is configured', async () => {
    const { outbox, settle } = setUp({ slack: null, email: null });
    outbox.enqueue(sampleEvent('approval-asked'));
    await settle();
    expect(await readdir(join(folder, 'notifications'))).toHaveLength(2);
    expect(http.requests).toBe(0);
  });

  it('loses nothing and repeats only what nobody knew, with Slack failing in every way', async () => {
    const { outbox, settle, kinds } = setUp({ email: null });
    const modes: readonly HttpBehaviour[] = [
      { kind: 'answer', status: 429, headers: { 'retry-after': '20' } },
      { kind: 'accept-then-drop' },
      { kind: 'answer', status: 500 },
      { kind: 'accept' },
      { kind: 'accept-then-silence' },
      { kind: 'answer', status: 503 },
      { kind: 'accept-then-cut' },
    ];
    for (let index = 0; index < 28; index += 1)
      http.script.push(modes[index % modes.length] ?? { kind: 'accept' });
    for (let number = 1; number <= 20; number += 1) outbox.enqueue(numberedEvent(number));
    await settle();
    const slack = outbox.rows.filter(({ channel }) => channel === 'slack');
    expect(slack.every(({ state }) => state === 'sent')).toBe(true);
    const seen = copies(keysOf(http.received));
    expect(seen.size).toBe(20);
    for (const { dedupeKey, unknownOutcomes } of slack) {
      expect(seen.get(dedupeKey) ?? 0).toBeGreaterThanOrEqual(1);
      expect(seen.get(dedupeKey) ?? 0).toBeLessThanOrEqual(1 + unknownOutcomes);
    }
    const unknowns = kinds.filter((kind) => kind === 'slack:unknown').length;
    expect(unknowns).toBe(12);
    expect(slack.reduce((sum, row) => sum + row.unknownOutcomes, 0)).toBe(unknowns);
  });

  it('repeats a mail of unknown outcome under the same Message-ID, and nothing else', async () => {
    const { outbox, settle } = setUp({ slack: null });
    const modes: readonly SmtpBehaviour[] = [
      { kind: 'accept-then-drop' },
      { kind: 'accept' },
      { kind: 'refuse-data', code: 451 },
      { kind: 'accept-then-silence' },
    ];
    smtp.script.push(...modes);
    for (let number = 1; number <= 6; number += 1) outbox.enqueue(numberedEvent(number));
    await settle();
    const mails = outbox.rows.filter(({ channel }) => channel === 'email');
    expect(mails.every(({ state }) => state === 'sent')).toBe(true);
    const ids = copies(smtp.received.map(({ headers }) => headers.get('message-id') ?? 'none'));
    expect(ids.size).toBe(6);
    expect([...ids.values()].filter((count) => count === 2)).toHaveLength(2);
    expect(mails.reduce((sum, row) => sum + row.unknownOutcomes, 0)).toBe(2);
  });

  it('delivers after the receiver was down and came back', async () => {
    const port = Number(new URL(http.url).port);
    await http.close();
    const { outbox, dispatcher, settle, kinds } = setUp({ email: null });
    for (let number = 1; number <= 3; number += 1) outbox.enqueue(numberedEvent(number));
    await dispatcher.dispatchOnce();
    expect(kinds).toEqual(['slack:retry-later', 'slack:retry-later', 'slack:retry-later']);
    http = await httpSink(port);
    await settle();
    expect(keysOf(http.received).sort()).toEqual([
      'swapped:tw-alpha:1',
      'swapped:tw-alpha:2',
      'swapped:tw-alpha:3',
    ]);
  });

  it('lets mail through while Slack is silent', async () => {
    const { outbox, settle } = setUp();
    http.script.push({ kind: 'accept-then-silence' }, { kind: 'accept-then-silence' });
    outbox.enqueue(sampleEvent('swap-partial'));
    await settle();
    expect(smtp.received).toHaveLength(1);
    expect(http.received).toHaveLength(3);
  });

  it('keeps in the folder what was addressed to a channel whose settings were removed', async () => {
    const { outbox, settle } = setUp({ slack: null });
    outbox.enqueue(sampleEvent('swap-partial'), 'slack');
    await settle();
    expect(outbox.rows[0]).toMatchObject({ state: 'dead', note: 'slack is not configured any more' });
    expect(await readdir(join(folder, 'notifications'))).toHaveLength(2);
    expect(smtp.received).toHaveLength(0);
  });

  it('keeps in the folder what Slack refuses', async () => {
    const { outbox, settle, kinds } = setUp({ email: null });
    http.script.push({ kind: 'answer', status: 404, body: 'no_service' });
    outbox.enqueue(sampleEvent('swap-partial'));
    await settle();
    expect(kinds).toContain('slack:gave-up');
    expect(await readdir(join(folder, 'notifications'))).toHaveLength(2);
  });
});
