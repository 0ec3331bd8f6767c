import { sql } from 'kysely';
import type { Actor } from '../contracts/primitives.ts';
import { runCommand } from './command.ts';
import { operations } from './database.ts';
import type { Sql } from './database.ts';
import { RetrainOpen, SecondPersonNeeded } from './errors.ts';
import { ledgerHead } from './ledger-chain.ts';

/** From here on the recipes of a model are counted anew. */
export interface StructuralChange {
  readonly model: string;
  /** 1, 2, 3 within the model. */
  readonly number: number;
  /** Newest row of the ledger when it was declared; later rows count. */
  readonly ledgerSeq: number;
  /** Recipes that were counted until then. */
  readonly recipesBefore: number;
  readonly actor: string;
  readonly secondPerson: string;
  readonly reason: string;
  readonly recordedAt: string;
}

export const structuralChangeOperations = operations((database) => ({
  /**
   * Declares that what made the model's earlier recipes has changed for good (another market structure, another data
   * vendor), so that the deflated Sharpe ratio counts from here. It loosens a gate: a second quant lead has to agree,
   * no retrain may be open, and every later gate report shows it. Throws SecondPersonNeeded, RetrainOpen, ModelUnknown.
   */
  async declareStructuralChange(input: {
    readonly model: string;
    readonly actor: Actor;
    /** A quant lead other than the actor; null when nobody was asked. */
    readonly secondPerson: Actor | null;
    readonly reason: string;
    readonly idempotencyKey: string;
  }): Promise<StructuralChange & { readonly repeated: boolean }> {
    const { model, actor, secondPerson, reason, idempotencyKey } = input;
    if (
      secondPerson === null ||
      secondPerson.subject === actor.subject ||
      !secondPerson.roles.includes('quant-lead')
    ) {
      throw new SecondPersonNeeded(
        'a structural change makes the deflated Sharpe ratio count fewer trials; a second quant lead has to agree',
        { remedy: 'Declare it with the token of another quant lead as second person.', details: { model } },
      );
    }
    const command = 'declare-structural-change';
    const request = { reason, secondPerson: secondPerson.subject };
    return runCommand<StructuralChange>(
      database,
      { model, actor: actor.subject, command, key: idempotencyKey, businessAt: null, request },
      async (transaction) => {
        await refuseWhileRetraining(transaction, model);
        const before = await newestStructuralChange(transaction, model);
        const head = await ledgerHead(transaction, model);
        const { rows } = await sql<{ recipes: number }>`
          select contender_ledger_count(${model}) as recipes`.execute(transaction);
        const declared = await transaction
          .insertInto('structuralChanges')
          .values({
            model,
            number: (before?.number ?? 0) + 1,
            ledgerSeq: head?.seq ?? 0,
            recipesBefore: rows[0]?.recipes ?? 0,
            actor: actor.subject,
            secondPerson: secondPerson.subject,
            reason,
          })
          .returningAll()
          .executeTakeFirstOrThrow();
        const { number, recipesBefore } = declared;
        return {
          result: declared,
          facts: { number, recipesBefore, ledger: head, secondPerson: secondPerson.subject, reason },
        };
      },
    );
  },

  /** Newest first. */
  async structuralChanges({ model }: { readonly model: string }): Promise<readonly StructuralChange[]> {
    return database.run((connection) =>
      connection
        .selectFrom('structuralChanges')
        .selectAll()
        .where('model', '=', model)
        .orderBy('number', 'desc')
        .execute(),
    );
  },
}));

export async function newestStructuralChange(
  connection: Sql,
  model: string,
): Promise<StructuralChange | null> {
  const newest = await connection
    .selectFrom('structuralChanges')
    .selectAll()
    .where('model', '=', model)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  return newest ?? null;
}

/** Between its search and its gates a retrain must not see the count fall. */
async function refuseWhileRetraining(connection: Sql, model: string): Promise<void> {
  const open = await connection
    .selectFrom('retrains')
    .select('id')
    .where('model', '=', model)
    .where('status', '=', 'open')
    .executeTakeFirst();
  if (open === undefined) return;
  throw new RetrainOpen(`${open.id} of ${model} is open: its trials would fall out of the count`, {
    remedy: 'Wait for it or cancel it, then declare the change.',
    details: { retrainId: open.id },
  });
}
