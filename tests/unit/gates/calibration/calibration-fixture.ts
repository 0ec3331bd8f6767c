import { GatesSpec } from '../../../../contracts/spec.ts';
import type { CalibrationPlan, StreamPlan } from '../../../../gates/calibration/plan.ts';

/** Small and quick: what is tested is the simulation, not the thresholds. */
export function smallPlan(changes: Partial<CalibrationPlan> = {}): CalibrationPlan {
  return {
    gates: GatesSpec.parse({ spaReplicates: 1000, pboSplits: 8 }),
    route: 'new-recipe',
    sessions: 250,
    trials: 8,
    panels: 4,
    sharpe: 2,
    championSharpe: 0,
    correlation: 0.3,
    autocorrelation: 0,
    annualSessions: 250,
    holdSessions: 5,
    horizonSessions: 5,
    seed: 11,
    ...changes,
  };
}

export function smallStream(changes: Partial<StreamPlan> = {}): StreamPlan {
  return { ...smallPlan(), retrains: 4, stepSessions: 21, gapSessions: 13, ...changes };
}
