import type { ArtifactRef } from '../contracts/primitives.ts';
import type { SnapshotRef } from '../contracts/snapshot.ts';
import type {
  Fold,
  FitFinalInput,
  FitFinalResult,
  RunTrialInput,
  RunTrialResult,
  Trial,
} from '../contracts/training.ts';
import type { RetrainPlan } from './retrain-record.ts';

/** `first`: no champion. `new-recipe` must be better, `refresh` of the champion's recipe must be no worse. */
export type Route = 'first' | 'new-recipe' | 'refresh';

export interface PlanTrialsInput {
  readonly plan: RetrainPlan;
  readonly snapshot: SnapshotRef;
  readonly asOf: string;
}

export interface TrialPlan {
  readonly folds: Fold[];
  readonly trials: Trial[];
  /** The champion's recipe on these folds: the benchmark. Null before the first champion. */
  readonly championTrialId: string | null;
  readonly seed: number;
  readonly threads: number;
  readonly maxSeconds: number;
}

export interface SelectTrialInput extends PlanTrialsInput {
  readonly trialPlan: TrialPlan;
  readonly results: readonly RunTrialResult[];
}

export interface TrialSelection {
  readonly selectedTrialId: string;
  readonly route: Route;
  readonly iterations: number;
  /** Net daily returns, turnover and rank IC of every trial: canonical JSON in the artifact store. */
  readonly scores: ArtifactRef;
  readonly summary: string;
}

export interface TrialActivities {
  planTrials(input: PlanTrialsInput): Promise<TrialPlan>;
  /** Turns predictions into returns, writes the ledger rows, chooses the trial to promote. */
  selectTrial(input: SelectTrialInput): Promise<TrialSelection>;
}

/** The Python sidecar's activities on the `training` queue. */
export interface SidecarActivities {
  runTrial(input: RunTrialInput): Promise<RunTrialResult>;
  fitFinal(input: FitFinalInput): Promise<FitFinalResult>;
}
