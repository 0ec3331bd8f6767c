import type { JudgeRoute } from '../contracts/gate-report.ts';
import type { ShadowSpec } from '../contracts/shadow-spec.ts';
import type { GatesSpec } from '../contracts/spec.ts';
import type { GateVerdict } from '../contracts/verdict.ts';
import type { IcBreakdown } from '../evaluation/ic-breakdown.ts';
import type { Series } from '../stats/series.ts';
import type { BusinessMeasurements } from './business.ts';
import type { GrantedLevel } from './error-budget.ts';
import type { LedgerCount } from './ledger.ts';
import type { OperationalMeasurements } from './operational.ts';

/**
 * Net daily simple returns of the recipes judged together, one column per distinct recipe, on the paired sessions: those of
 * this retrain, and the recipes of the ledger that were scored beside them (`ledger.rescored`).
 */
export interface TrialReturns {
  readonly names: readonly string[];
  readonly netReturns: readonly Series[];
  /** Column of the recipe to be promoted. */
  readonly candidate: number;
}

/** Trading numbers that are shown beside the statistics. Null: not known. */
export interface TradingNumbers {
  readonly annualisedTurnover: number | null;
  readonly annualisedCost: number | null;
  readonly meanRankIc: number | null;
}

export interface BenchmarkReturns {
  readonly name: string;
  /** The champion's recipe refitted on the same folds; zeros ("no position") on the route `first`. */
  readonly netReturns: Series;
  readonly trading: TradingNumbers;
}

/** Daily rank IC of the candidate's walk-forward predictions; sessions without one are left out and counted. */
export interface RankIcSeries {
  readonly values: Series;
  /** Session of each value, ascending. */
  readonly sessions: readonly string[];
  readonly sessionsWithout: number;
  /** Sessions over which consecutive labels overlap: the label horizon. The HAC lag is at least this. */
  readonly overlapSessions: number;
}

/**
 * The champion as it answers today, on sessions after its last label plus embargo, against the candidate's recipe
 * walked forward over the same sessions. Only on the route `refresh`.
 */
export interface ArtifactComparison {
  /** Ascending session dates. */
  readonly sessions: readonly string[];
  readonly championNetReturns: Series;
  readonly candidateNetReturns: Series;
}

/** What an alarm of the decay rule says about the sessions on which a candidate has to show that it works. */
export interface RecoveryClaim {
  /** First session of the decay, as the rule estimates it; null: no record of the alarm was found. */
  readonly onset: string | null;
}

/** Everything the gates are told. Only facts: no clock, no store, no default hides a missing measurement. */
export interface JudgeInput {
  readonly gates: GatesSpec;
  readonly route: JudgeRoute;
  /** Trading sessions in a year of this market. */
  readonly sessionsPerYear: number;
  /** Sessions a tranche is held; the mean bootstrap block is at least this. */
  readonly holdSessions: number;
  /** Paired out-of-sample session dates (YYYY-MM-DD), ascending, one per row of every return column. */
  readonly sessions: readonly string[];
  readonly trials: TrialReturns;
  readonly candidateTrading: TradingNumbers;
  readonly benchmark: BenchmarkReturns;
  /** What all retrains before have tried. */
  readonly ledger: LedgerCount;
  /** The level that the error budget over retrains allows SPA and StepM; null: it is off. */
  readonly errorBudget: GrantedLevel | null;
  readonly artifactComparison: ArtifactComparison | null;
  /** The champion serves on probation: its recipe has not shown what a champion has to show (open-claim.ts). */
  readonly championOnProbation: boolean;
  readonly rankIc: RankIcSeries | null;
  /** Null: no decay alarm started this retrain. */
  readonly recovery: RecoveryClaim | null;
  readonly operational: OperationalMeasurements;
  /** The candidate's book; null: it was not measured. */
  readonly business: BusinessMeasurements | null;
  /** Where its skill lies, for whoever approves; null: it was not measured. */
  readonly breakdown: IcBreakdown | null;
  /** The bounds of the shadow that comes after; null: an input of a release that did not say. */
  readonly shadow: ShadowSpec | null;
  /** Verdicts of earlier steps, used for operational gates whose measurement is null. */
  readonly earlier: readonly GateVerdict[];
  /** Seed of the bootstrap, in [0, 2^53). */
  readonly seed: number;
}
