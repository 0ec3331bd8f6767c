import { sql } from 'kysely';
import type { ArtifactRef } from '../contracts/primitives.ts';
import type { Recipe, Trial } from '../contracts/training.ts';
import { operations } from './database.ts';
import { unknownModel } from './specs.ts';
import { openRetrain } from './retrains.ts';

export interface ScoredTrial {
  readonly trial: Trial;
  /** Out-of-sample predictions; null when the trial was abandoned (failed, ran out of time). */
  readonly predictions: ArtifactRef | null;
  /** Numbers of the trial as JSON carries them: Sharpe ratio, rank IC, turnover and the like, or why it was abandoned. */
  readonly summary: Readonly<Record<string, unknown>>;
}

export interface LedgerEntry {
  readonly recipeHash: string;
  readonly recipe: Recipe;
  /** The newest scored trial of the recipe; of an abandoned one when none was ever scored. */
  readonly trialId: string;
  readonly asOf: string;
  readonly predictions: ArtifactRef | null;
  readonly summary: Readonly<Record<string, unknown>>;
  /** Trials of this recipe, one per as-of month. */
  readonly trials: number;
}

export interface Ledger {
  readonly model: string;
  /** Every recipe ever tried for the model; DSR counts these. */
  readonly recipes: readonly LedgerEntry[];
  readonly trials: number;
}

export const trialOperations = operations((database) => ({
  /** Adds trials to the ledger. A trial that is there already (retry, replay, reproduction) adds none. */
  async recordTrials(input: {
    readonly retrainId: string;
    readonly trials: readonly ScoredTrial[];
  }): Promise<{ readonly recorded: number }> {
    if (input.trials.length === 0) return { recorded: 0 };
    return database.transaction(async (transaction) => {
      const retrain = await openRetrain(transaction, input.retrainId);
      const added = await transaction
        .insertInto('trials')
        .values(
          input.trials.map(({ trial, predictions, summary }) => ({
            model: retrain.model,
            trialId: trial.trialId,
            abandoned: predictions === null,
            recipeHash: trial.recipeHash,
            recipe: JSON.stringify(trial.recipe),
            asOf: retrain.asOf,
            run: retrain.run,
            predictions: predictions === null ? null : JSON.stringify(predictions),
            summary: JSON.stringify(summary),
          })),
        )
        .onConflict((conflict) => conflict.doNothing())
        .returning('trialId')
        .execute();
      return { recorded: added.length };
    });
  },

  /** Every distinct recipe with its latest predictions, oldest recipe first. Throws ModelUnknown. */
  async ledger({ model }: { readonly model: string }): Promise<Ledger> {
    return database.run(async (connection) => {
      const known = await connection
        .selectFrom('models')
        .select('model')
        .where('model', '=', model)
        .executeTakeFirst();
      if (known === undefined) throw unknownModel(model);
      const { rows } = await sql<LedgerEntry>`
        select distinct on (first_at, t.recipe_hash) t.recipe_hash, t.recipe, t.trial_id, t.as_of, t.predictions,
          t.summary, counts.trials::int as trials
        from trials t
        join (select recipe_hash, min(recorded_at) as first_at, count(distinct trial_id) as trials
              from trials where model = ${model} group by recipe_hash) counts using (recipe_hash)
        where t.model = ${model}
        order by first_at, t.recipe_hash, t.abandoned, t.as_of desc, t.recorded_at desc`.execute(connection);
      return { model, recipes: rows, trials: rows.reduce((sum, { trials }) => sum + trials, 0) };
    });
  },
}));
