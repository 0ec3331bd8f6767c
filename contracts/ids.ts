import type { Actor } from './primitives.ts';

/**
 * Ids and names that workflows need as values. Free of zod on purpose: a workflow bundle stays small, and nothing in it
 * changes when a schema does.
 */
export const retrainId = (model: string, asOf: string): string => `retrain:${model}:${asOf}`;
export const guardId = (model: string, epoch: number): string => `guard:${model}:${String(epoch)}`;
export const rollbackId = (model: string, key: string): string => `rollback:${model}:${key}`;
export const drillId = (model: string, key: string): string => `drill:${model}:${key}`;
export const drillScheduleId = (model: string): string => `drill-schedule:${model}`;
export const scoreId = (model: string, session: string, version: number | null): string =>
  `score:${model}:${session}:${version === null ? 'champion' : String(version)}`;
export const scoreScheduleId = (model: string): string => `score-schedule:${model}`;
export const reproductionId = (model: string, version: number, key: string): string =>
  `reproduce:${model}:${String(version)}:${key}`;
export const escalationId = (notificationId: number): string => `escalation:${String(notificationId)}`;
export const deadManId = (name: string): string => `dead-man:${name}`;
export const scheduleId = (model: string): string => `schedule:${model}`;

/** The subject that requests scheduled, decay- and drift-triggered retrains, and automatic rollbacks. */
export const SYSTEM_ACTOR: Actor = { subject: 'system', roles: [] };

export const TASK_QUEUES = {
  control: 'control',
  data: 'data',
  training: 'training',
  evaluation: 'evaluation',
} as const;

/** Names of the custom search attributes; the server has to know them before a workflow uses them. */
export const SEARCH_ATTRIBUTES = {
  modelName: 'ModelName',
  modelVersion: 'ModelVersion',
  trigger: 'Trigger',
  step: 'Step',
  verdict: 'Verdict',
} as const;

/** A search attribute of a workflow, in the shape that the Temporal SDK takes. */
export interface KeywordAttribute {
  readonly key: { readonly name: string; readonly type: 'KEYWORD' };
  readonly value: string;
}

/** Search attributes of a workflow about a model, for lists in the Temporal UI. */
export function aboutModel(
  model: string,
  facts: { readonly trigger?: string; readonly step?: string } = {},
): KeywordAttribute[] {
  const pairs = [keyword(SEARCH_ATTRIBUTES.modelName, model)];
  if (facts.trigger !== undefined) pairs.push(keyword(SEARCH_ATTRIBUTES.trigger, facts.trigger));
  if (facts.step !== undefined) pairs.push(keyword(SEARCH_ATTRIBUTES.step, facts.step));
  return pairs;
}

const keyword = (name: string, value: string): KeywordAttribute => ({
  key: { name, type: 'KEYWORD' },
  value,
});
