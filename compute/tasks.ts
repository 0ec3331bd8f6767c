import { judge } from '../gates/judge.ts';
import { countReplicates } from '../stats/studentised-bootstrap.ts';
import type { BootstrapPlan, ExceedanceCounts, ScaledDifferences } from '../stats/studentised-bootstrap.ts';

export interface CountReplicatesInput {
  readonly data: ScaledDifferences;
  readonly plan: BootstrapPlan;
  readonly from: number;
  readonly to: number;
}

/**
 * What a thread can do. Every task is a pure function of a message: its answer has the same bits on this thread, on another
 * one, and on any run.
 */
export const TASKS = {
  countReplicates: ({ data, plan, from, to }: CountReplicatesInput): ExceedanceCounts =>
    countReplicates(data, plan, from, to),
  judge,
} as const;

export type TaskName = keyof typeof TASKS;
export type TaskInput<Name extends TaskName> = Parameters<(typeof TASKS)[Name]>[0];
export type TaskOutput<Name extends TaskName> = ReturnType<(typeof TASKS)[Name]>;
