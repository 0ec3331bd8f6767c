import { createHash } from 'node:crypto';
import { createTransport } from 'nodemailer';
import type { SMTPSentMessageInfo } from 'nodemailer';
import { ChannelMisconfigured } from '../errors.ts';
import type { SendOutcome } from '../outcome.ts';
import { renderEmail } from '../templates/email.ts';
import { renderEvent } from '../templates/render.ts';
import type { Wording } from '../templates/wording.ts';
import { clip, plainProse } from '../templates/format.ts';
import type { Channel, Delivery } from './channel.ts';
import type { Papers } from './papers.ts';

export interface EmailChannelOptions {
  readonly name: string;
  /** `smtp://user:password@host:587`, or `smtps://` for TLS from the start. Kept out of every log and reason. */
  readonly smtpUrl: string;
  /** `Contender <contender@example.com>` */
  readonly from: string;
  readonly to: readonly string[];
  readonly words: Wording;
  /** Documents that go with a mail. */
  readonly papers: Papers;
  /** Bound of one attempt, milliseconds. */
  readonly timeoutMs: number;
}

const ADDRESS = /^[^\s@<>",;]+@([^\s@<>",;]+)$/u;

/** The domain of `name <a@b>` or `a@b`. */
function domainOf(mailbox: string): string | null {
  const address = /<([^<>]+)>\s*$/u.exec(mailbox)?.[1] ?? mailbox.trim();
  return ADDRESS.exec(address)?.[1] ?? null;
}

function checkedOptions(options: EmailChannelOptions): { readonly domain: string } {
  const refuse = (message: string, remedy: string) => new ChannelMisconfigured(message, { remedy });
  const url = URL.parse(options.smtpUrl);
  if (url === null || (url.protocol !== 'smtp:' && url.protocol !== 'smtps:') || url.hostname === '') {
    throw refuse('the SMTP address is not smtp:// or smtps://', 'Write smtp://user:password@host:587.');
  }
  const mailboxes = [options.from, ...options.to];
  if (mailboxes.some((mailbox) => /\p{Cc}/u.test(mailbox) || domainOf(mailbox) === null)) {
    throw refuse('a sender or receiver is not a mail address', 'Write name@example.com, one line each.');
  }
  if (options.to.length === 0) throw refuse('mail has no receiver', 'Name at least one address.');
  return { domain: domainOf(options.from) ?? '' };
}

/** A password must not cross a network in the clear: with one, a server elsewhere has to offer TLS. */
export function requiresTls(smtpUrl: string): boolean {
  const url = new URL(smtpUrl);
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  return url.username !== '' && !local;
}

/** A deputy who signs in with a mail address is written to: the receivers of the model's mail may not include them. */
function deputyAddress(event: Delivery['event']): readonly string[] {
  const asksDeputy =
    event.kind === 'approval-expiring' || event.kind === 'gates-held' || event.kind === 'spec-proposed';
  const named = asksDeputy ? event.deputy : null;
  return named !== null && ADDRESS.test(named) ? [named] : [];
}

const URGENT = new Set(['CRITICAL', 'EMERGENCY']);

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 40);

/** Same key, same Message-ID: a mail server or client can recognise the repeat of an unknown outcome. */
export function messageId(dedupeKey: string, domain: string): string {
  return `<${digest(dedupeKey)}@${domain}>`;
}

/**
 * Notes when the client asks the server to take the message. Until then nothing can have been delivered; from then on
 * a lost connection leaves the outcome open. The client logs its commands with credentials already masked; only the
 * verb is looked at and nothing is kept.
 */
function commandWatch() {
  const seen = { data: false };
  const note = (entry: unknown, text: unknown) => {
    const fromClient =
      typeof entry === 'object' && entry !== null && 'tnx' in entry && entry.tnx === 'client';
    if (fromClient && typeof text === 'string' && /^DATA\b/u.test(text)) seen.data = true;
  };
  const ignore = () => undefined;
  const logger = {
    trace: ignore,
    debug: note,
    info: ignore,
    warn: ignore,
    error: ignore,
    fatal: ignore,
  };
  return { seen, logger };
}

