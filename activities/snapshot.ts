import type { SnapshotRef } from '../contracts/snapshot.ts';
import type { GateVerdict } from '../contracts/verdict.ts';
import type { RetrainPlan } from './retrain-record.ts';

export interface ExtractSnapshotInput {
  readonly plan: RetrainPlan;
  readonly asOf: string;
  readonly correlationId: string;
}

export interface ValidateSnapshotInput extends ExtractSnapshotInput {
  readonly snapshot: SnapshotRef;
}

export interface ValidationResult {
  /** `leak` and `coverage`; both must pass before anything is trained. */
  readonly verdicts: readonly GateVerdict[];
  readonly summary: string;
}

/** Activities of the `data` queue. */
export interface SnapshotActivities {
  extractSnapshot(input: ExtractSnapshotInput): Promise<SnapshotRef>;
  validateSnapshot(input: ValidateSnapshotInput): Promise<ValidationResult>;
}
