import type { GateUnit } from '../../contracts/gate-catalogue.ts';
import type { GatesSpec } from '../../contracts/spec.ts';
import type { GateVerdict } from '../../contracts/verdict.ts';
import { isConstant, mean } from '../../stats/series.ts';
import { returnMoments } from '../../stats/sharpe.ts';
import { nextBudget } from '../error-budget.ts';
import type { GrantedLevel, PastTest } from '../error-budget.ts';
import type { JudgeInput } from '../judge-input.ts';
import { overallVerdict } from '../gate-verdict.ts';
import type { ChoiceRules, ComparableTrial } from '../trial-choice.ts';
import { judgeUnit } from '../units.ts';
import type { UnitResult } from '../units.ts';
import type { CalibrationPlan } from './plan.ts';

/**
 * The units whose verdicts depend on chance, cheap before dear. Operational and business gates measure an artifact and a
 * book, not luck: they are not simulated, and calibration says nothing about them.
 */
export const STATISTICAL_UNITS = [
  'skill',
  'deflated-sharpe',
  'overfitting',
  'superiority',
] as const satisfies readonly GateUnit[];

const NOT_TRADED = { annualisedTurnover: null, annualisedCost: null, meanRankIc: null } as const;

/** What the candidate's predictions say a session on average; nothing else of its trading is simulated. */
const tradingOf = ({ rankIc }: SimulatedInput): JudgeInput['candidateTrading'] => ({
  ...NOT_TRADED,
  meanRankIc: rankIc === null || rankIc.values.length === 0 ? null : mean(rankIc.values),
});

/** What calibration simulates of the input of the gates; the rest is of gates that it does not ask. */
export type SimulatedInput = Pick<
  JudgeInput,
  | 'gates'
  | 'route'
  | 'sessionsPerYear'
  | 'holdSessions'
  | 'sessions'
  | 'trials'
  | 'ledger'
  | 'errorBudget'
  | 'artifactComparison'
  | 'championOnProbation'
  | 'rankIc'
  | 'seed'
  | 'business'
> & { readonly benchmark: { readonly name: string; readonly netReturns: Float64Array } };

export function judgeInput(simulated: SimulatedInput): JudgeInput {
  return {
    ...simulated,
    // Intervals decide nothing, and thousands of panels would pay for them.
    gates: { ...simulated.gates, uncertaintyReplicates: 0 },
    candidateTrading: tradingOf(simulated),
    benchmark: { ...simulated.benchmark, trading: NOT_TRADED },
    operational: {
      leak: null,
      coverage: null,
      schema: null,
      parity: null,
      latency: null,
      resources: null,
      finalFit: null,
    },
    breakdown: null,
    recovery: null,
    shadow: null,
    earlier: [],
  };
}

/** What all statistical gates that the route asks for say, by the functions that judge a retrain. */
export function statisticalResults(input: JudgeInput): UnitResult[] {
  return STATISTICAL_UNITS.map((unit) => judgeUnit(unit, input));
}

/** Whether the enforced gates of the unit `skill` pass: the cheap ones, which most candidates without any fail. */
export function passesSkill(input: JudgeInput): boolean {
  return unitPasses(judgeUnit('skill', input).verdicts);
}

/** Whether every enforced statistical gate passes; stops at the first that does not. */
export function passesStatistics(input: JudgeInput): boolean {
  return STATISTICAL_UNITS.every((unit) => unitPasses(judgeUnit(unit, input).verdicts));
}

/** A unit without an enforced gate (all of it in dry-run, off, or of another route) holds nothing up. */
function unitPasses(verdicts: readonly GateVerdict[]): boolean {
  return !verdicts.some((verdict) => verdict.enforced) || overallVerdict(verdicts) === 'pass';
}

const DAY_MS = 86_400_000;

/** Ascending dates; a simulation has no calendar, and no gate reads one. */
export function sessionLabels(count: number): string[] {
  return Array.from({ length: count }, (_, day) => new Date(day * DAY_MS).toISOString().slice(0, 10));
}

export interface SimulatedTrial extends ComparableTrial {
  readonly netReturns: Float64Array;
}

export function simulatedTrial(
  trialId: string,
  netReturns: Float64Array,
  annualSessions: number,
): SimulatedTrial {
  const annualisedSharpe = isConstant(netReturns)
    ? null
    : Math.sqrt(annualSessions) * returnMoments(netReturns, trialId).sharpe;
  return { trialId, netReturns, annualisedSharpe };
}

/** How a retrain with these gates chooses its route, at another level than the spec's if one is given. */
export function choiceRules(plan: CalibrationPlan, alpha = plan.gates.spaAlpha): ChoiceRules {
  const { gates, holdSessions, annualSessions } = plan;
  return { minSharpeImprovement: gates.minSharpeImprovement, alpha, holdSessions, annualSessions };
}

/** What the error budget of these gates grants the next test; null while it is off. */
export function grantedLevel(gates: GatesSpec, past: readonly PastTest[]): GrantedLevel | null {
  if (gates.errorBudget === 'off') return null;
  const rule = { method: gates.errorBudget, level: gates.errorBudgetLevel };
  return { ...rule, ...nextBudget(rule, past) };
}
