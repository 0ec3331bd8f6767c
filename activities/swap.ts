import type { RollbackInput } from '../contracts/retrain.ts';

export interface PromoteChampionInput {
  readonly retrainId: string;
  readonly model: string;
  readonly versionId: string;
  readonly expectedEpoch: number;
  readonly decisionEvidenceHash: string;
  readonly kind: 'promotion' | 'probation';
  readonly businessAt: string;
  readonly idempotencyKey: string;
  readonly correlationId: string;
}

export interface SwapResult {
  readonly model: string;
  readonly epoch: number;
  readonly fromVersion: number | null;
  readonly toVersion: number;
  readonly versionId: string;
  /** Wall instant of the commit. */
  readonly committedAt: string;
}

export interface AwaitAcknowledgementInput {
  readonly model: string;
  readonly epoch: number;
  readonly committedAt: string;
  readonly timeoutMs: number;
  readonly correlationId: string;
}

export interface AcknowledgementResult {
  readonly status: 'complete' | 'partial';
  readonly acknowledgedBy: readonly string[];
  readonly missingServers: readonly string[];
  /** Commit to the last acknowledgement. */
  readonly elapsedMs: number;
}

/** Activities of the `control` queue that move the champion. */
export interface SwapActivities {
  promoteChampion(input: PromoteChampionInput): Promise<SwapResult>;
  rollbackChampion(input: RollbackInput): Promise<SwapResult>;
  awaitAcknowledgement(input: AwaitAcknowledgementInput): Promise<AcknowledgementResult>;
}
