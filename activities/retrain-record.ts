import type { ModelSpec } from '../contracts/spec.ts';
import type { RetrainInput, RetrainOutcome, RetrainStep } from '../contracts/retrain.ts';
import type { Verdict } from '../contracts/verdict.ts';

/** The champion a retrain is judged against, pinned when the retrain begins. */
export interface ChampionRef {
  readonly versionId: string;
  readonly number: number;
  readonly epoch: number;
  readonly recipeHash: string;
  readonly probation: boolean;
}

/** Everything a retrain pins at its start; thresholds, calendars and fees are read here and never in workflow code. */
export interface RetrainPlan {
  readonly retrainId: string;
  readonly specNumber: number;
  readonly spec: ModelSpec;
  readonly champion: ChampionRef | null;
  /** Epoch of the model now; 0 before the first champion. */
  readonly epoch: number;
  /** Workflow id of an open retrain this emergency supersedes. */
  readonly superseded: string | null;
}

export interface BeginRetrainInput {
  readonly retrainId: string;
  readonly input: RetrainInput;
}

export interface RecordStepInput {
  readonly retrainId: string;
  readonly step: RetrainStep;
}

export interface FinishRetrainInput {
  readonly retrainId: string;
  readonly model: string;
  readonly asOf: string;
  readonly outcome: RetrainOutcome;
  readonly step: RetrainStep;
  readonly reason: string;
  readonly code: string;
  readonly verdict: Verdict | null;
  readonly correlationId: string;
}

/** Activities of the `control` queue that keep the record of a retrain. */
export interface RetrainRecordActivities {
  beginRetrain(input: BeginRetrainInput): Promise<RetrainPlan>;
  recordStep(input: RecordStepInput): Promise<void>;
  /** Writes the final state and enqueues the notification that goes with it, once per retrain. */
  finishRetrain(input: FinishRetrainInput): Promise<void>;
}
