import { sql } from 'kysely';
import type { ArtifactRef } from '../contracts/primitives.ts';
import { operations } from './database.ts';
import type { Database } from './database.ts';
import { ScoreRunUnknown } from './errors.ts';

/** Names of the files of a complete run. */
export const SCORE_FILES = ['predictions', 'skipped', 'report'] as const;
export type ScoreFile = (typeof SCORE_FILES)[number];

/** One version on one session: the whole universe, scored or skipped with a reason. */
export interface ScoreRun {
  readonly id: number;
  readonly model: string;
  readonly session: string;
  readonly versionId: string;
  readonly version: number;
  /** The epoch in force when the run began, and whether the version was the champion then. */
  readonly epoch: number;
  readonly isChampion: boolean;
  readonly trigger: 'manual' | 'schedule';
  readonly requestedBy: string;
  readonly startedAt: string;
  /** Null until the features are there. */
  readonly asOf: string | null;
  readonly universe: ArtifactRef | null;
  readonly symbols: number | null;
  /** Symbols that have a score or a reason so far. */
  readonly done: number;
  readonly skipped: number;
  readonly files: Readonly<Record<ScoreFile, ArtifactRef>> | null;
  readonly completedAt: string | null;
}

export interface Score {
  readonly symbol: string;
  readonly score: number;
}

export interface Skip {
  readonly symbol: string;
  readonly reason: string;
}

/** A run `r` as JSON in the shape of ScoreRun. */
const runJson = sql<ScoreRun>`jsonb_build_object(
  'id', r.id, 'model', r.model, 'session', r.session, 'versionId', r.version_id,
  'version', contender_version_number(r.version_id), 'epoch', r.epoch, 'isChampion', r.is_champion,
  'trigger', r.trigger, 'requestedBy', r.requested_by, 'startedAt', contender_instant(r.started_at),
  'asOf', contender_instant(r.as_of), 'universe', r.universe, 'symbols', r.symbols,
  'done', (select count(*) from score_rows w where w.run = r.id),
  'skipped', (select count(*) from score_rows w where w.run = r.id and w.skipped is not null),
  'files', r.files, 'completedAt', contender_instant(r.completed_at))`;

