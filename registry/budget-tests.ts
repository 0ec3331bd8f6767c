import { operations } from './database.ts';
import { lockModel } from './command.ts';
import { newestRun } from './retrains.ts';

export type BudgetMethod = 'lord' | 'alpha-investing';

/** One test that the error budget over retrains has paid for. */
export interface BudgetTest {
  /** 1, 2, 3 in the stream of its method and level. */
  readonly test: number;
  /** Hash of the scores that were judged. */
  readonly testKey: string;
  /** Level that the test was made at. */
  readonly alpha: number;
  /** Null: the retrain did not ask whether a new recipe is better. */
  readonly p: number | null;
  readonly discovery: boolean;
}

export const budgetTestOperations = operations((database) => ({
  /** The stream of tests of one method and level, oldest first. */
  async budgetTests(input: {
    readonly model: string;
    readonly method: BudgetMethod;
    readonly level: number;
  }): Promise<readonly BudgetTest[]> {
    return database.run((connection) =>
      connection
        .selectFrom('budgetTests')
        .select(['test', 'testKey', 'alpha', 'p', 'discovery'])
        .where('model', '=', input.model)
        .where('method', '=', input.method)
        .where('level', '=', input.level)
        .orderBy('test')
        .execute(),
    );
  },

  /**
   * Spends the level of one test. Judging the same scores once more is the same test and spends nothing. Throws
   * LedgerOutrun when another test was paid for since the level was computed.
   */
  async recordBudgetTest(input: {
    readonly retrainId: string;
    readonly method: BudgetMethod;
    readonly level: number;
    readonly spent: BudgetTest;
  }): Promise<{ readonly recorded: boolean }> {
    const { method, level, spent } = input;
    return database.transaction(async (transaction) => {
      const { model, run } = await newestRun(transaction, input.retrainId);
      await lockModel(transaction, model);
      const known = await transaction
        .selectFrom('budgetTests')
        .select('test')
        .where('model', '=', model)
        .where('method', '=', method)
        .where('level', '=', level)
        .where('testKey', '=', spent.testKey)
        .executeTakeFirst();
      if (known !== undefined) return { recorded: false };
      await transaction
        .insertInto('budgetTests')
        .values({ model, run, method, level, ...spent })
        .execute();
      return { recorded: true };
    });
  },
}));
