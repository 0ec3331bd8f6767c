import { z } from 'zod';
import { SessionDate, Sha256 } from '../contracts/primitives.ts';
import type { LabelSpec, PortfolioSpec } from '../contracts/spec.ts';
import { fillPanel, type PanelAxes, type PanelKeys, type ReturnsPanel } from '../evaluation/panel.ts';
import { simulatePortfolio } from '../evaluation/portfolio.ts';
import { rankIcOfPanels } from '../evaluation/rank-ic.ts';
import type { TradingCosts } from '../market/rules.ts';
import { isConstant, mean } from '../stats/series.ts';
import { returnMoments } from '../stats/sharpe.ts';

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

export interface PredictionColumns extends PanelKeys {
  readonly prediction: Float64Array;
}

/** What every trial of a retrain is scored on. */
export interface ScoringGround {
  readonly axes: PanelAxes;
  readonly returns: ReturnsPanel;
  /** Rank labels on the axes; NaN where not known. */
  readonly labels: Float64Array;
  readonly portfolio: PortfolioSpec;
  readonly label: LabelSpec;
  readonly costs: TradingCosts;
  readonly annualSessions: number;
}

/** From predictions to net daily returns and daily rank IC. */
export function scoreTrial(
  ground: ScoringGround,
  identity: Pick<TrialScore, 'trialId' | 'recipeHash'>,
  predictions: PredictionColumns,
): { readonly sessions: readonly string[]; readonly score: TrialScore } {
  const panel = fillPanel(ground.axes, predictions, predictions.prediction);
  const path = simulatePortfolio({ ...ground, predictions: panel });
  const ic = rankIcOfPanels(ground.axes, panel, ground.labels);
  const measured = ic.filter((day) => day.ic !== null);
  const rankIc = measured.map((day) => day.ic ?? 0);
  const years = path.sessions.length / ground.annualSessions;
  return {
    sessions: path.sessions,
    score: {
      ...identity,
      netReturns: [...path.netReturns],
      annualisedTurnover: total(path.turnover) / years,
      annualisedCost: total(path.costs) / years,
      annualisedSharpe: annualisedSharpe(path.netReturns, ground.annualSessions),
      meanRankIc: rankIc.length === 0 ? null : mean(rankIc),
      rankIc,
      rankIcSessions: measured.map((day) => day.session),
      sessionsWithoutRankIc: ic.length - measured.length,
      missingReturns: path.missingReturns,
      skippedEntries: path.skippedEntries,
    },
  };
}

function annualisedSharpe(returns: Float64Array, annualSessions: number): number | null {
  if (returns.length < 2 || isConstant(returns)) return null;
  return returnMoments(returns).sharpe * Math.sqrt(annualSessions);
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