export const scoreRunOperations = operations((database) => ({
  /** The run of a version on a session; begun when there is none. Model, session and version are its key. */
  async openScoreRun(input: {
    readonly model: string;
    readonly session: string;
    readonly versionId: string;
    readonly epoch: number;
    readonly isChampion: boolean;
    readonly trigger: 'manual' | 'schedule';
    readonly requestedBy: string;
  }): Promise<ScoreRun> {
    await database.run((connection) =>
      connection
        .insertInto('scoreRuns')
        .values(input)
        .onConflict((conflict) => conflict.columns(['model', 'session', 'versionId']).doNothing())
        .execute(),
    );
    const { model, session, versionId } = input;
    const [found] = await select(
      database,
      sql`r.model = ${model} and r.session = ${session} and r.version_id = ${versionId}`,
      1,
    );
    if (found === undefined) throw unknownRun(`${model} ${session}`);
    return found;
  },

  /** Throws ScoreRunUnknown. */
  async scoreRun({ run }: { readonly run: number }): Promise<ScoreRun> {
    return runOf(database, run);
  },

  /** Newest session first. */
  async scoreRuns(input: { readonly model: string; readonly limit: number }): Promise<readonly ScoreRun[]> {
    return select(database, sql`r.model = ${input.model}`, input.limit);
  },

  /** Fixes what a run is about: the stored features, and who was skipped before any scoring. The first call stands. */
  async saveScoreUniverse(input: {
    readonly run: number;
    readonly asOf: string;
    readonly universe: ArtifactRef;
    /** Scored or skipped, together. */
    readonly symbols: number;
    readonly skipped: readonly Skip[];
  }): Promise<ScoreRun> {
    const { run, asOf, universe, symbols, skipped } = input;
    await database.transaction(async (transaction) => {
      const fixed = await transaction
        .updateTable('scoreRuns')
        .set({ asOf, universe: JSON.stringify(universe), symbols })
        .where('id', '=', run)
        .where('universe', 'is', null)
        .executeTakeFirst();
      if (fixed.numUpdatedRows === 0n) return;
      await sql`insert into score_rows (run, symbol, skipped)
        select ${run}, symbol, reason from unnest(${skipped.map(({ symbol }) => symbol)}::text[],
          ${skipped.map(({ reason }) => reason)}::text[]) as row (symbol, reason)`.execute(transaction);
    });
    return runOf(database, run);
  },

  /** Adds rows; a symbol that has one keeps it, so a repeated chunk has no second effect. */
  async saveScores(input: {
    readonly run: number;
    readonly scores: readonly Score[];
    readonly skipped: readonly Skip[];
  }): Promise<void> {
    const { run, scores, skipped } = input;
    const symbols = [...scores, ...skipped].map(({ symbol }) => symbol);
    const values = [...scores.map(({ score }) => score), ...skipped.map(() => null)];
    const reasons = [...scores.map(() => null), ...skipped.map(({ reason }) => reason)];
    await database.run((connection) =>
      sql`insert into score_rows (run, symbol, score, skipped)
        select ${run}, symbol, score, skipped from unnest(${symbols}::text[], ${values}::float8[], ${reasons}::text[])
          as row (symbol, score, skipped)
        on conflict (run, symbol) do nothing`.execute(connection),
    );
  },

  /** By symbol. */
  async scoreRows({ run }: { readonly run: number }): Promise<
    readonly {
      readonly symbol: string;
      readonly score: number | null;
      readonly skipped: string | null;
    }[]
  > {
    return database.run((connection) =>
      connection
        .selectFrom('scoreRows')
        .select(['symbol', 'score', 'skipped'])
        .where('run', '=', run)
        .orderBy(sql`symbol collate "C"`)
        .execute(),
    );
  },

  /**
   * Closes a run whose every symbol has a row, and names its predictions among those of the version. Repeating it changes
   * nothing. Throws ConstraintViolated while symbols are left.
   */
  async completeScoreRun(input: {
    readonly run: number;
    readonly files: Readonly<Record<ScoreFile, ArtifactRef>>;
    readonly predictions: ArtifactRef;
    readonly scored: number;
  }): Promise<ScoreRun> {
    const { run, files, predictions, scored } = input;
    await database.transaction(async (transaction) => {
      const closed = await transaction
        .updateTable('scoreRuns')
        .set({ files: JSON.stringify(files), completedAt: sql<string>`clock_timestamp()` })
        .where('id', '=', run)
        .where('completedAt', 'is', null)
        .returning(['model', 'session', 'versionId'])
        .executeTakeFirst();
      if (closed === undefined) return;
      await transaction
        .insertInto('predictions')
        .values({ ...closed, kind: 'batch', artifact: JSON.stringify(predictions), rows: scored })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    });
    return runOf(database, run);
  },
}));

async function select(
  database: Database,
  condition: ReturnType<typeof sql>,
  limit: number,
): Promise<ScoreRun[]> {
  const { rows } = await database.run((connection) =>
    sql<{ run: ScoreRun }>`select ${runJson} as run from score_runs r where ${condition}
      order by r.session desc, r.id desc limit ${limit}`.execute(connection),
  );
  return rows.map(({ run }) => run);
}

async function runOf(database: Database, run: number): Promise<ScoreRun> {
  const [found] = await select(database, sql`r.id = ${run}`, 1);
  if (found === undefined) throw unknownRun(String(run));
  return found;
}

const unknownRun = (run: string): ScoreRunUnknown =>
  new ScoreRunUnknown(`there is no score run ${run}`, {
    remedy: 'Start one: contender score MODEL --session D',
  });
