import { z } from 'zod';
import { SessionDate, Sha256 } from '../contracts/primitives.ts';

/** Out-of-sample results of one trial on the sessions that all trials of a retrain share. */
export const TrialScore = z
  .strictObject({
    trialId: Sha256,
    recipeHash: Sha256,
    netReturns: z.array(z.number()).describe('daily, one per session of the scores'),
    annualisedTurnover: z.number(),
    annualisedCost: z.number(),
    annualisedSharpe: z.number().nullable().describe('null: the returns do not vary'),
    meanRankIc: z.number().nullable(),
    rankIc: z.array(z.number()).describe('daily, of the sessions that have one'),
    rankIcSessions: z.array(SessionDate),
    sessionsWithoutRankIc: z.int().min(0),
    missingReturns: z.int().min(0),
    skippedEntries: z.int().min(0),
    pathSharpes: z
      .array(z.number().nullable())
      .default([])
      .describe(
        'of a combinatorial plan: annualised Sharpe ratio of each path; the numbers above are those of the lower median one. Empty: a walk-forward, which has one path',
      ),
  })
  .meta({ id: 'TrialScore' });
export type TrialScore = z.infer<typeof TrialScore>;

/** What was done about the recipes of earlier retrains, on the dates of this one. */
export const LedgerScores = z
  .strictObject({
    rescorable: z.int().min(0).describe('recipes of earlier retrains that can be fitted on these folds'),
    most: z.int().min(0).describe('most of them that are fitted'),
    rescored: z.array(Sha256).describe('trials among the scores that are such recipes'),
    notRescored: z
      .array(z.strictObject({ recipeHash: Sha256, reason: z.string().min(1) }))
      .describe('recipes that were due and gave no returns'),
    leftOut: z
      .array(z.strictObject({ reason: z.string().min(1), recipes: z.int().min(1) }))
      .describe('recipes that cannot be fitted here'),
  })
  .meta({ id: 'LedgerScores' });
export type LedgerScores = z.infer<typeof LedgerScores>;

const NO_LEDGER: LedgerScores = { rescorable: 0, most: 0, rescored: [], notRescored: [], leftOut: [] };

/**
 * All trials of a retrain and the recipes of the ledger that were scored beside them, paired by session; stored as an
 * artifact, read by the gates and by the decay rule.
 */
export const TrialScores = z
  .strictObject({
    schema: z.literal(1),
    sessions: z.array(SessionDate),
    trials: z.array(TrialScore).min(1),
    ledger: LedgerScores.default(NO_LEDGER),
  })
  .meta({ id: 'TrialScores' });
export type TrialScores = z.infer<typeof TrialScores>;
