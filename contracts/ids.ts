import type { Actor } from './primitives.ts';

/**
 * Ids and names that workflows need as values. Free of zod on purpose: a workflow bundle stays small, and nothing in it
 * changes when a schema does.
 */
export const retrainId = (model: string, asOf: string): string => `retrain:${model}:${asOf}`;
export const guardId = (model: string, epoch: number): string => `guard:${model}:${String(epoch)}`;
export const rollbackId = (model: string, key: string): string => `rollback:${model}:${key}`;
export const scheduleId = (model: string): string => `schedule:${model}`;

/** The subject that requests scheduled and decay-triggered retrains, and automatic rollbacks. */
export const SYSTEM_ACTOR: Actor = { subject: 'system', roles: [] };

export const TASK_QUEUES = {
  control: 'control',
  data: 'data',
  training: 'training',
  evaluation: 'evaluation',
} as const;

export const SEARCH_ATTRIBUTES = {
  modelName: 'ModelName',
  modelVersion: 'ModelVersion',
  trigger: 'Trigger',
  step: 'Step',
  verdict: 'Verdict',
} as const;

/** Gates that no quant lead can waive: without them the artifact or the data cannot be trusted at all. */
export const UNWAIVABLE_GATES: readonly string[] = ['leak', 'parity'];
