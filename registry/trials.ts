import { sql } from 'kysely';
import type { ArtifactRef } from '../contracts/primitives.ts';
import type { RetrainOutcome } from '../contracts/retrain.ts';
import type { Recipe, Trial } from '../contracts/training.ts';
import { operations } from './database.ts';
import type { Sql } from './database.ts';
import { ledgerHead } from './ledger-chain.ts';
import type { LedgerHead } from './ledger-chain.ts';
import { unknownModel } from './specs.ts';
import { openRetrain } from './retrains.ts';
import { newestStructuralChange } from './structural-changes.ts';
import type { StructuralChange } from './structural-changes.ts';

/** Numbers of a trial as JSON carries them: Sharpe ratio, rank IC, turnover and the like. */
type Summary = Readonly<Record<string, unknown>>;

/** How a trial went. `rescored`: a recipe of the ledger on the folds of a later retrain, no new attempt. */
export type TrialOutcome =
  | {
      readonly state: 'scored' | 'rescored';
      readonly trial: Trial;
      /** Out-of-sample predictions. */
      readonly predictions: ArtifactRef;
      /** The trial's own daily net returns out of sample, with their sessions. */
      readonly returns: ArtifactRef;
      readonly summary: Summary;
    }
  | {
      readonly state: 'abandoned';
      readonly trial: Trial;
      /** Stable code of what ended it. */
      readonly code: string;
      readonly summary: Summary;
    };

export interface LedgerEntry {
  readonly recipeHash: string;
  readonly recipe: Recipe;
  /**
   * The newest scored trial of the recipe; the newest of any kind when none was ever scored. Scores on the dates of later
   * retrains are not among them: a repeated retrain finds the recipes as the first one did.
   */
  readonly trialId: string;
  readonly asOf: string;
  readonly predictions: ArtifactRef | null;
  readonly returns: ArtifactRef | null;
  readonly summary: Summary;
  /** Trials of this recipe, one per as-of month. */
  readonly trials: number;
  /** It was tried after the newest declared structural change. */
  readonly counted: boolean;
}

export interface Ledger {
  readonly model: string;
  /** Every recipe ever tried for the model, oldest first. */
  readonly recipes: readonly LedgerEntry[];
  readonly trials: number;
  /** Distinct recipes tried since the newest declared structural change: N of the deflated Sharpe ratio. */
  readonly counted: number;
  readonly structuralChange: StructuralChange | null;
  /** Newest row of the hash chain; null while there is none. */
  readonly head: LedgerHead | null;
}

/** One trial as a person looks at it. */
export interface TrialRecord {
  readonly trialId: string;
  readonly recipeHash: string;
  readonly asOf: string;
  /** `abandoned` as well when its retrain ended before it was scored. */
  readonly state: 'open' | 'scored' | 'abandoned' | 'rescored';
  /** Why it was abandoned; empty otherwise. */
  readonly code: string;
  readonly retrainId: string;
  readonly retrainOutcome: 'open' | RetrainOutcome;
  readonly summary: Summary;
  readonly returns: ArtifactRef | null;
}

