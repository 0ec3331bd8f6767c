import type { GateUnit } from '../contracts/gate-catalogue.ts';
import { judgePanels } from '../gates/calibration/panel-trial.ts';
import { simulateStreams } from '../gates/calibration/stream.ts';
import type { RecordedGateReport } from '../contracts/gate-report.ts';
import { judge } from '../gates/judge.ts';
import type { JudgeInput } from '../gates/judge-input.ts';
import { renderGatePage } from '../gates/plots/gate-page.ts';
import { judgeUnit } from '../gates/units.ts';
import { type ReignBatch, simulateBatch } from '../monitoring/calibration/guard-calibration.ts';
import type { ReignOutcome, ReignPlan } from '../monitoring/calibration/reign-simulation.ts';
import type { UnitResult } from '../gates/units.ts';
import { countReplicates } from '../stats/studentised-bootstrap.ts';
import type { BootstrapPlan, ExceedanceCounts, ScaledDifferences } from '../stats/studentised-bootstrap.ts';

export interface CountReplicatesInput {
  readonly data: ScaledDifferences;
  readonly plan: BootstrapPlan;
  readonly from: number;
  readonly to: number;
}

export interface GatePageInput {
  readonly input: JudgeInput;
  readonly report: RecordedGateReport;
  readonly title: string;
}

export interface JudgeUnitInput {
  readonly unit: GateUnit;
  readonly input: JudgeInput;
}

export interface SimulateReignsInput {
  readonly plan: ReignPlan;
  readonly batch: ReignBatch;
}

/**
 * What a thread can do. Every task is a pure function of a message: its answer has the same bits on this thread, on another
 * one, and on any run.
 */
export const TASKS = {
  countReplicates: ({ data, plan, from, to }: CountReplicatesInput): ExceedanceCounts =>
    countReplicates(data, plan, from, to),
  judge,
  calibratePanels: judgePanels,
  calibrateStreams: simulateStreams,
  renderGatePage: ({ input, report, title }: GatePageInput): string => renderGatePage(input, report, title),
  simulateReigns: ({ plan, batch }: SimulateReignsInput): readonly ReignOutcome[] =>
    simulateBatch(plan, batch),
  judgeUnit: ({ unit, input }: JudgeUnitInput): UnitResult => judgeUnit(unit, input),
} as const;

export type TaskName = keyof typeof TASKS;
export type TaskInput<Name extends TaskName> = Parameters<(typeof TASKS)[Name]>[0];
export type TaskOutput<Name extends TaskName> = ReturnType<(typeof TASKS)[Name]>;