/** Sends mail over SMTP. */
export function emailChannel(options: EmailChannelOptions): Channel {
  const { domain } = checkedOptions(options);
  const phaseMs = Math.ceil(options.timeoutMs / 2);

  async function send(delivery: Delivery): Promise<SendOutcome> {
    const { event } = delivery;
    const addressed = event.kind === 'alert' ? event.recipients : [];
    const to =
      addressed.length === 0
        ? [...options.to, ...deputyAddress(event)]
        : addressed.flatMap(({ email }) => email ?? []);
    if (to.length === 0) {
      return {
        kind: 'refused',
        reason: `${addressed.map(({ subject }) => subject).join(', ')} has no mail address`,
      };
    }
    const mail = renderEvent(event, options.words, renderEmail);
    const papers = await options.papers(event, options.words.language);
    const watch = commandWatch();
    // One transport per attempt, so that what it saw belongs to this message alone.
    const transport = createTransport({
      url: options.smtpUrl,
      requireTLS: requiresTls(options.smtpUrl),
      connectionTimeout: phaseMs,
      greetingTimeout: phaseMs,
      dnsTimeout: phaseMs,
      socketTimeout: options.timeoutMs,
      transactionLog: true,
      logger: watch.logger,
    });
    try {
      const info = await transport.sendMail({
        from: options.from,
        to,
        subject: mail.subject,
        text: mail.text,
        html: mail.html,
        attachments: [
          ...mail.plots.map(({ name, png }) => ({
            filename: `${name.split('@')[0] ?? name}.png`,
            content: png,
            cid: name,
            contentType: 'image/png',
          })),
          ...papers.map(({ filename, content, contentType }) => ({ filename, content, contentType })),
        ],
        messageId: messageId(delivery.dedupeKey, domain),
        // Mail clients show the messages of one retrain as one conversation.
        references: messageId(`thread:${event.correlationId}`, domain),
        date: new Date(delivery.createdAt),
        headers: { 'Auto-Submitted': 'auto-generated' },
        ...(URGENT.has(event.severity) ? { priority: 'high' as const } : {}),
        disableFileAccess: true,
        disableUrlAccess: true,
        signal: AbortSignal.timeout(options.timeoutMs),
      });
      return { kind: 'sent', receipt: receiptOf(info) };
    } catch (error) {
      return outcomeOfFailure(error, watch.seen.data);
    } finally {
      transport.close();
    }
  }

  return { name: options.name, timeoutMs: options.timeoutMs, minIntervalMs: 0, concurrency: 2, send };
}

function receiptOf(info: SMTPSentMessageInfo): string {
  const missed = info.rejected.length === 0 ? '' : ` (${String(info.rejected.length)} receivers refused)`;
  return clip(plainProse(info.response), 200) + missed;
}

interface SmtpFailure {
  readonly code: string;
  readonly command: string;
  readonly responseCode: number | null;
}

function describeFailure(error: unknown): SmtpFailure {
  const field = (name: 'code' | 'command'): string =>
    error instanceof Error && name in error
      ? String((error as Error & Record<typeof name, unknown>)[name])
      : '';
  const responseCode =
    error instanceof Error && 'responseCode' in error && typeof error.responseCode === 'number'
      ? error.responseCode
      : null;
  return { code: field('code') || 'UNKNOWN', command: field('command'), responseCode };
}

/** Commands whose permanent refusal is about this message; a refused greeting or login is about our settings. */
const ABOUT_THE_MESSAGE = new Set(['MAIL FROM', 'RCPT TO', 'DATA']);

function outcomeOfFailure(error: unknown, dataAsked: boolean): SendOutcome {
  const { code, command, responseCode } = describeFailure(error);
  const at = command === '' ? '' : ` at ${command}`;
  if (responseCode !== null) {
    // RFC 5321 4.2.1: any negative reply to DATA means that the server did not take the message.
    const reason = `the mail server answered ${String(responseCode)}${at}`;
    const permanent = responseCode >= 500 && responseCode !== 503 && ABOUT_THE_MESSAGE.has(command);
    return permanent ? { kind: 'refused', reason } : { kind: 'retry-later', reason, at: null };
  }
  if (code === 'EENVELOPE' || code === 'EMESSAGE') {
    return { kind: 'refused', reason: `the mail was refused: ${code}${at}` };
  }
  return dataAsked
    ? { kind: 'unknown', reason: `no answer from the mail server after the message: ${code}` }
    : { kind: 'retry-later', reason: `the mail server cannot be used: ${code}${at}`, at: null };
}
