import type { Verdict } from '../contracts/verdict.ts';
import type { RetrainPlan } from './retrain-record.ts';

export interface ShadowSessionInput {
  readonly plan: RetrainPlan;
  readonly versionId: string;
  readonly session: string;
  readonly decisionInstant: string;
  readonly correlationId: string;
}

export interface ShadowSessionResult {
  readonly session: string;
  readonly rows: number;
  readonly pairedRows: number;
  /** `continue` until a bound is crossed. */
  readonly verdict: 'continue' | 'fail';
  readonly reason: string;
  readonly summary: string;
}

export interface ConcludeShadowInput {
  readonly plan: RetrainPlan;
  readonly versionId: string;
  readonly gateEvidenceHash: string;
  readonly expectedSessions: number;
  /** Set when a bound ended the shadow early. */
  readonly failure: string | null;
}

export interface ShadowConclusion {
  readonly verdict: Verdict;
  readonly reason: string;
  readonly shadowEvidenceHash: string;
}

export interface ShadowActivities {
  scoreShadowSession(input: ShadowSessionInput): Promise<ShadowSessionResult>;
  concludeShadow(input: ConcludeShadowInput): Promise<ShadowConclusion>;
}
