import type { SnapshotRef } from '../contracts/snapshot.ts';
import type { GateVerdict, Verdict } from '../contracts/verdict.ts';
import type { RetrainPlan } from './retrain-record.ts';
import type { TrialPlan, TrialSelection } from './trials.ts';

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
