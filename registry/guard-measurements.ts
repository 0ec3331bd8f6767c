import { sql } from 'kysely';
import { operations } from './database.ts';

/** One session of a reign as its guard measured it, with the state from which the next session goes on. */
export interface GuardMeasurement {
  readonly session: string;
  /** The market's time at which the session was decided. */
  readonly decidedAt: string;
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  readonly action: 'none' | 'hold' | 'rollback';
  readonly cause: string;
  readonly reason: string;
  readonly number: number | null;
  readonly threshold: number | null;
  readonly failedInRow: number;
  readonly inconclusiveInRow: number;
  readonly state: unknown;
}

const COLUMNS = [
  'session',
  'decidedAt',
  'verdict',
  'action',
  'cause',
  'reason',
  'number',
  'threshold',
  'failedInRow',
  'inconclusiveInRow',
  'state',
] as const;

export const guardMeasurementOperations = operations((database) => ({
  /** Stores a session's measurement; the first record stands, so a repeated step has no second effect. */
  async saveGuardMeasurement(
    input: GuardMeasurement & { readonly model: string; readonly epoch: number },
  ): Promise<GuardMeasurement> {
    return database.transaction(async (transaction) => {
      await transaction
        .insertInto('guardMeasurements')
        .values({ ...input, state: JSON.stringify(input.state) })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      return transaction
        .selectFrom('guardMeasurements')
        .select([...COLUMNS])
        .where('model', '=', input.model)
        .where('epoch', '=', input.epoch)
        .where('session', '=', input.session)
        .executeTakeFirstOrThrow();
    });
  },

  /** The newest `limit` measurements of a reign, newest first. */
  async guardMeasurements(input: {
    readonly model: string;
    readonly epoch: number;
    readonly limit: number;
  }): Promise<readonly GuardMeasurement[]> {
    return database.run((connection) =>
      connection
        .selectFrom('guardMeasurements')
        .select([...COLUMNS])
        .where('model', '=', input.model)
        .where('epoch', '=', input.epoch)
        .orderBy('session', 'desc')
        .limit(input.limit)
        .execute(),
    );
  },

  /** How many sessions of a reign its guard has measured. */
  async guardedSessions(input: { readonly model: string; readonly epoch: number }): Promise<number> {
    const { count } = await database.run((connection) =>
      connection
        .selectFrom('guardMeasurements')
        .select(sql<number>`count(*)::int`.as('count'))
        .where('model', '=', input.model)
        .where('epoch', '=', input.epoch)
        .executeTakeFirstOrThrow(),
    );
    return count;
  },

  /**
   * Rollbacks that guards of earlier reigns asked for, newest first: by the market's time, which a replay can run faster than
   * the wall's.
   */
  async guardRollbacks(input: {
    readonly model: string;
    readonly beforeEpoch: number;
    readonly limit: number;
  }): Promise<readonly { readonly epoch: number; readonly session: string; readonly decidedAt: string }[]> {
    return database.run((connection) =>
      connection
        .selectFrom('guardMeasurements')
        .select(['epoch', 'session', 'decidedAt'])
        .where('model', '=', input.model)
        .where('epoch', '<', input.beforeEpoch)
        .where('action', '=', sql.lit('rollback'))
        .orderBy('decidedAt', 'desc')
        .limit(input.limit)
        .execute(),
    );
  },
}));
