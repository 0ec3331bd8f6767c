import type { SnapshotRef } from '../contracts/snapshot.ts';
import type { FitFinalResult, Trial } from '../contracts/training.ts';
import type { GateVerdict } from '../contracts/verdict.ts';
import type { RetrainPlan } from './retrain-record.ts';

export interface PackageVersionInput {
  readonly plan: RetrainPlan;
  readonly snapshot: SnapshotRef;
  readonly trial: Trial;
  readonly iterations: number;
  readonly seed: number;
  readonly final: FitFinalResult;
}

export interface PackagedVersion {
  readonly versionId: string;
  readonly number: number;
  /** True when an earlier retrain had made the very same version. */
  readonly linked: boolean;
  /** `parity`, `latency` and `final-fit`. */
  readonly verdicts: readonly GateVerdict[];
}

/** Activities of the `evaluation` queue that turn a fit into a version. */
export interface PackagingActivities {
  packageVersion(input: PackageVersionInput): Promise<PackagedVersion>;
}
