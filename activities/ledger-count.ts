import type { LedgerCount } from '../gates/ledger.ts';
import type { TrialScores } from './trial-scores.ts';
import type { Workbench } from './workbench.ts';

/** What the gates are told of the ledger: counted in the registry now, scored beside the trials of this retrain before. */
export async function ledgerCount(
  { registry }: Pick<Workbench, 'registry'>,
  model: string,
  scores: TrialScores,
): Promise<LedgerCount> {
  const { counted, recipes, head, structuralChange } = await registry.ledger({ model });
  const { rescorable, rescored, notRescored, leftOut } = scores.ledger;
  return {
    recipes: counted,
    recipesEver: recipes.length,
    rescorable,
    rescored: rescored.map((trialId) => scores.trials.findIndex((trial) => trial.trialId === trialId)),
    notRescored,
    leftOut,
    head: head?.hash ?? null,
    structuralChange:
      structuralChange === null
        ? null
        : {
            number: structuralChange.number,
            declaredAt: structuralChange.recordedAt,
            actor: structuralChange.actor,
            secondPerson: structuralChange.secondPerson,
            reason: structuralChange.reason,
            recipesBefore: structuralChange.recipesBefore,
          },
  };
}
