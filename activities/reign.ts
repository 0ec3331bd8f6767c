import type { ModelSpec } from '../contracts/spec.ts';

export interface BeginGuardInput {
  readonly model: string;
  readonly epoch: number;
}

export interface ReignPlan {
  readonly spec: ModelSpec;
  /** False when another epoch has begun: the guard has nothing left to watch. */
  readonly current: boolean;
  readonly versionNumber: number;
  readonly previousNumber: number | null;
}

export interface MeasureReignInput {
  readonly model: string;
  readonly epoch: number;
  readonly session: string;
  readonly decisionInstant: string;
  readonly measuredSessions: number;
  readonly correlationId: string;
}

export interface ReignMeasurement {
  readonly current: boolean;
  readonly action: 'none' | 'rollback' | 'hold';
  readonly reason: string;
  readonly summary: string;
  /** The plain decay rule fired and no cooldown stands in the way. */
  readonly decay: { readonly alarm: boolean; readonly reason: string };
}

export interface PageInput {
  readonly model: string;
  readonly epoch: number;
  readonly session: string;
  readonly severity: 'WARNING' | 'CRITICAL';
  readonly subject: string;
  readonly text: string;
  readonly correlationId: string;
}

/** Activities that watch a reign: scoring on `evaluation`, the rest on `control`. */
export interface ReignMeasureActivities {
  measureReign(input: MeasureReignInput): Promise<ReignMeasurement>;
}

export interface ReignRecordActivities {
  beginGuard(input: BeginGuardInput): Promise<ReignPlan>;
  pageGuard(input: PageInput): Promise<void>;
}
