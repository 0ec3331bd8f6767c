import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { OutboxClaim, OutboxPort } from '../../../notifications/outbox-port.ts';
import { Database } from '../../../registry/database.ts';
import { insertNotification, outboxPort } from '../../../registry/outbox.ts';
import { testDatabase } from '../../postgres.ts';
import { outboxConformance } from '../../unit/notifications/outbox-conformance.ts';
import { numberedEvent } from '../../unit/notifications/sample-events.ts';

let database: Database;
let drop: () => Promise<void>;

beforeAll(async () => {
  const created = await testDatabase();
  drop = created.drop;
  database = new Database({ url: created.url, applicationName: 'outbox-conformance', maxConnections: 8 });
});
afterAll(async () => {
  await database.close();
  await drop();
});
let tests = 0;
beforeEach(async () => {
  // The table keeps what was written; a test gets facts of its own, and nothing that is left over from another.
  tests += 1;
  await sql`update outbox set state = 'dead', lease_token = null, lease_until = null where state = 'pending'`.execute(
    database.sql,
  );
});

outboxConformance('in Postgres', () => {
  const outbox: OutboxPort = outboxPort(database);
  return Promise.resolve({
    outbox,
    event: (number) => numberedEvent(tests * 1000 + number),
    enqueue: async (event, channel) => {
      await insertNotification(database.sql, event);
      if (channel === undefined || channel === 'route') return;
      await sql`update outbox set state = 'dead' where dedupe_key = ${event.dedupeKey} and channel = 'route'`.execute(
        database.sql,
      );
      await sql`insert into outbox (dedupe_key, channel, event)
        values (${event.dedupeKey}, ${channel}, ${JSON.stringify(event)}::jsonb)`.execute(database.sql);
    },
    inspect: async (dedupeKey, channel) => {
      const { rows } = await sql<{ state: string; attempts: number; unknownOutcomes: number }>`
        select state, attempts, unknown_outcomes from outbox
        where dedupe_key = ${dedupeKey} and channel = ${channel satisfies OutboxClaim['channel']}`.execute(
        database.sql,
      );
      return rows[0] ?? null;
    },
    passSeconds: async (seconds) => {
      await sql`update outbox set due_at = due_at - make_interval(secs => ${seconds}),
          lease_until = lease_until - make_interval(secs => ${seconds})
        where state = 'pending'`.execute(database.sql);
    },
    now: async () => {
      const { rows } = await sql<{ now: string }>`select clock_timestamp() as now`.execute(database.sql);
      return Date.parse(rows[0]?.now ?? '');
    },
  });
});
