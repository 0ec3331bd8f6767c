import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { AlertReport } from '../contracts/alert.ts';
import type { NotificationEvent } from '../contracts/notification.ts';
import { insertAlert } from './alerts/reports.ts';
import { operations } from './database.ts';
import type { Sql } from './database.ts';

/** The channel of a row that the dispatcher has still to address. */
const ROUTE = 'route';

/** One row under a lease, in the shape of the dispatcher's port. */
export interface ClaimedNotification<Channel extends string = string> {
  readonly id: string;
  readonly leaseToken: string;
  readonly leaseUntil: string;
  readonly channel: Channel;
  readonly dedupeKey: string;
  readonly event: unknown;
  readonly attempts: number;
  readonly unknownOutcomes: number;
  readonly createdAt: string;
}

type Held = Pick<ClaimedNotification, 'id' | 'leaseToken'>;

export interface EnqueueNotificationInput {
  readonly event: NotificationEvent;
  /** Key of an announcement that a swap holds back and that this one makes untrue (`swapped` by `swap-partial`). */
  readonly replaces?: string;
}

export const outboxOperations = operations((database) => ({
  /**
   * Adds an event; the same key is the same fact and is left as it is, except that an announcement which a swap holds
   * back (nobody has claimed it, it is not due) takes the fuller event and becomes due.
   */
  async enqueueNotification(input: EnqueueNotificationInput): Promise<void> {
    const { event, replaces } = input;
    await database.transaction(async (transaction) => {
      if (replaces !== undefined && replaces !== event.dedupeKey) {
        await sql`update outbox set state = 'dead', last_error = ${`replaced by ${event.dedupeKey}`}
          where dedupe_key = ${replaces} and channel = ${ROUTE} and state = 'pending' and attempts = 0
            and due_at > clock_timestamp()`.execute(transaction);
      }
      await sql`insert into outbox as o (dedupe_key, channel, event)
        values (${event.dedupeKey}, ${ROUTE}, ${JSON.stringify(event)}::jsonb)
        on conflict (dedupe_key, channel) do update set event = excluded.event, due_at = clock_timestamp()
        where o.state = 'pending' and o.attempts = 0 and o.due_at > clock_timestamp()`.execute(transaction);
    });
  },

  /** How many rows are in which state, by channel. */
  async outboxCounts(): Promise<readonly { channel: string; state: string; rows: number }[]> {
    const { rows } = await database.run((connection) =>
      sql<{ channel: string; state: string; rows: number }>`
        select channel, state, count(*) as rows from outbox group by channel, state order by channel, state`.execute(
        connection,
      ),
    );
    return rows;
  },
}));

/**
 * The outbox as the dispatcher uses it (I7): one row is one event for one channel. All times are those of the database.
 */
