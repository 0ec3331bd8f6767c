import { z } from 'zod';
import { canonicalJson } from '../contracts/canonical.ts';
import { SessionDate, Sha256 } from '../contracts/primitives.ts';
import type { TrialOutcome } from '../registry/trials.ts';
import type { ScoredTrial } from './trial-pairing.ts';
import type { SelectTrialInput } from './trials.ts';
import type { Workbench } from './workbench.ts';

/** Out-of-sample returns of one trial, on all of its own sessions: canonical JSON in the artifact store. */
export const TrialReturns = z
  .strictObject({
    schema: z.literal(1),
    trialId: Sha256,
    recipeHash: Sha256,
    sessions: z.array(SessionDate),
    netReturns: z.array(z.number()).describe('daily simple returns net of costs, one per session'),
  })
  .meta({ id: 'TrialReturns' });
export type TrialReturns = z.infer<typeof TrialReturns>;

/**
 * Writes down how every trial went: with its returns, or with the code of what ended it. Recipes of the ledger that were
 * scored again are written as such; they are no new attempts. Repeating it adds nothing.
 */
export async function recordLedger(
  { registry, artifacts }: Workbench,
  { plan, trialPlan, failures }: Pick<SelectTrialInput, 'plan' | 'trialPlan' | 'failures'>,
  scored: readonly ScoredTrial[],
): Promise<void> {
  const outcomes: TrialOutcome[] = [];
  for (const trial of trialPlan.trials) {
    const known = trialPlan.ledger.trialIds.includes(trial.trialId);
    const one = scored.find((candidate) => candidate.trial.trialId === trial.trialId);
    if (one === undefined) {
      // A ledger recipe that could not be fitted again has its score from before; the gates are told.
      if (known) continue;
      const code = failures.find(({ trialId }) => trialId === trial.trialId)?.code ?? 'NO_RESULT';
      outcomes.push({ state: 'abandoned', trial, code, summary: {} });
      continue;
    }
    const { sessions, score, predictions } = one;
    if (known && score.annualisedSharpe === null) continue;
    const { trialId, recipeHash } = trial;
    const series: TrialReturns = {
      ...{ schema: 1, trialId, recipeHash, sessions: [...sessions], netReturns: score.netReturns },
    };
    const returns = await artifacts.put(Buffer.from(canonicalJson(series)), 'application/json');
    const { annualisedSharpe, meanRankIc, annualisedTurnover } = score;
    outcomes.push({
      ...{ state: known ? 'rescored' : 'scored', trial, predictions, returns },
      summary: { annualisedSharpe, meanRankIc, annualisedTurnover },
    });
  }
  await registry.recordTrials({ retrainId: plan.retrainId, trials: outcomes });
}
