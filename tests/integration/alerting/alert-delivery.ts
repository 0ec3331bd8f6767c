import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import type { NotificationSeverity } from '../../../contracts/alert.ts';
import { messageId } from '../../../notifications/channels/email-channel.ts';
import { ENGLISH } from '../../../notifications/templates/wording.ts';
import { Database } from '../../../registry/database.ts';
import { openRegistry } from '../../../registry/registry.ts';
import type { Registry } from '../../../registry/registry.ts';
import { testDatabase } from '../../postgres.ts';
import { httpAlertSink, smtpAlertSink } from './alert-sinks.ts';
import type { AlertSink } from './alert-sinks.ts';

const PROGRAM = join(import.meta.dirname, 'fixture-alerting-process.ts');

export interface DeliveryWorldOptions {
  /** Bound of one attempt, milliseconds. */
  readonly timeoutMs: number;
  readonly leaseSeconds: number;
  /** `...`: each alert is a group of its own. */
  readonly groupBy: readonly string[];
  readonly groupInterval: string;
}

/** One row of the outbox, and what its receiver saw. */
export interface DeliveryAccount {
  readonly channel: string;
  readonly dedupeKey: string;
  readonly state: string;
  readonly unknownOutcomes: number;
  /** Copies that arrived. */
  readonly copies: number;
  /** Copies that arrived after the success was recorded. */
  readonly afterSuccess: number;
}

/** A worker of its own between a real Postgres and real receivers. */
export class DeliveryWorld {
  readonly registry: Registry;
  readonly database: Database;
  readonly http: AlertSink;
  readonly smtp: AlertSink;
  readonly #options: DeliveryWorldOptions;
  readonly #folder: string;
  readonly #url: string;
  readonly #drop: () => Promise<void>;
  #worker: ChildProcess | null = null;

  private constructor(parts: {
    options: DeliveryWorldOptions;
    url: string;
    drop: () => Promise<void>;
    http: AlertSink;
    smtp: AlertSink;
    folder: string;
  }) {
    this.#options = parts.options;
    this.#url = parts.url;
    this.#drop = parts.drop;
    this.#folder = parts.folder;
    this.http = parts.http;
    this.smtp = parts.smtp;
    this.registry = openRegistry({ url: parts.url, applicationName: 'delivery-world', maxConnections: 8 });
    this.database = new Database({ url: parts.url, applicationName: 'delivery-world look' });
  }

  static async open(options: DeliveryWorldOptions): Promise<DeliveryWorld> {
    const { url, drop } = await testDatabase();
    const [http, smtp] = await Promise.all([
      httpAlertSink((body) => (JSON.parse(body) as { data: { dedupeKey: string } }).data.dedupeKey),
      smtpAlertSink(),
    ]);
    const folder = await mkdtemp(join(tmpdir(), 'contender-alerts-'));
    return new DeliveryWorld({ options, url, drop, http, smtp, folder });
  }