export const outboxPort = operations((database) => ({
  /** Oldest due rows first, each under a fresh lease. An expired lease that was never recorded counts as unknown. */
  async claim<Channel extends string>(request: {
    readonly channel: Channel;
    readonly batch: number;
    readonly leaseSeconds: number;
  }): Promise<readonly ClaimedNotification<Channel>[]> {
    const { rows } = await database.run((connection) =>
      sql<ClaimedNotification<Channel>>`
        update outbox o set
          attempts = o.attempts + 1,
          unknown_outcomes = o.unknown_outcomes + case when o.lease_token is null then 0 else 1 end,
          lease_token = gen_random_uuid(),
          lease_until = clock_timestamp() + make_interval(secs => ${request.leaseSeconds})
        from (
          select id from outbox
          where channel = ${request.channel} and state = 'pending' and due_at <= clock_timestamp()
            and (lease_until is null or lease_until <= clock_timestamp())
          order by due_at, id limit ${request.batch} for update skip locked
        ) due
        where o.id = due.id
        returning o.id::text, o.lease_token::text, o.lease_until, o.channel, o.dedupe_key, o.event, o.attempts,
          o.unknown_outcomes, o.created_at`.execute(connection),
    );
    return [...rows].sort((a, b) => Number(a.id) - Number(b.id));
  },

  /** Addresses an event to channels and closes the row, in one transaction. */
  async fanOut(claim: ClaimedNotification, channels: readonly string[]): Promise<void> {
    await database.transaction(async (transaction) => {
      for (const channel of channels) {
        await sql`insert into outbox (dedupe_key, channel, event, created_at)
          values (${claim.dedupeKey}, ${channel}, ${JSON.stringify(claim.event)}::jsonb, ${claim.createdAt}::timestamptz)
          on conflict (dedupe_key, channel) do nothing`.execute(transaction);
      }
      await recordSuccess(transaction, claim, channels.join(','));
    });
  },

  /** Hands an event to the alert router and closes the row, in one transaction. */
  async toAlert(claim: ClaimedNotification, alert: AlertReport): Promise<void> {
    await database.transaction(async (transaction) => {
      await insertAlert(transaction, alert);
      await recordSuccess(transaction, claim, 'alert');
    });
  },

  /** Records the success for good, also when the lease was lost meanwhile. */
  async markSent(claim: Held, receipt: string): Promise<void> {
    await database.run((connection) => recordSuccess(connection, claim, receipt));
  },

  /** Nobody knows whether it arrived: counted, and due again at `at`. Ignored when the lease was lost. */
  async markUnknown(claim: Held, at: string, reason: string): Promise<void> {
    await database.run((connection) =>
      sql`update outbox set lease_token = null, lease_until = null, unknown_outcomes = unknown_outcomes + 1,
          due_at = ${at}::timestamptz, last_error = ${reason}
        where id = ${claim.id}::bigint and state = 'pending' and lease_token = ${uuid(claim.leaseToken)}::uuid`.execute(
        connection,
      ),
    );
  },

  /** It certainly did not arrive: due again at `at`. Ignored when the lease was lost. */
  async markRetry(claim: Held, at: string, reason: string): Promise<void> {
    await database.run((connection) =>
      sql`update outbox set lease_token = null, lease_until = null, due_at = ${at}::timestamptz, last_error = ${reason}
        where id = ${claim.id}::bigint and state = 'pending' and lease_token = ${uuid(claim.leaseToken)}::uuid`.execute(
        connection,
      ),
    );
  },

  /** It will never be sent by this channel. Ignored when the lease was lost. */
  async markDead(claim: Held, reason: string): Promise<void> {
    await database.run((connection) =>
      sql`update outbox set state = 'dead', lease_token = null, lease_until = null, last_error = ${reason}
        where id = ${claim.id}::bigint and state = 'pending' and lease_token = ${uuid(claim.leaseToken)}::uuid`.execute(
        connection,
      ),
    );
  },
}));

/** Adds an event inside the caller's transaction; an event that is there stays as it is. */
export async function insertNotification(connection: Sql, event: NotificationEvent): Promise<void> {
  await connection
    .insertInto('outbox')
    .values({ dedupeKey: event.dedupeKey, channel: ROUTE, event: JSON.stringify(event) })
    .onConflict((conflict) => conflict.columns(['dedupeKey', 'channel']).doNothing())
    .execute();
}

/** As `insertNotification`, for what is said at a later instant. */
export async function insertNotificationAt(
  connection: Sql,
  event: NotificationEvent,
  dueAt: string,
): Promise<void> {
  await sql`insert into outbox (dedupe_key, channel, event, due_at)
    values (${event.dedupeKey}, ${ROUTE}, ${JSON.stringify(event)}::jsonb, ${dueAt}::timestamptz)
    on conflict (dedupe_key, channel) do nothing`.execute(connection);
}

async function recordSuccess(connection: Sql, claim: Held, receipt: string): Promise<void> {
  await sql`update outbox set state = 'sent', lease_token = null, lease_until = null, receipt = ${receipt},
      sent_at = clock_timestamp()
    where id = ${claim.id}::bigint and state <> 'sent'`.execute(connection);
}

/** A token of another making (a test's, an older release's) belongs to no lease of this table. */
function uuid(token: string): string {
  return /^[0-9a-f-]{36}$/u.test(token) ? token : randomUUID();
}
