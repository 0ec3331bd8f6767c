import { sql } from 'kysely';
import type { LiveRole, LiveStatus } from '../contracts/live.ts';
import type { ArtifactRef } from '../contracts/primitives.ts';
import { operations } from './database.ts';
import { newestRun, openRetrain } from './retrains.ts';

type Numbers = Readonly<Record<string, unknown>>;

export interface ShadowDay {
  readonly session: string;
  readonly versionId: string;
  /** null: there was no champion to pair with. */
  readonly championId: string | null;
  readonly rows: number;
  readonly pairedRows: number;
  readonly verdict: 'continue' | 'fail';
  readonly reason: string;
  /** Paired predictions in the artifact store; null when none were made. */
  readonly predictions: ArtifactRef | null;
  readonly numbers: Numbers;
}

export interface LiveResult {
  readonly model: string;
  readonly versionId: string;
  readonly session: string;
  readonly epoch: number;
  /** null: could not be computed on that session. */
  readonly rankIc: number | null;
  /** Daily, net of cost, a fraction. */
  readonly netReturn: number | null;
  /** One-way, a fraction of the book. */
  readonly turnover: number | null;
  readonly role: LiveRole;
  readonly status: LiveStatus;
  readonly numbers: Numbers;
}

/** What whoever was champion did on a session. */
export type ChampionSession = Pick<LiveResult, 'session' | 'epoch' | 'rankIc' | 'netReturn'>;

export const resultOperations = operations((database) => ({
  /** Stores a shadow session; the first record of a session stands, so a repeated step has no second effect. */
  async saveShadowDay(input: ShadowDay & { readonly retrainId: string }): Promise<ShadowDay> {
    return database.transaction(async (transaction) => {
      const { run } = await openRetrain(transaction, input.retrainId);
      const { retrainId: _, predictions, numbers, ...day } = input;
      await transaction
        .insertInto('shadowDays')
        .values({
          run,
          ...day,
          predictions: predictions === null ? null : JSON.stringify(predictions),
          numbers: JSON.stringify(numbers),
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      return transaction
        .selectFrom('shadowDays')
        .select([...SHADOW_COLUMNS])
        .where('run', '=', run)
        .where('session', '=', input.session)
        .executeTakeFirstOrThrow();
    });
  },

  /** Sessions of the retrain's newest run, in order. */
  async shadowDays({ retrainId }: { readonly retrainId: string }): Promise<readonly ShadowDay[]> {
    return database.run(async (connection) => {
      const { run } = await newestRun(connection, retrainId);
      return connection
        .selectFrom('shadowDays')
        .select([...SHADOW_COLUMNS])
        .where('run', '=', run)
        .orderBy('session')
        .execute();
    });
  },

  /** Remembers where a session's predictions of a version lie; a later run of the same session replaces the reference. */
  async savePredictionRun(input: {
    readonly model: string;
    readonly versionId: string;
    readonly session: string;
    readonly kind: 'shadow' | 'guard' | 'live' | 'batch';
    readonly artifact: ArtifactRef;
    readonly rows: number;
  }): Promise<void> {
    const values = { ...input, artifact: JSON.stringify(input.artifact) };
    await database.run((connection) =>
      connection
        .insertInto('predictions')
        .values(values)
        .onConflict((conflict) =>
          conflict
            .columns(['model', 'versionId', 'session', 'kind'])
            .doUpdateSet({ artifact: values.artifact, rows: values.rows }),
        )
        .execute(),
    );
  },

  /** Prediction runs of a version, by session. */
  async predictionRuns(input: {
    readonly model: string;
    readonly versionId: string;
    readonly kind: 'shadow' | 'guard' | 'live' | 'batch';
  }): Promise<
    readonly { readonly session: string; readonly artifact: ArtifactRef; readonly rows: number }[]
  > {
    return database.run((connection) =>
      connection
        .selectFrom('predictions')
        .select(['session', 'artifact', 'rows'])
        .where('model', '=', input.model)
        .where('versionId', '=', input.versionId)
        .where('kind', '=', input.kind)
        .orderBy('session')
        .execute(),
    );
  },

  /** The newest `limit` prediction runs of a version up to a session, by session: however long it reigned, so many rows. */
  async recentPredictionRuns(input: {
    readonly model: string;
    readonly versionId: string;
    readonly kind: 'shadow' | 'guard' | 'live' | 'batch';
    readonly fromSession: string;
    readonly toSession: string;
    readonly limit: number;
  }): Promise<readonly { readonly session: string; readonly artifact: ArtifactRef }[]> {
    const rows = await database.run((connection) =>
      connection
        .selectFrom('predictions')
        .select(['session', 'artifact'])
        .where('model', '=', input.model)
        .where('versionId', '=', input.versionId)
        .where('kind', '=', input.kind)
        .where('session', '>=', input.fromSession)
        .where('session', '<=', input.toSession)
        .orderBy('session', 'desc')
        .limit(input.limit)
        .execute(),
    );
    return rows.toReversed();
  },

  /** What a version earned on a session; measured again when labels mature, so the newest measurement stands. */
  async recordLiveResult(input: LiveResult): Promise<void> {
    const { model, versionId, session, ...measured } = input;
    const values = { ...measured, numbers: JSON.stringify(measured.numbers) };
    await database.run((connection) =>
      connection
        .insertInto('liveResults')
        .values({ model, versionId, session, ...values })
        .onConflict((conflict) =>
          conflict
            .columns(['model', 'versionId', 'session'])
            .doUpdateSet({ ...values, recordedAt: sql<string>`clock_timestamp()` }),
        )
        .execute(),
    );
  },

  /** The newest `last` sessions that a champion was measured on, oldest first: one row a session, of the newest epoch on it. */
  async championSessions(input: {
    readonly model: string;
    readonly last: number;
  }): Promise<readonly ChampionSession[]> {
    const rows = await database.run((connection) =>
      connection
        .selectFrom('liveResults')
        .distinctOn('session')
        .select(['session', 'epoch', 'rankIc', 'netReturn'])
        .where('model', '=', input.model)
        .where('role', '=', 'champion')
        .orderBy('session', 'desc')
        .orderBy('epoch', 'desc')
        .limit(input.last)
        .execute(),
    );
    return rows.toReversed();
  },

  /** By session, then version. */
  async liveResults(input: {
    readonly model: string;
    /** null: every version. */
    readonly versionId: string | null;
  }): Promise<readonly LiveResult[]> {
    return database.run((connection) => {
      const query = connection
        .selectFrom('liveResults')
        .select(['model', 'versionId', 'session', 'epoch', 'rankIc', 'netReturn', 'turnover', 'numbers'])
        .select(['role', 'status'])
        .where('model', '=', input.model)
        .orderBy('session')
        .orderBy('versionId');
      return (input.versionId === null ? query : query.where('versionId', '=', input.versionId)).execute();
    });
  },
}));

const SHADOW_COLUMNS = [
  'session',
  'versionId',
  'championId',
  'rows',
  'pairedRows',
  'verdict',
  'reason',
  'predictions',
  'numbers',
] as const;
