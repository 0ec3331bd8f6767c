import { sql } from 'kysely';
import type { AlertingFile } from '../../../alerting/config.ts';
import { parseAlertingFile } from '../../../alerting/config-check.ts';
import type { AlertReport } from '../../../contracts/alert.ts';
import type { AlertGroupEvent } from '../../../contracts/notification.ts';
import { shippedCalendar } from '../../../market/shipped-calendar.ts';
import { AlertRouter } from '../../../notifications/alert-router.ts';
import { Database } from '../../../registry/database.ts';
import { openRegistry } from '../../../registry/registry.ts';
import type { Registry } from '../../../registry/registry.ts';
import { testDatabase } from '../../postgres.ts';

export const START_MS = Date.parse('2024-03-08T06:30:00.000Z');
export const at = (seconds: number): string => new Date(START_MS + seconds * 1000).toISOString();

/** A router on a database of its own; time is what the test says it is. */
export class RouterWorld {
  readonly registry: Registry;
  readonly database: Database;
  readonly url: string;
  readonly #drop: () => Promise<void>;
  router: AlertRouter;
  #keys = 0;

  private constructor(url: string, drop: () => Promise<void>, file: AlertingFile) {
    this.url = url;
    this.registry = openRegistry({ url, applicationName: 'router-test', role: 'worker' });
    this.database = new Database({ url, applicationName: 'router-test look' });
    this.#drop = drop;
    this.router = this.routerOf(file);
  }

  static async open(config: unknown): Promise<RouterWorld> {
    const { url, drop } = await testDatabase();
    return new RouterWorld(url, drop, parseAlertingFile(config, ['slack', 'email'], 'the test'));
  }

  routerOf(file: AlertingFile): AlertRouter {
    return new AlertRouter({
      routing: this.registry.alertRouting,
      file,
      calendars: (market) => shippedCalendar(market),
    });
  }

  /** Another process, or the same one with another file. */
  restart(config: unknown): void {
    this.router = this.routerOf(parseAlertingFile(config, ['slack', 'email'], 'the test'));
  }

  async raise(change: Partial<AlertReport> & { readonly atSeconds?: number } = {}): Promise<void> {
    const { atSeconds = 0, ...rest } = change;
    this.#keys += 1;
    await this.registry.raiseAlert({
      rule: 'decay-alarm',
      severity: 'WARNING',
      model: 'tw-alpha',
      labels: {},
      summary: 'the signal of version 3 has decayed',
      description: 'A quant lead must look.',
      session: null,
      facts: [],
      actions: [],
      series: [],
      startsAt: at(atSeconds),
      endsAt: null,
      correlationId: 'test',
      dedupeKey: `report ${String(this.#keys)}`,
      ...rest,
    });
  }

  /** One round at a time of the test. */
  async round(seconds: number): Promise<number> {
    const round = await this.router.round(START_MS + seconds * 1000);
    if (round === null) throw new Error('another router is at work');
    return round.notified;
  }

  /** Messages addressed so far, oldest first, one per channel. */
  async messages(): Promise<readonly { readonly channel: string; readonly event: AlertGroupEvent }[]> {
    const { rows } = await sql<{ channel: string; event: AlertGroupEvent }>`
      select channel, event from outbox where event ->> 'kind' = 'alert' order by id`.execute(
      this.database.sql,
    );
    return rows;
  }

  async close(): Promise<void> {
    await Promise.all([this.registry.close(), this.database.close()]);
    await this.#drop();
  }
}
