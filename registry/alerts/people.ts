import { sql } from 'kysely';
import { OnCallPerson } from '../../contracts/alert.ts';
import type { Actor } from '../../contracts/primitives.ts';
import { operations } from '../database.ts';
import { AlertUnknown, IdempotencyKeyReused, RoleMissing, ShiftUnknown, SilenceUnknown } from '../errors.ts';

export interface SilenceMatcher {
  readonly name: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

export interface RecordedSilence {
  readonly id: number;
  readonly matchers: readonly SilenceMatcher[];
  readonly startsAt: string;
  readonly endsAt: string;
  readonly subject: string;
  readonly reason: string;
  /** Ended before its time; null: it was not. */
  readonly expiredAt: string | null;
  readonly expiredBy: string | null;
  readonly active: boolean;
}

export interface OnCallShift {
  readonly id: number;
  readonly subject: string;
  readonly email: string | null;
  readonly phone: string | null;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly addedBy: string;
}

/** Roles that may answer alerts and be trusted with quiet. */
const ALERT_ROLES = ['quant-lead', 'operator', 'admin'] as const;

/** What people do about alerts. Who did what, when and why stays as history. */
export const alertPeopleOperations = operations((database) => ({
  /**
   * Somebody looks after it: its escalation ends and it is not repeated. The first acknowledgement stands. Throws
   * AlertUnknown, RoleMissing.
   */
  async acknowledgeAlert(input: {
    readonly id: number;
    readonly actor: Actor;
    readonly reason: string;
  }): Promise<{ readonly id: number; readonly subject: string; readonly recordedAt: string }> {
    const { id, actor, reason } = input;
    requireAlertRole(actor, 'acknowledge an alert');
    return database.transaction(async (transaction) => {
      const known = await sql`select from alert_episodes where id = ${id}`.execute(transaction);
      if (known.rows.length === 0) throw unknownAlert(id);
      await sql`insert into alert_acknowledgements (episode_id, subject, reason) values (${id}, ${actor.subject}, ${reason})
        on conflict do nothing`.execute(transaction);
      const { rows } = await sql<{ id: number; subject: string; recordedAt: string }>`
        select episode_id as id, subject, recorded_at from alert_acknowledgements where episode_id = ${id}`.execute(
        transaction,
      );
      const [acknowledged] = rows;
      if (acknowledged === undefined) throw unknownAlert(id);
      return acknowledged;
    });
  },

  /** Says whether there was something to act on; the last word counts. Throws AlertUnknown, RoleMissing, IdempotencyKeyReused. */
  async judgeAlert(input: {
    readonly id: number;
    readonly judgement: 'true' | 'false';
    readonly actor: Actor;
    readonly reason: string;
    readonly idempotencyKey: string;
  }): Promise<void> {
    const { id, judgement, actor, reason, idempotencyKey: key } = input;
    requireAlertRole(actor, 'judge an alert');
    await database.transaction(async (transaction) => {
      const known = await sql`select from alert_episodes where id = ${id}`.execute(transaction);
      if (known.rows.length === 0) throw unknownAlert(id);
      const { rows } =
        await sql`insert into alert_judgements (episode_id, judgement, subject, reason, idempotency_key)
          values (${id}, ${judgement}, ${actor.subject}, ${reason}, ${key})
          on conflict (idempotency_key) do nothing returning id`.execute(transaction);
      if (rows.length > 0) return;
      const same =
        await sql`select from alert_judgements where idempotency_key = ${key} and episode_id = ${id}
        and judgement = ${judgement} and subject = ${actor.subject}`.execute(transaction);
      if (same.rows.length === 0) throw reusedKey(key);
    });
  },

  /**
   * Nobody hears of what matches. Throws RoleMissing, ConstraintViolated for times that make no sense, IdempotencyKeyReused.
   */
  async createSilence(input: {
    readonly matchers: readonly SilenceMatcher[];
    readonly startsAt: string;
    readonly endsAt: string;
    readonly actor: Actor;
    readonly reason: string;
    readonly idempotencyKey: string;
  }): Promise<RecordedSilence> {
    const { matchers, startsAt, endsAt, actor, reason, idempotencyKey: key } = input;
    requireAlertRole(actor, 'silence alerts');
    const wanted = JSON.stringify(matchers);
    return database.transaction(async (transaction) => {
      await sql`insert into silences (matchers, starts_at, ends_at, subject, reason, idempotency_key)
        values (${wanted}::jsonb, ${startsAt}::timestamptz, ${endsAt}::timestamptz, ${actor.subject}, ${reason}, ${key})
        on conflict (idempotency_key) do nothing`.execute(transaction);
      const { rows } = await sql<RecordedSilence>`select ${silenceColumns} from silences
        where idempotency_key = ${key} and matchers = ${wanted}::jsonb and subject = ${actor.subject}
          and starts_at = ${startsAt}::timestamptz and ends_at = ${endsAt}::timestamptz`.execute(transaction);
      const [silence] = rows;
      if (silence === undefined) throw reusedKey(key);
      return silence;
    });
  },

  /** Ends a silence before its time; one that is over stays as it is. Throws SilenceUnknown, RoleMissing. */
  async expireSilence(input: { readonly id: number; readonly actor: Actor }): Promise<RecordedSilence> {
    const { id, actor } = input;
    requireAlertRole(actor, 'end a silence');
    return database.transaction(async (transaction) => {
      await sql`update silences set expired_at = clock_timestamp(), expired_by = ${actor.subject}
        where id = ${id} and expired_at is null and ends_at > clock_timestamp()`.execute(transaction);
      const { rows } =
        await sql<RecordedSilence>`select ${silenceColumns} from silences where id = ${id}`.execute(
          transaction,
        );
      const [silence] = rows;
      if (silence === undefined) throw unknownSilence(id);
      return silence;
    });
  },

  /** Newest first; those in force or to come, or all there ever were. */
  async listSilences(input: {
    readonly all: boolean;
    readonly limit: number;
  }): Promise<readonly RecordedSilence[]> {
    const { rows } = await database.run((connection) =>
      sql<RecordedSilence>`select ${silenceColumns} from silences
        where ${input.all}::boolean or (expired_at is null and ends_at > clock_timestamp())
        order by id desc limit ${input.limit}`.execute(connection),
    );
    return rows;
  },

  /** Puts somebody on call. Throws RoleMissing, ZodError, ConstraintViolated, IdempotencyKeyReused. */
  async addShift(input: {
    readonly person: OnCallPerson;
    readonly startsAt: string;
    readonly endsAt: string;
    readonly actor: Actor;
    readonly idempotencyKey: string;
  }): Promise<OnCallShift> {
    const { startsAt, endsAt, actor, idempotencyKey: key } = input;
    requireAlertRole(actor, 'change who is on call');
    const { subject, email, phone } = OnCallPerson.parse(input.person);
    return database.transaction(async (transaction) => {
      await sql`insert into oncall_shifts (subject, email, phone, starts_at, ends_at, added_by, idempotency_key)
        values (${subject}, ${email}, ${phone}, ${startsAt}::timestamptz, ${endsAt}::timestamptz, ${actor.subject}, ${key})
        on conflict (idempotency_key) do nothing`.execute(transaction);
      const { rows } = await sql<OnCallShift>`
        select id, subject, email, phone, starts_at, ends_at, added_by from oncall_shifts
        where idempotency_key = ${key} and subject = ${subject} and starts_at = ${startsAt}::timestamptz
          and ends_at = ${endsAt}::timestamptz and added_by = ${actor.subject}`.execute(transaction);
      const [shift] = rows;
      if (shift === undefined) throw reusedKey(key);
      return shift;
    });
  },

  /** Takes a shift away; one that is gone stays so. Throws ShiftUnknown, RoleMissing. */
  async removeShift(input: { readonly id: number; readonly actor: Actor }): Promise<void> {
    const { id, actor } = input;
    requireAlertRole(actor, 'change who is on call');
    await database.transaction(async (transaction) => {
      await sql`update oncall_shifts set removed_at = clock_timestamp(), removed_by = ${actor.subject}
        where id = ${id} and removed_at is null`.execute(transaction);
      const { rows } = await sql`select from oncall_shifts where id = ${id}`.execute(transaction);
      if (rows.length === 0) throw unknownShift(id);
    });
  },

  /** Shifts that have not ended, the next first. */
  async listShifts(): Promise<readonly OnCallShift[]> {
    const { rows } = await database.run((connection) =>
      sql<OnCallShift>`select id, subject, email, phone, starts_at, ends_at, added_by from oncall_shifts
        where removed_at is null and ends_at > clock_timestamp() order by starts_at, id`.execute(connection),
    );
    return rows;
  },

  /** Who is on call at an instant; several people may be. */
  async onCall(input: { readonly at: string }): Promise<readonly OnCallPerson[]> {
    const { rows } = await database.run((connection) =>
      sql<OnCallPerson>`select distinct on (subject) subject, email, phone from oncall_shifts
        where removed_at is null and starts_at <= ${input.at}::timestamptz and ends_at > ${input.at}::timestamptz
        order by subject, id desc`.execute(connection),
    );
    return rows;
  },
}));

const silenceColumns = sql`id, matchers, starts_at, ends_at, subject, reason, expired_at, expired_by,
  (expired_at is null and starts_at <= clock_timestamp() and ends_at > clock_timestamp()) as active`;

export const unknownAlert = (id: number): AlertUnknown =>
  new AlertUnknown(`there is no alert ${String(id)}`, {
    remedy: 'List them with: npm run contender -- alerts list --all',
    details: { id },
  });

export const unknownSilence = (id: number): SilenceUnknown =>
  new SilenceUnknown(`there is no silence ${String(id)}`, {
    remedy: 'List them with: npm run contender -- alerts silences --all',
    details: { id },
  });

const reusedKey = (key: string): IdempotencyKeyReused =>
  new IdempotencyKeyReused(`key ${key} belongs to another request`, {
    remedy: 'Use a new key for a new request.',
    details: { key },
  });

const unknownShift = (id: number): ShiftUnknown =>
  new ShiftUnknown(`there is no shift ${String(id)}, or it was removed`, {
    remedy: 'List them with: npm run contender -- oncall show',
    details: { id },
  });

function requireAlertRole(actor: Actor, what: string): void {
  if (actor.roles.some((role) => (ALERT_ROLES as readonly string[]).includes(role))) return;
  throw new RoleMissing(`${actor.subject} may not ${what}`, {
    remedy: `Use a token with one of the roles ${ALERT_ROLES.join(', ')}.`,
  });
}
