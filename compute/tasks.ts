import type { GateUnit } from '../contracts/gate-catalogue.ts';
import type { RecordedGateReport } from '../contracts/gate-report.ts';
import type { BreakdownInput, IcBreakdown } from '../evaluation/ic-breakdown.ts';
import type { TrialPerformance, TrialPlay } from '../evaluation/trial-performance.ts';
import type { JudgeInput } from '../gates/judge-input.ts';
import type { UnitResult } from '../gates/units.ts';
import type { ReignBatch } from '../monitoring/calibration/guard-calibration.ts';
import type { ReignOutcome, ReignPlan } from '../monitoring/calibration/reign-simulation.ts';
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

/** The gates' own rule says how far apart sessions still count as related. */
export type IcBreakdownInput = Omit<BreakdownInput, 'lagOf'>;

export interface SimulateReignsInput {
  readonly plan: ReignPlan;
  readonly batch: ReignBatch;
}

/**
 * What a thread can do. Every task is a pure function of a message: its answer has the same bits on this thread, on another
 * one, and on any run. Its code is loaded with the first message that asks for it: a thread that only counts replicates
 * stays a fraction of the size of one that judges.
 */
export const TASKS = {
  countReplicates: async () => {
    const { countReplicates } = await import('../stats/studentised-bootstrap.ts');
    return ({ data, plan, from, to }: CountReplicatesInput): ExceedanceCounts =>
      countReplicates(data, plan, from, to);
  },
  scoreTrial: async () => {
    const { trialPerformance } = await import('../evaluation/trial-performance.ts');
    return (play: TrialPlay): TrialPerformance => trialPerformance(play);
  },
  icBreakdown: async () => {
    const [{ icBreakdown }, { hacLag }] = await Promise.all([
      import('../evaluation/ic-breakdown.ts'),
      import('../gates/paired-panel.ts'),
    ]);
    return (input: IcBreakdownInput): IcBreakdown => icBreakdown({ ...input, lagOf: hacLag });
  },
  judge: async () => (await import('../gates/judge.ts')).judge,
  judgeUnit: async () => {
    const { judgeUnit } = await import('../gates/units.ts');
    return ({ unit, input }: JudgeUnitInput): UnitResult => judgeUnit(unit, input);
  },
  renderGatePage: async () => {
    const { renderGatePage } = await import('../gates/plots/gate-page.ts');
    return ({ input, report, title }: GatePageInput): string => renderGatePage(input, report, title);
  },
  calibratePanels: async () => (await import('../gates/calibration/panel-trial.ts')).judgePanels,
  calibrateStreams: async () => (await import('../gates/calibration/stream.ts')).simulateStreams,
  simulateReigns: async () => {
    const { simulateBatch } = await import('../monitoring/calibration/guard-calibration.ts');
    return ({ plan, batch }: SimulateReignsInput): readonly ReignOutcome[] => simulateBatch(plan, batch);
  },
} as const;

export type TaskName = keyof typeof TASKS;
type Task<Name extends TaskName> = Awaited<ReturnType<(typeof TASKS)[Name]>>;
export type TaskInput<Name extends TaskName> = Parameters<Task<Name>>[0];
export type TaskOutput<Name extends TaskName> = ReturnType<Task<Name>>;
