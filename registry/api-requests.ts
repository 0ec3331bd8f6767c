import { sql } from 'kysely';
import { operations } from './database.ts';
import { IdempotencyKeyReused, RequestInProgress } from './errors.ts';
import { hashValue } from './hash.ts';

export type BegunRequest =
  /** Nobody has carried it out. `asOf`: when it was first asked for, the same for every repetition. */
  | { readonly state: 'new'; readonly key: string; readonly startedAt: string }
  | { readonly state: 'done'; readonly status: number; readonly answer: unknown };

/** A request that has not ended by then belonged to a process that died: it is taken over. What it does may be repeated. */
const TAKEN_OVER_SECONDS = 60;
const KEPT_DAYS = 2;

export const apiRequestOperations = operations((database) => ({
  /**
   * Begins a request under the key that its sender chose. The same key answers the same again. Throws RequestInProgress,
   * IdempotencyKeyReused.
   */
  async beginApiRequest(input: {
    readonly subject: string;
    readonly operation: string;
    readonly idempotencyKey: string;
    readonly request: unknown;
  }): Promise<BegunRequest> {
    const { subject, operation, idempotencyKey, request } = input;
    const key = hashValue({ subject, operation, idempotencyKey });
    const requestHash = hashValue(request);
    return database.transaction(async (transaction) => {
      const taken = await sql<{ startedAt: string }>`
        insert into api_requests as r (key, request_hash) values (${key}, ${requestHash})
        on conflict (key) do nothing returning started_at`.execute(transaction);
      const [mine] = taken.rows;
      if (mine !== undefined) return { state: 'new', key, startedAt: mine.startedAt };
      const { rows } = await sql<{
        requestHash: string;
        startedAt: string;
        status: number | null;
        answer: unknown;
        stuck: boolean;
      }>`select request_hash, started_at, status, answer,
          started_at < clock_timestamp() - make_interval(secs => ${TAKEN_OVER_SECONDS}) as stuck
        from api_requests where key = ${key} for update`.execute(transaction);
      const [known] = rows;
      if (known !== undefined && known.requestHash !== requestHash) {
        throw new IdempotencyKeyReused(`the Idempotency-Key ${idempotencyKey} belongs to another request`, {
          remedy: 'Use a new key for a new request.',
        });
      }
      if (known?.status !== undefined && known.status !== null) {
        return { state: 'done', status: known.status, answer: known.answer };
      }
      if (known?.stuck === true) return { state: 'new', key, startedAt: known.startedAt };
      throw new RequestInProgress('the same request is being carried out', {
        remedy: 'Wait for its answer, or ask again with the same Idempotency-Key in a moment.',
      });
    });
  },

  /** Keeps the answer for whoever repeats the request. */
  async finishApiRequest(input: {
    readonly key: string;
    readonly status: number;
    readonly answer: unknown;
  }): Promise<void> {
    await database.run((connection) =>
      sql`update api_requests set status = ${input.status}, answer = ${JSON.stringify(input.answer)}::jsonb,
          finished_at = clock_timestamp() where key = ${input.key} and status is null`.execute(connection),
    );
  },

  /** Forgets a request that changed nothing, so that it may be tried again; and those of past days. */
  async dropApiRequest({ key }: { readonly key: string }): Promise<void> {
    await database.run((connection) =>
      sql`delete from api_requests where (key = ${key} and status is null)
        or started_at < clock_timestamp() - make_interval(days => ${KEPT_DAYS})`.execute(connection),
    );
  },
}));