  async startWorker(): Promise<number> {
    const { timeoutMs, leaseSeconds, groupBy, groupInterval } = this.#options;
    const settings = {
      slackButtons: false,
      slack: null,
      email: { smtpUrl: this.smtp.url, from: 'contender@example.com', to: ['desk@example.com'] },
      dataFolder: this.#folder,
      timeoutMs,
      words: ENGLISH,
    };
    const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const alerting = {
      channels: { hook: { kind: 'webhook', url: this.http.url, secret, allow_private: true } },
      receivers: [{ name: 'desk', channels: ['hook', 'email'], send_resolved: false }],
      route: {
        receiver: 'desk',
        group_by: groupBy,
        group_wait: '0s',
        group_interval: groupInterval,
        repeat_interval: '24h',
      },
    };
    const child = spawn(
      process.execPath,
      [PROGRAM, JSON.stringify({ url: this.#url, settings, alerting, leaseSeconds })],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    this.#worker = child;
    await Promise.race([
      once(child.stdout, 'data'),
      once(child, 'exit').then(() => Promise.reject(new Error('the worker ended at its start'))),
    ]);
    return child.pid ?? 0;
  }

  async killWorker(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#worker;
    this.#worker = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  }

  async raise(
    number: number,
    alert: { readonly rule: string; readonly model: string; readonly severity: NotificationSeverity },
  ): Promise<void> {
    await this.registry.raiseAlert({
      ...alert,
      labels: { number: String(number) },
      summary: `alert ${String(number)} of ${alert.rule}`,
      description: 'Raised by a measurement of the way of an alert.',
      session: null,
      facts: [],
      actions: [],
      series: [],
      startsAt: new Date().toISOString(),
      endsAt: null,
      correlationId: `alert ${String(number)}`,
      dedupeKey: `alert ${String(number)}`,
    });
  }

  /** The number of the alert of each message, for messages about one alert. */
  async numbers(): Promise<ReadonlyMap<string, number>> {
    const { rows } = await sql<{ dedupeKey: string; number: string }>`
      select distinct dedupe_key, event -> 'items' -> 0 -> 'labels' ->> 'number' as number from outbox
      where event ->> 'kind' = 'alert'`.execute(this.database.sql);
    return new Map(rows.map(({ dedupeKey, number }) => [dedupeKey, Number(number)]));
  }

  /** Reports that nobody has routed, groups that were never flushed, messages that wait. */
  async open(): Promise<number> {
    const { rows } = await sql<{ n: number }>`
      select (select count(*) from outbox where state = 'pending')::int
        + (select count(*) from alerts where routed_at is null)::int
        + (select count(*) from alert_groups where not flushed)::int as n`.execute(this.database.sql);
    return rows[0]?.n ?? 0;
  }

  /** Lets the leases of a dead worker run out, without waiting. Never while one is at work: it would be overtaken. */
  async expireLeases(): Promise<void> {
    if (this.#worker !== null) throw new Error('a worker holds these leases');
    await sql`update outbox set lease_until = clock_timestamp()
      where state = 'pending' and lease_until is not null`.execute(this.database.sql);
  }

  /** Lets the waits between attempts run out. */
  async hasten(): Promise<void> {
    await sql`update outbox set due_at = clock_timestamp()
      where state = 'pending' and lease_until is null and due_at > clock_timestamp()`.execute(
      this.database.sql,
    );
  }

  async account(): Promise<readonly DeliveryAccount[]> {
    const { rows } = await sql<{
      channel: string;
      dedupeKey: string;
      state: string;
      unknownOutcomes: number;
      sentMs: number | null;
    }>`select channel, dedupe_key, state, unknown_outcomes, extract(epoch from sent_at)::float8 * 1000 as sent_ms
      from outbox where event ->> 'kind' = 'alert' order by id`.execute(this.database.sql);
    const seen = Map.groupBy([...this.http.receipts, ...this.smtp.receipts], ({ key }) => key);
    return rows.map(({ channel, dedupeKey, state, unknownOutcomes, sentMs }) => {
      const key = channel === 'email' ? messageId(dedupeKey, 'example.com') : dedupeKey;
      const receipts = seen.get(key) ?? [];
      const afterSuccess = sentMs === null ? 0 : receipts.filter(({ atMs }) => atMs > sentMs + 1).length;
      return { channel, dedupeKey, state, unknownOutcomes, copies: receipts.length, afterSuccess };
    });
  }

  async until(what: string, deadlineMs: number, condition: () => Promise<boolean> | boolean): Promise<void> {
    const deadline = Date.now() + deadlineMs;
    while (!(await condition())) {
      if (Date.now() > deadline) throw new Error(`not in time: ${what}`);
      await delay(25);
    }
  }

  async close(): Promise<void> {
    await this.killWorker('SIGTERM');
    await Promise.all([this.http.close(), this.smtp.close(), this.registry.close(), this.database.close()]);
    await this.#drop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
