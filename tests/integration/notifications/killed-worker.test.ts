import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { messageId } from '../../../notifications/channels/email-channel.ts';
import { ENGLISH } from '../../../notifications/templates/wording.ts';
import { Database } from '../../../registry/database.ts';
import { insertNotification } from '../../../registry/outbox.ts';
import { testDatabase } from '../../postgres.ts';
import { numberedEvent } from '../../unit/notifications/sample-events.ts';
import { httpSink } from './http-sink.ts';
import type { HttpSink } from './http-sink.ts';
import { smtpSink } from './smtp-sink.ts';
import type { SmtpSink } from './smtp-sink.ts';

const PROGRAM = join(import.meta.dirname, 'fixture-dispatch-process.ts');
const DEADLINE_MS = 30_000;

describe('I7 a worker that is killed between sending and recording', () => {
  let database: Database;
  let drop: () => Promise<void>;
  let url: string;
  let http: HttpSink;
  let smtp: SmtpSink;
  let folder: string;
  const processes: ChildProcess[] = [];

  beforeEach(async () => {
    ({ url, drop } = await testDatabase());
    database = new Database({ url, applicationName: 'killed-worker-test' });
    [http, smtp] = await Promise.all([httpSink(), smtpSink()]);
    folder = await mkdtemp(join(tmpdir(), 'contender-killed-'));
  });
  afterEach(async () => {
    for (const child of processes.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await Promise.all([http.close(), smtp.close(), database.close()]);
    await drop();
    await rm(folder, { recursive: true, force: true });
  });

  async function startWorker(): Promise<ChildProcess> {
    const settings = {
      slack: { webhookUrl: http.url },
      slackButtons: false,
      email: { smtpUrl: smtp.url, from: 'contender@example.com', to: ['lead@example.com'] },
      dataFolder: folder,
      timeoutMs: 5000,
      words: ENGLISH,
    };
    const child = spawn(process.execPath, [PROGRAM, JSON.stringify({ registryUrl: url, settings })], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    processes.push(child);
    await once(child.stdout, 'data');
    return child;
  }

  async function until(what: string, condition: () => Promise<boolean> | boolean): Promise<void> {
    const deadline = Date.now() + DEADLINE_MS;
    while (!(await condition())) {
      if (Date.now() > deadline) throw new Error(`not in time: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  interface Row {
    readonly channel: string;
    readonly dedupeKey: string;
    readonly state: string;
    readonly unknownOutcomes: number;
  }
  const rows = async (): Promise<readonly Row[]> => {
    const result = await sql<Row>`select channel, dedupe_key, state, unknown_outcomes from outbox
      where channel <> 'route' order by id`.execute(database.sql);
    return result.rows;
  };
  const slackKeys = () => http.received.map(({ raw }) => /swapped:tw-alpha:\d+/u.exec(raw)?.[0] ?? 'none');
  const mailIds = () => smtp.received.map(({ headers }) => headers.get('message-id') ?? 'none');
  const mailId = (dedupeKey: string) => messageId(dedupeKey, 'example.com');
  const copies = (keys: readonly string[]) =>
    new Map([...Map.groupBy(keys, (key) => key)].map(([key, all]) => [key, all.length]));
  const killed = async (child: ChildProcess): Promise<void> => {
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  };
  /** Lets every lease run out, and whatever waits be due, without waiting. */
  const passTime = () =>
    sql`update outbox set due_at = least(due_at, clock_timestamp()),
      lease_until = case when lease_until is null then null else clock_timestamp() end
      where state = 'pending'`.execute(database.sql);

  it('repeats under the same key and Message-ID, counts it, and repeats nothing that was recorded', async () => {
    const events = [1, 2, 3].map((number) => numberedEvent(number));
    for (const event of events) await insertNotification(database.sql, event);
    // Both receivers take the second message and keep the sender waiting for an answer.
    http.script.push({ kind: 'accept' }, { kind: 'accept-then-silence' });
    smtp.script.push({ kind: 'accept' }, { kind: 'accept-then-silence' }, { kind: 'accept-then-silence' });

    const first = await startWorker();
    await until('one recorded success per channel, and messages whose sender is not yet told', async () => {
      const sent = (await rows()).filter(({ state }) => state === 'sent');
      return sent.length === 2 && http.received.length === 2 && smtp.received.length === 3;
    });
    await killed(first);
    const recorded = (await rows()).filter(({ state }) => state === 'sent');
    expect(recorded.map(({ channel }) => channel).sort()).toEqual(['email', 'slack']);
    await passTime();

    const second = await startWorker();
    await until('every row sent', async () => (await rows()).every(({ state }) => state === 'sent'));
    second.kill('SIGTERM');
    await once(second, 'exit');

    const slack = copies(slackKeys());
    const mail = copies(mailIds());
    expect(slack.size).toBe(3);
    expect(mail.size).toBe(3);
    for (const { channel, dedupeKey } of recorded) {
      const seen = channel === 'slack' ? slack.get(dedupeKey) : mail.get(mailId(dedupeKey));
      expect(seen).toBe(1);
    }
    const final = await rows();
    const counted = (channel: string) =>
      final.filter((row) => row.channel === channel).map(({ unknownOutcomes }) => unknownOutcomes + 1);
    // As many copies as there were outcomes nobody knew, and one. A message that the killed worker held but had not
    // sent yet counts as unknown as well: from outside the two look the same.
    for (const [channel, seen] of [
      ['slack', slack],
      ['email', mail],
    ] as const) {
      const total = [...seen.values()].reduce((sum, count) => sum + count, 0);
      const allowed = counted(channel).reduce((sum, count) => sum + count, 0);
      expect(total).toBeGreaterThan(3);
      expect(total).toBeLessThanOrEqual(allowed);
    }
  });

  it('loses nothing and repeats nothing recorded, over kills at any moment', async () => {
    const count = 15;
    for (let number = 1; number <= count; number += 1)
      await insertNotification(database.sql, numberedEvent(number));
    const mails = async () => (await rows()).filter(({ channel }) => channel === 'email');
    const recordedAt = new Map<string, number>();
    for (let kill = 1; kill <= 3; kill += 1) {
      const worker = await startWorker();
      await until(`mail ${String(kill * 3)}`, () => smtp.received.length >= kill * 3);
      await killed(worker);
      const seen = copies(mailIds());
      for (const { dedupeKey, state } of await mails()) {
        if (state !== 'sent' || recordedAt.has(dedupeKey)) continue;
        recordedAt.set(dedupeKey, seen.get(mailId(dedupeKey)) ?? 0);
      }
      await passTime();
    }
    const last = await startWorker();
    await until('every mail sent', async () => {
      await passTime();
      const all = await mails();
      return all.length === count && all.every(({ state }) => state === 'sent');
    });
    last.kill('SIGTERM');
    await once(last, 'exit');
    const seen = copies(mailIds());
    expect(seen.size).toBe(count);
    expect(recordedAt.size).toBeGreaterThan(0);
    for (const [dedupeKey, times] of recordedAt) expect(seen.get(mailId(dedupeKey))).toBe(times);
    const unknown = (await mails()).reduce((sum, { unknownOutcomes }) => sum + unknownOutcomes, 0);
    expect(mailIds().length - count).toBeLessThanOrEqual(unknown);
  });
});
