import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { notificationEvent } from '../../../contracts/notification.ts';
import type { NotificationEvent } from '../../../contracts/notification.ts';
import { emailChannel, messageId, requiresTls } from '../../../notifications/channels/email-channel.ts';
import { NO_PAPERS, type Papers } from '../../../notifications/channels/papers.ts';
import { ChannelMisconfigured } from '../../../notifications/errors.ts';
import type { SendOutcome } from '../../../notifications/outcome.ts';
import { sampleDrafts, sampleEvent } from '../../unit/notifications/sample-events.ts';
import { smtpSink } from './smtp-sink.ts';
import type { SmtpSink } from './smtp-sink.ts';
import { ENGLISH } from '../../../notifications/templates/wording.ts';

const from = 'Contender <contender@example.com>';
const to = ['lead@example.com', 'sre@example.com'];

const deliveryOf = (event: NotificationEvent) => ({
  dedupeKey: event.dedupeKey,
  event,
  createdAt: '2024-03-08T06:30:00.000Z',
});

const textOf = (outcome: SendOutcome) => (outcome.kind === 'sent' ? outcome.receipt : outcome.reason);

describe('the mail channel against a real SMTP server', () => {
  let sink: SmtpSink;
  beforeEach(async () => {
    sink = await smtpSink();
  });
  afterEach(() => sink.close());

  let papers: Papers = NO_PAPERS;
  const send = (event = sampleEvent('approval-asked'), timeoutMs = 5000, smtpUrl = sink.url) =>
    emailChannel({ name: 'email', smtpUrl, from, to, timeoutMs, words: ENGLISH, papers }).send(
      deliveryOf(event),
    );

  it('delivers text and HTML to every receiver', async () => {
    const outcome = await send();
    expect(outcome.kind).toBe('sent');
    expect(textOf(outcome)).toMatch(/^250/u);
    const [mail] = sink.received;
    expect(mail?.to).toEqual(to);
    expect(mail?.headers.get('subject')).toBe(
      '[WARNING] tw-alpha: approval needed for version 4, to replace version 3',
    );
    expect(mail?.headers.get('content-type')).toContain('multipart/alternative');
    expect(mail?.raw).toContain('text/plain');
    expect(mail?.raw).toContain('text/html');
    expect(mail?.headers.get('date')).toBe('Fri, 08 Mar 2024 06:30:00 +0000');
    expect(mail?.headers.get('auto-submitted')).toBe('auto-generated');
  });

  it('writes to a deputy as well, when the name they sign in with is a mail address', async () => {
    const asking = (deputy: string): NotificationEvent =>
      notificationEvent({ ...sampleDrafts['approval-expiring'], deputy });
    await send(asking('dora@example.com'));
    await send(asking('dora'));
    await send(asking('dora@example.com, eve@example.com'));
    expect(sink.received.map((mail) => mail.to)).toEqual([[...to, 'dora@example.com'], to, to]);
  });

  it('carries the documents of an event', async () => {
    papers = (event, language) =>
      Promise.resolve([
        {
          filename: `${event.kind}-${language}.pdf`,
          contentType: 'application/pdf',
          content: Buffer.from('%PDF-1.7 of a report'),
        },
      ]);
    expect((await send(sampleEvent('rolled-back'))).kind).toBe('sent');
    const [mail] = sink.received;
    expect(mail?.headers.get('content-type')).toContain('multipart/mixed');
    expect(mail?.raw).toContain('filename=rolled-back-en.pdf');
    expect(mail?.raw).toContain(Buffer.from('%PDF-1.7 of a report').toString('base64'));
    papers = NO_PAPERS;
  });

  it('sends a repeat under the same Message-ID, and another event under another', async () => {
    await send();
    await send();
    await send(sampleEvent('swapped'));
    const ids = sink.received.map(({ headers }) => headers.get('message-id'));
    expect(ids[0]).toBe(messageId(sampleEvent('approval-asked').dedupeKey, 'example.com'));
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  it('shows the messages of one retrain as one conversation', async () => {
    await send();
    await send(sampleEvent('swapped'));
    const threads = sink.received.map(({ headers }) => headers.get('references'));
    expect(threads[0]).toMatch(/^<[0-9a-f]{40}@example\.com>$/u);
    expect(threads[1]).toBe(threads[0]);
  });

  it('lets no text of a person into a header', async () => {
    const reason = 'x\r\nBcc: thief@example.com\r\nSubject: hello';
    await send(notificationEvent({ ...sampleDrafts['rolled-back'], reason, requestedBy: 'Bcc: a@b' }));
    const [mail] = sink.received;
    expect(mail?.headers.has('bcc')).toBe(false);
    expect(mail?.headers.get('subject')).toContain('rolled back to version 3');
    expect(mail?.to).toEqual(to);
  });

  it.each([550, 552, 554])('takes %i after the message for a refusal', async (code) => {
    sink.script.push({ kind: 'refuse-data', code });
    expect(await send()).toEqual({
      kind: 'refused',
      reason: `the mail server answered ${String(code)} at DATA`,
    });
  });

  it('tries again later after 451, and after a receiver that is refused for now', async () => {
    sink.script.push({ kind: 'refuse-data', code: 451 });
    expect(await send()).toMatchObject({ kind: 'retry-later', at: null });
    sink.script.push({ kind: 'refuse-receiver', code: 450 }, { kind: 'refuse-receiver', code: 450 });
    expect(await send()).toMatchObject({ kind: 'retry-later' });
  });

  it('counts a mail as sent when some receivers took it, and says how many did not', async () => {
    sink.script.push({ kind: 'refuse-receiver', code: 550 });
    const outcome = await send();
    expect(outcome.kind).toBe('sent');
    expect(textOf(outcome)).toContain('(1 receivers refused)');
  });

  it('cannot know when the line drops after the message', async () => {
    sink.script.push({ kind: 'accept-then-drop' });
    expect(await send()).toMatchObject({ kind: 'unknown' });
    expect(sink.received).toHaveLength(1);
  });

  it('cannot know when no answer comes in time', async () => {
    sink.script.push({ kind: 'accept-then-silence' });
    expect(await send(sampleEvent('failed'), 500)).toMatchObject({ kind: 'unknown' });
    expect(sink.received).toHaveLength(1);
  });

  it('knows that nothing arrived at a server that is down', async () => {
    await sink.close();
    expect(await send()).toMatchObject({ kind: 'retry-later', at: null });
  });

  it('knows that nothing arrived when the server never greets', async () => {
    const mute = createServer(() => undefined);
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const url = `smtp://127.0.0.1:${String((mute.address() as AddressInfo).port)}`;
    expect(await send(sampleEvent('failed'), 400, url)).toMatchObject({ kind: 'retry-later' });
    mute.close();
  });

  it('keeps user and password out of what it reports', async () => {
    await sink.close();
    const url = sink.url.replace('smtp://', 'smtp://user:hunter2@');
    expect(JSON.stringify(await send(sampleEvent('failed'), 1000, url))).not.toContain('hunter2');
  });

  it.each([
    ['smtp://user:secret@mail.example.com:587', true],
    ['smtp://mail.example.com:25', false],
    ['smtp://user:secret@127.0.0.1:1025', false],
  ])('asks for TLS before it shows a password to a server elsewhere: %s', (url, required) => {
    expect(requiresTls(url)).toBe(required);
  });

  it('shows no password to a server that offers no TLS', async () => {
    // The same machine under a name that is not taken for it.
    const url = sink.url.replace('smtp://127.0.0.1', 'smtp://user:hunter2@127.1');
    const outcome = await send(sampleEvent('failed'), 2000, url);
    expect(outcome.kind).toBe('retry-later');
    expect(textOf(outcome)).toContain('STARTTLS');
    expect(sink.received).toHaveLength(0);
  });

  it.each([
    ['an address that is not SMTP', { smtpUrl: 'http://example.com' }],
    ['no receiver', { to: [] }],
    ['a sender that is no address', { from: 'Contender' }],
    ['a receiver with a line break', { to: ['a@example.com\r\nBcc: b@example.com'] }],
  ])('refuses %s', (_name, change) => {
    const options = {
      name: 'email',
      smtpUrl: 'smtp://127.0.0.1:25',
      from,
      to,
      timeoutMs: 1000,
      words: ENGLISH,
      papers: NO_PAPERS,
      ...change,
    };
    expect(() => emailChannel(options)).toThrow(ChannelMisconfigured);
  });
});
