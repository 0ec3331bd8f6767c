import type { Decision } from '../contracts/retrain.ts';
import type { RetrainPlan } from './retrain-record.ts';

export interface OpenApprovalInput {
  readonly plan: RetrainPlan;
  readonly model: string;
  readonly asOf: string;
  readonly versionId: string;
  /** The shadow's evidence, or the gates' for an admission on probation. */
  readonly parentEvidenceHash: string;
  readonly kind: 'promotion' | 'probation';
  readonly expiresAt: string;
  readonly requester: string;
  readonly correlationId: string;
}

export interface OpenedApproval {
  readonly evidenceHash: string;
  readonly needed: number;
  /** Subjects who may not sign: the requester and the last author of the spec, when four-eyes is on. */
  readonly barred: readonly string[];
}

export interface RecordDecisionInput {
  readonly retrainId: string;
  readonly model: string;
  readonly decision: Decision;
  readonly expiresAt: string;
}

export interface DecisionState {
  readonly approvedBy: readonly string[];
  readonly rejectedBy: string | null;
}

export interface ApprovalActivities {
  /** Writes the decision evidence and asks the quant leads for it. */
  openApproval(input: OpenApprovalInput): Promise<OpenedApproval>;
  recordDecision(input: RecordDecisionInput): Promise<DecisionState>;
  remindApproval(input: OpenApprovalInput & { readonly evidenceHash: string }): Promise<void>;
}
