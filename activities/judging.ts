import { UNWAIVABLE_GATES } from '../contracts/gate-catalogue.ts';
import type { SnapshotRef } from '../contracts/snapshot.ts';
import type { GateVerdict, Verdict } from '../contracts/verdict.ts';
import { judge } from '../gates/judge.ts';
import type { BenchmarkReturns, TradingNumbers } from '../gates/judge-input.ts';
import { marketRules } from '../market/rules.ts';
import { compareArtifact } from './artifact-comparison.ts';
import { TrialsUnpaired } from './errors.ts';
import type { RetrainPlan } from './retrain-record.ts';
import { TrialScores, type TrialScore } from './trial-scores.ts';
import type { TrialPlan, TrialSelection } from './trials.ts';
import type { Workbench } from './workbench.ts';

export interface JudgeInput {
  readonly plan: RetrainPlan;
  readonly snapshot: SnapshotRef;
  readonly trialPlan: TrialPlan;
  readonly selection: TrialSelection;
  readonly versionId: string;
  /** Verdicts of the steps before: leak, coverage, parity, latency, final-fit. */
  readonly earlier: readonly GateVerdict[];
}

export interface Judgement {
  readonly verdict: Verdict;
  readonly verdicts: GateVerdict[];
  /** Hash of the gate evidence: the first link of the chain an approval signs. */
  readonly gateEvidenceHash: string;
  /** A waivable gate failed and the model has no champion: two quant leads could admit it on probation. */
  readonly probationPossible: boolean;
}

export interface JudgingActivities {
  judgeVersion(input: JudgeInput): Promise<Judgement>;
}

export function judgingActivities(bench: Workbench): JudgingActivities {
  return { judgeVersion: (input) => judgeVersion(bench, input) };
}

async function judgeVersion(bench: Workbench, input: JudgeInput): Promise<Judgement> {
  const { registry, artifacts } = bench;
  const { plan, selection, trialPlan, versionId } = input;
  const { spec } = plan;
  const text = Buffer.from(await artifacts.get(selection.scores)).toString('utf8');
  const scores = TrialScores.parse(JSON.parse(text));
  const candidate = scores.trials.findIndex((trial) => trial.trialId === selection.selectedTrialId);
  const chosen = scores.trials[candidate];
  if (chosen === undefined) throw new TrialsUnpaired('the chosen trial has no score');
  const ledger = await registry.ledger({ model: spec.model });
  const report = judge({
    gates: spec.gates,
    route: selection.route,
    sessionsPerYear: marketRules(spec.market).annualSessions,
    holdSessions: spec.portfolio.holdSessions,
    sessions: scores.sessions,
    trials: {
      names: scores.trials.map((trial) => trial.trialId.slice(0, 8)),
      netReturns: scores.trials.map((trial) => trial.netReturns),
      candidate,
    },
    candidateTrading: tradingNumbers(chosen),
    benchmark: benchmarkReturns(scores, trialPlan.championTrialId),
    ledgerRecipes: ledger.recipes.length,
    artifactComparison: selection.route === 'refresh' ? await compareArtifact(bench, input) : null,
    rankIc: {
      values: chosen.rankIc,
      sessionsWithout: chosen.sessionsWithoutRankIc,
      overlapSessions: spec.label.horizonSessions,
    },
    operational: {
      ...{ leak: null, coverage: null, parity: null, latency: null, finalFit: null },
      ...{ schema: null, resources: null },
    },
    business: null,
    earlier: input.earlier,
    seed: spec.training.seed,
  });
  const { hash: reportHash } = await registry.saveGateReport({
    retrainId: plan.retrainId,
    versionId,
    report: { ...report, inputs: { snapshotId: input.snapshot.snapshotId, scores: selection.scores.sha256 } },
  });
  const { evidenceHash } = await registry.saveEvidence({
    kind: 'gate',
    retrainId: plan.retrainId,
    versionId,
    verdict: report.overall,
    verdicts: report.verdicts,
    facts: { report: reportHash, scores: selection.scores, trial: chosen.trialId },
  });
  return {
    verdict: report.overall,
    verdicts: report.verdicts,
    gateEvidenceHash: evidenceHash,
    probationPossible: plan.champion === null && waivable(report.verdicts),
  };
}

/** Only the statistics may be missing; a leak or a broken artifact is never admitted. */
function waivable(verdicts: readonly GateVerdict[]): boolean {
  return UNWAIVABLE_GATES.every((gate) =>
    verdicts.some((entry) => entry.gate === gate && entry.verdict === 'pass'),
  );
}

function tradingNumbers(trial: TrialScore): TradingNumbers {
  const { annualisedTurnover, annualisedCost, meanRankIc } = trial;
  return { annualisedTurnover, annualisedCost, meanRankIc };
}

function benchmarkReturns(scores: TrialScores, championTrialId: string | null): BenchmarkReturns {
  const champion = scores.trials.find((trial) => trial.trialId === championTrialId);
  if (champion !== undefined) {
    return {
      name: "the champion's recipe",
      netReturns: champion.netReturns,
      trading: tradingNumbers(champion),
    };
  }
  return {
    name: 'no position',
    netReturns: scores.sessions.map(() => 0),
    trading: { annualisedTurnover: null, annualisedCost: null, meanRankIc: null },
  };
}
