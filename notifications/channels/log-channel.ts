import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SendOutcome } from '../outcome.ts';
import { renderEmail } from '../templates/email.ts';
import type { EmailMessage } from '../templates/email.ts';
import { renderEvent } from '../templates/render.ts';
import type { Wording } from '../templates/wording.ts';
import type { Channel, Delivery } from './channel.ts';

export interface LogChannelOptions {
  /** Where messages are kept, usually `.contender/notifications`. */
  readonly folder: string;
  readonly words: Wording;
  /** Messages kept; the oldest go first. */
  readonly keep: number;
  /** Told about each message, for the console or the process log. */
  readonly announce: (headline: string, file: string) => void;
}

/** `20240308T063000Z-swapped-1a2b3c4d5e6f`: sorts by time; the same event always has the same name. */
export function messageFileName(delivery: Delivery): string {
  const stamp = delivery.createdAt.slice(0, 19).replace(/[-:]/gu, '');
  const key = createHash('sha256').update(delivery.dedupeKey).digest('hex').slice(0, 12);
  return `${stamp}Z-${delivery.event.kind}-${key}`;
}

async function writeWhole(folder: string, name: string, content: string): Promise<void> {
  const temporary = join(folder, `.${name}.${String(process.pid)}.tmp`);
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, join(folder, name));
}

async function dropOldest(folder: string, keep: number): Promise<void> {
  const messages = (await readdir(folder)).filter((name) => /^\d{8}T\d{6}Z-.*\.txt$/u.test(name)).sort();
  for (const name of messages.slice(0, Math.max(messages.length - keep, 0))) {
    await rm(join(folder, name), { force: true });
    await rm(join(folder, name.replace(/\.txt$/u, '.html')), { force: true });
  }
}

/** A file has no attachments: its plots stand in it. */
const withPlots = ({ html, plots }: EmailMessage): string =>
  plots.reduce(
    (text, { name, png }) =>
      text.replaceAll(`cid:${name}`, `data:image/png;base64,${png.toString('base64')}`),
    html,
  );

/**
 * The channel of whoever has configured none, and the last resort of every other: each message becomes a text and an
 * HTML file and one line in the log. Writing twice leaves one file, so here even a repeat is invisible.
 */
export function logChannel(options: LogChannelOptions): Channel {
  async function send(delivery: Delivery): Promise<SendOutcome> {
    const mail = renderEvent(delivery.event, options.words, renderEmail);
    const name = messageFileName(delivery);
    try {
      await mkdir(options.folder, { recursive: true, mode: 0o700 });
      await writeWhole(options.folder, `${name}.html`, withPlots(mail));
      await writeWhole(options.folder, `${name}.txt`, mail.text);
      await dropOldest(options.folder, options.keep);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
      return { kind: 'retry-later', reason: `the notifications folder cannot be written: ${code}`, at: null };
    }
    options.announce(mail.subject, join(options.folder, `${name}.txt`));
    return { kind: 'sent', receipt: `${name}.txt` };
  }

  return { name: 'log', timeoutMs: 10_000, minIntervalMs: 0, concurrency: 1, send };
}
