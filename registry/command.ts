import { sql } from 'kysely';
import type { Transaction } from 'kysely';
import type { Database, Sql } from './database.ts';
import { IdempotencyKeyReused } from './errors.ts';
import { hashValue } from './hash.ts';
import type { Tables } from './tables.ts';

export interface CommandRequest {
  readonly model: string;
  readonly actor: string;
  /** Verb and object, as the audit shows it: `start-retrain`. */
  readonly command: string;
  /** The same key is the same command: repeated, it answers as before and changes nothing. */
  readonly key: string;
  /** Business time of what is commanded; null when it has none. */
  readonly businessAt: string | null;
  /** What the key stands for; another request under the same key is refused. */
  readonly request: unknown;
}

export interface CommandOutcome<Result> {
  readonly result: Result;
  /** What the audit says about it; null when nothing was changed, and so nothing is recorded. */
  readonly facts: Readonly<Record<string, unknown>> | null;
}

/**
 * One command of a model in one transaction: the model's lock first, then its effect, its audit row and its answer under
 * the idempotency key (I3, I6). An outcome that got lost on the way is resolved by repeating the command.
 */
export async function runCommand<Result extends object>(
  database: Database,
  request: CommandRequest,
  effect: (transaction: Transaction<Tables>) => Promise<CommandOutcome<Result>>,
): Promise<Result & { readonly repeated: boolean }> {
  return database.transaction((transaction) => commandWithin(transaction, request, effect));
}

/** The same within another command: both are carried out, or neither is. */
export async function commandWithin<Result extends object>(
  transaction: Transaction<Tables>,
  request: CommandRequest,
  effect: (transaction: Transaction<Tables>) => Promise<CommandOutcome<Result>>,
): Promise<Result & { readonly repeated: boolean }> {
  await lockModel(transaction, request.model);
  const known = await knownResult<Result>(transaction, request.key, request.request);
  if (known !== null) return { ...known, repeated: true };
  const { result, facts } = await effect(transaction);
  if (facts !== null) {
    await appendAudit(transaction, request, facts);
    await transaction
      .insertInto('commands')
      .values({
        key: request.key,
        model: request.model,
        command: request.command,
        requestHash: hashValue(request.request),
        result: JSON.stringify(result),
      })
      .execute();
  }
  return { ...result, repeated: false };
}

/** Serialises the commands of a model; throws ModelUnknown. */
export async function lockModel(connection: Sql, model: string): Promise<void> {
  await sql`select contender_lock_model(${model})`.execute(connection);
}

/** The answer given before under this key, or null. Throws IdempotencyKeyReused. */
export async function knownResult<Result>(
  connection: Sql,
  key: string,
  request: unknown,
): Promise<Result | null> {
  const known = await connection
    .selectFrom('commands')
    .select(['requestHash', 'result'])
    .where('key', '=', key)
    .executeTakeFirst();
  if (known === undefined) return null;
  if (known.requestHash !== hashValue(request)) {
    throw new IdempotencyKeyReused(`key ${key} belongs to another request`, {
      remedy: 'Use a new key for a new request.',
      details: { key },
    });
  }
  return known.result as Result;
}

/** Adds the next row of the model's audit chain; its number. The model must be locked. */
export async function appendAudit(
  connection: Sql,
  request: Omit<CommandRequest, 'request'>,
  facts: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { rows } = await sql<{ seq: number }>`
    select contender_append_audit(${request.model}, ${request.actor}, ${request.command}, ${request.key},
      ${request.businessAt}::timestamptz, ${JSON.stringify(facts)}::jsonb) as seq`.execute(connection);
  return rows[0]?.seq ?? 0;
}
