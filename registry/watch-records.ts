import type { WatchAction, WatchDecision } from '../contracts/live.ts';
import type { ArtifactRef } from '../contracts/primitives.ts';
import { operations } from './database.ts';

/** One session of a reign as it was watched, and what was decided. */
export interface WatchRecord {
  readonly model: string;
  readonly epoch: number;
  readonly session: string;
  /** The market's time at which the session was decided. */
  readonly decidedAt: string;
  readonly versionId: string;
  /** The newest session whose label is known; null: none yet. */
  readonly knownThrough: string | null;
  readonly alarm: boolean;
  readonly standing: boolean;
  readonly statistic: number | null;
  readonly threshold: number | null;
  readonly onset: string | null;
  readonly diagnosis: string | null;
  readonly decision: WatchDecision;
  readonly action: WatchAction;
  readonly reason: string;
  readonly health: number | null;
  readonly state: unknown;
}

const COLUMNS = [
  'model',
  'epoch',
  'session',
  'decidedAt',
  'versionId',
  'knownThrough',
  'alarm',
  'standing',
  'statistic',
  'threshold',
  'onset',
  'diagnosis',
  'decision',
  'action',
  'reason',
  'health',
  'state',
] as const;

export const watchRecordOperations = operations((database) => ({
  /** Stores what was concluded of a session; the first record stands, so a repeated step has no second effect. */
  async saveWatchRecord(input: WatchRecord): Promise<WatchRecord> {
    return database.transaction(async (transaction) => {
      await transaction
        .insertInto('watchRecords')
        .values({ ...input, state: JSON.stringify(input.state) })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      return transaction
        .selectFrom('watchRecords')
        .select([...COLUMNS])
        .where('model', '=', input.model)
        .where('epoch', '=', input.epoch)
        .where('session', '=', input.session)
        .executeTakeFirstOrThrow();
    });
  },

  /** Newest first, by the market's time; one row of an index for `limit` 1, whatever the length of the history. */
  async watchRecords(input: {
    readonly model: string;
    /** null: of every reign. */
    readonly epoch: number | null;
    /** Only sessions on which something was decided. */
    readonly decisionsOnly: boolean;
    readonly limit: number;
  }): Promise<readonly WatchRecord[]> {
    return database.run((connection) => {
      let query = connection
        .selectFrom('watchRecords')
        .select([...COLUMNS])
        .where('model', '=', input.model)
        .orderBy('decidedAt', 'desc')
        .limit(input.limit);
      if (input.epoch !== null) query = query.where('epoch', '=', input.epoch);
      if (input.decisionsOnly) query = query.where('decision', '<>', 'watch');
      return query.execute();
    });
  },

  /** What was concluded of a session; null: nothing. */
  async watchRecordAt(input: {
    readonly model: string;
    /** The market's time at which the session was decided. */
    readonly decidedAt: string;
  }): Promise<WatchRecord | null> {
    const row = await database.run((connection) =>
      connection
        .selectFrom('watchRecords')
        .select([...COLUMNS])
        .where('model', '=', input.model)
        .where('decidedAt', '=', input.decidedAt)
        .orderBy('epoch', 'desc')
        .executeTakeFirst(),
    );
    return row ?? null;
  },

  /** Reference statistics of a version, made once; the first that is stored stands. */
  async saveVersionReference(input: {
    readonly model: string;
    readonly versionId: string;
    readonly artifact: ArtifactRef;
  }): Promise<ArtifactRef> {
    return database.transaction(async (transaction) => {
      await transaction
        .insertInto('versionReferences')
        .values({ ...input, artifact: JSON.stringify(input.artifact) })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      const { artifact } = await transaction
        .selectFrom('versionReferences')
        .select('artifact')
        .where('model', '=', input.model)
        .where('versionId', '=', input.versionId)
        .executeTakeFirstOrThrow();
      return artifact;
    });
  },

  async versionReference(input: {
    readonly model: string;
    readonly versionId: string;
  }): Promise<ArtifactRef | null> {
    const row = await database.run((connection) =>
      connection
        .selectFrom('versionReferences')
        .select('artifact')
        .where('model', '=', input.model)
        .where('versionId', '=', input.versionId)
        .executeTakeFirst(),
    );
    return row?.artifact ?? null;
  },
}));