export const trialOperations = operations((database) => ({
  /**
   * Puts trials into the ledger before they are fitted: from here on they count, whatever becomes of them. One that is
   * there already (a retry, a replay, a reproduction) is not announced twice. Throws RetrainFinished.
   */
  async announceTrials(input: {
    readonly retrainId: string;
    readonly trials: readonly Trial[];
  }): Promise<{ readonly announced: number }> {
    const rows = input.trials.map((trial) => ({ ...trialColumns(trial), state: 'announced' as const }));
    return database.transaction(async (transaction) => ({
      announced: await append(
        transaction,
        input.retrainId,
        rows.map((row) => ({ ...row, predictions: null, returns: null, summary: '{}' })),
      ),
    }));
  },

  /** Writes down how trials went. An outcome that is there already adds nothing. Throws RetrainFinished. */
  async recordTrials(input: {
    readonly retrainId: string;
    readonly trials: readonly TrialOutcome[];
  }): Promise<{ readonly recorded: number }> {
    const rows = input.trials.map((outcome) => ({
      ...trialColumns(outcome.trial),
      state: outcome.state,
      summary: JSON.stringify(outcome.summary),
      ...(outcome.state === 'abandoned'
        ? { predictions: null, returns: null, code: outcome.code }
        : {
            predictions: JSON.stringify(outcome.predictions),
            returns: JSON.stringify(outcome.returns),
          }),
    }));
    return database.transaction(async (transaction) => ({
      recorded: await append(transaction, input.retrainId, rows),
    }));
  },

  /** Every distinct recipe with its newest score, oldest recipe first. Throws ModelUnknown. */
  async ledger({ model }: { readonly model: string }): Promise<Ledger> {
    return database.run(async (connection) => {
      await requireModel(connection, model);
      const structuralChange = await newestStructuralChange(connection, model);
      const since = structuralChange?.ledgerSeq ?? 0;
      const { rows } = await sql<LedgerEntry>`
        select distinct on (first_seq) t.recipe_hash, t.recipe, t.trial_id, t.as_of, t.predictions, t.returns,
          t.summary, per.trials::int as trials, per.counted
        from trials t
        join (select recipe_hash, min(seq) as first_seq, count(distinct trial_id) as trials,
                max(seq) > ${since} as counted
              from trials where model = ${model} and state <> 'rescored' group by recipe_hash) per using (recipe_hash)
        where t.model = ${model} and t.state <> 'rescored'
        order by first_seq, t.returns is null, t.predictions is null, t.as_of desc, t.seq desc`.execute(
        connection,
      );
      return {
        model,
        recipes: rows,
        trials: rows.reduce((sum, { trials }) => sum + trials, 0),
        counted: rows.filter(({ counted }) => counted).length,
        structuralChange,
        head: await ledgerHead(connection, model),
      };
    });
  },

  /** Trials by their ids, whichever retrain announced them; unknown ids are left out. */
  async trialsById(input: {
    readonly model: string;
    readonly trialIds: readonly string[];
  }): Promise<readonly Trial[]> {
    if (input.trialIds.length === 0) return [];
    return database.run((connection) =>
      connection
        .selectFrom('trials')
        .select(['trialId', 'recipeHash', 'recipe'])
        .distinctOn('trialId')
        .where('model', '=', input.model)
        .where('trialId', 'in', [...input.trialIds])
        .orderBy('trialId')
        .execute(),
    );
  },

  /** Trials of a model with how they went and how their retrain ended, newest first. Throws ModelUnknown. */
  async listTrials(input: {
    readonly model: string;
    readonly limit: number;
  }): Promise<readonly TrialRecord[]> {
    return database.run(async (connection) => {
      await requireModel(connection, input.model);
      const { rows } = await sql<TrialRecord>`
        select t.trial_id, t.recipe_hash, t.as_of, t.code, t.summary, t.returns, r.id as retrain_id,
          r.status as retrain_outcome,
          case when t.state <> 'announced' then t.state when r.status = 'open' then 'open' else 'abandoned' end as state
        from trials t join retrains r on r.run = t.run
        where t.model = ${input.model}
          and (t.state <> 'announced' or not exists (
            select from trials o where o.model = t.model and o.trial_id = t.trial_id and o.state in ('scored', 'abandoned')))
        order by t.seq desc limit ${input.limit}`.execute(connection);
      return rows.map((row) =>
        row.state === 'abandoned' && row.code === ''
          ? { ...row, code: `RETRAIN_${row.retrainOutcome.toUpperCase()}` }
          : row,
      );
    });
  },
}));

type NewTrial = ReturnType<typeof trialColumns> & {
  readonly state: 'announced' | 'scored' | 'abandoned' | 'rescored';
  readonly code?: string;
  readonly predictions: string | null;
  readonly returns: string | null;
  readonly summary: string;
};

const trialColumns = ({ trialId, recipeHash, recipe }: Trial) => ({
  trialId,
  recipeHash,
  recipe: JSON.stringify(recipe),
});

async function append(transaction: Sql, retrainId: string, trials: readonly NewTrial[]): Promise<number> {
  if (trials.length === 0) return 0;
  const { model, asOf, run } = await openRetrain(transaction, retrainId);
  const added = await transaction
    .insertInto('trials')
    .values(trials.map((trial) => ({ ...trial, model, asOf, run })))
    .onConflict((conflict) => conflict.columns(['model', 'trialId', 'state']).doNothing())
    .returning('trialId')
    .execute();
  return added.length;
}

async function requireModel(connection: Sql, model: string): Promise<void> {
  const known = await connection
    .selectFrom('models')
    .select('model')
    .where('model', '=', model)
    .executeTakeFirst();
  if (known === undefined) throw unknownModel(model);
}
