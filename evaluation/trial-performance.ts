import type { LabelSpec, PortfolioSpec } from '../contracts/spec.ts';
import type { TradingCosts } from '../market/rules.ts';
import { isConstant, mean } from '../stats/series.ts';
import { returnMoments } from '../stats/sharpe.ts';
import type { PanelAxes, ReturnsPanel } from './panel.ts';
import { simulatePortfolio } from './portfolio.ts';
import { rankIcOfPanels } from './rank-ic.ts';

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

/** One trial on its ground. Plain data: it crosses threads. */
export interface TrialPlay extends ScoringGround {
  /** Out-of-sample predictions on the axes; NaN where there is none. */
  readonly predictions: Float64Array;
}

/** How a trial did out of sample. Plain data. */
export interface TrialPerformance {
  /** Of the net returns, ascending. */
  readonly sessions: readonly string[];
  /** Daily simple returns net of costs. */
  readonly netReturns: number[];
  readonly annualisedTurnover: number;
  readonly annualisedCost: number;
  /** Null: the returns do not vary. */
  readonly annualisedSharpe: number | null;
  readonly meanRankIc: number | null;
  /** Daily, of the sessions that have one. */
  readonly rankIc: number[];
  readonly rankIcSessions: string[];
  readonly sessionsWithoutRankIc: number;
  readonly missingReturns: number;
  readonly skippedEntries: number;
}

/** From predictions to net daily returns and daily rank IC. Throws what the portfolio and the panels refuse. */
export function trialPerformance(play: TrialPlay): TrialPerformance {
  const path = simulatePortfolio(play);
  const ic = rankIcOfPanels(play.axes, play.predictions, play.labels);
  const measured = ic.filter((day) => day.ic !== null);
  const rankIc = measured.map((day) => day.ic ?? 0);
  const years = path.sessions.length / play.annualSessions;
  return {
    sessions: path.sessions,
    netReturns: [...path.netReturns],
    annualisedTurnover: total(path.turnover) / years,
    annualisedCost: total(path.costs) / years,
    annualisedSharpe: annualisedSharpe(path.netReturns, play.annualSessions),
    meanRankIc: rankIc.length === 0 ? null : mean(rankIc),
    rankIc,
    rankIcSessions: measured.map((day) => day.session),
    sessionsWithoutRankIc: ic.length - measured.length,
    missingReturns: path.missingReturns,
    skippedEntries: path.skippedEntries,
  };
}

function annualisedSharpe(returns: Float64Array, annualSessions: number): number | null {
  if (returns.length < 2 || isConstant(returns)) return null;
  return returnMoments(returns).sharpe * Math.sqrt(annualSessions);
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
