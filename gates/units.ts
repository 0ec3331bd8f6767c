import { GATE_CATALOGUE, gateMode, GATE_NAMES } from '../contracts/gate-catalogue.ts';
import type { GateMode, GateUnit } from '../contracts/gate-catalogue.ts';
import type { GatesSpec } from '../contracts/spec.ts';
import type { GateName, GateVerdict } from '../contracts/verdict.ts';
import { requireRange } from '../stats/series.ts';
import { judgeBusiness } from './business.ts';
import { unmeasured } from './gate-verdict.ts';
import type { Comparison } from './gate-verdict.ts';
import type { JudgeInput } from './judge-input.ts';
import { requireWholeLedger } from './ledger.ts';
import { judgeOperations } from './operational.ts';
import { mustBeBetter, superiorityInput } from './open-claim.ts';
import { judgeDeflatedSharpe, judgeOverfitting } from './overfitting.ts';
import { pairedPanel } from './paired-panel.ts';
import type { PairedPanel, PanelProblem } from './paired-panel.ts';
import { judgeRecovery } from './recovery.ts';
import { judgeDrawdown, judgeNonInferiority, judgeRankIc } from './safety.ts';
import { judgeSuperiority } from './superiority.ts';
import type { BootstrapRun } from './superiority.ts';
import { superiorityLevel } from './superiority-level.ts';

/** What one group of gates found. Plain data: it crosses threads and is stored as JSON. */
export interface UnitResult {
  readonly unit: GateUnit;
  readonly verdicts: readonly GateVerdict[];
  /** Null when nothing was resampled. */
  readonly bootstrap: BootstrapRun | null;
}

/** A group that could not be judged: out of time, or its data out of reach. Never a pass and never a fail. */
export interface UnitError {
  readonly unit: GateUnit;
  readonly code: string;
  readonly reason: string;
}

export type UnitOutcome =
  | { readonly kind: 'judged'; readonly result: UnitResult }
  | { readonly kind: 'error'; readonly error: UnitError };

/** What decides which gates are asked. */
type Asked = Pick<JudgeInput, 'route' | 'gates' | 'recovery' | 'championOnProbation'>;

const REFRESH_ONLY: readonly GateName[] = ['non-inferiority'];
const BETTER_ONLY: readonly GateName[] = ['spa', 'stepm', 'sharpe-improvement'];

/** Why a gate is not asked of this candidate; null when it is. */
export function notAskedBecause(gate: GateName, input: Asked): string | null {
  if (modeOf(gate, input) === 'off') return 'switched off by the spec (gates.modes)';
  if (gate === 'recovery' && input.recovery === null) return 'asked of a retrain that a decay alarm started';
  if (input.route !== 'refresh' && REFRESH_ONLY.includes(gate))
    return 'asked of a refresh of the champion only; this recipe must be better';
  if (!mustBeBetter(input) && BETTER_ONLY.includes(gate))
    return "a refresh has the champion's own recipe and inherits what that has shown";
  return null;
}

/** Verdicts of a step before the gates, as the spec lets them count: without those that are off. */
export function withModes(verdicts: readonly GateVerdict[], gates: GatesSpec): GateVerdict[] {
  return verdicts
    .filter(({ gate }) => modeOf(gate, { gates }) !== 'off')
    .map((verdict) => ({
      ...verdict,
      enforced: verdict.enforced && modeOf(verdict.gate, { gates }) === 'enforce',
    }));
}

export function modeOf(gate: GateName, { gates }: Pick<JudgeInput, 'gates'>): GateMode {
  return gateMode(gate, gates.modes);
}

/** Gates of a unit that are asked of this candidate, in reading order. */
export function gatesOf(unit: GateUnit, input: Asked): GateName[] {
  return GATE_NAMES.filter(
    (gate) => GATE_CATALOGUE[gate].unit === unit && notAskedBecause(gate, input) === null,
  );
}

/**
 * Judges the gates of one unit. Pure: the same input gives the same bits. Verdicts of gates in dry-run are not enforced.
 *
 * Missing, non-finite, flat, unpaired or short input is never a pass: too little gives `inconclusive`, broken gives
 * `error`, each with the cause. Throws `ParameterOutOfRange` for a setting outside its range, `LedgerIncomplete` when
 * fewer trials are on the table than the ledger holds.
 */
export function judgeUnit(unit: GateUnit, input: JudgeInput): UnitResult {
  requireSettings(input);
  const asked = gatesOf(unit, input);
  const { verdicts, bootstrap } = run(unit, input, asked);
  return {
    unit,
    verdicts: withModes(
      verdicts.filter((verdict) => asked.includes(verdict.gate)),
      input.gates,
    ),
    bootstrap,
  };
}

interface Found {
  readonly verdicts: readonly GateVerdict[];
  readonly bootstrap: BootstrapRun | null;
}

function run(unit: GateUnit, input: JudgeInput, asked: readonly GateName[]): Found {
  switch (unit) {
    case 'operational':
      return found(judgeOperations(input.operational, input.earlier, input.gates));
    case 'business':
      return found(judgeBusiness(input));
    case 'skill': {
      const refresh = input.route === 'refresh' ? [judgeNonInferiority(input)] : [];
      const paired = onPanel(input, ['drawdown'], (panel) => found([judgeDrawdown(panel, input)]));
      const recovery = input.recovery === null ? [] : [judgeRecovery(input, input.recovery)];
      return found([judgeRankIc(input), ...paired.verdicts, ...refresh, ...recovery]);
    }
    case 'superiority':
      return onPanel(superiorityInput(input), asked, (panel, told) => {
        const superiority = judgeSuperiority(panel, told);
        return { verdicts: superiority.verdicts, bootstrap: superiority.run };
      });
    case 'deflated-sharpe':
      return onPanel(input, asked, (panel) => found([judgeDeflatedSharpe(panel, input)]));
    case 'overfitting':
      return onPanel(input, asked, (panel) => found([judgeOverfitting(panel, input)]));
  }
}

const found = (verdicts: readonly GateVerdict[]): Found => ({ verdicts, bootstrap: null });

/** Runs on the paired returns; when nothing can be computed on them, each gate that needs them says why. */
function onPanel(
  input: JudgeInput,
  asked: readonly GateName[],
  judge: (panel: PairedPanel, input: JudgeInput) => Found,
): Found {
  if (asked.length === 0) return found([]);
  const panel = pairedPanel(input);
  return 'verdict' in panel
    ? found(asked.map((gate) => withoutPanel(gate, panel, input)))
    : judge(panel, input);
}

function withoutPanel(gate: GateName, problem: PanelProblem, input: JudgeInput): GateVerdict {
  const [comparison, threshold] = boundOf(gate, input);
  return unmeasured(gate, problem.verdict, problem.reason, comparison, threshold);
}

/** The bound a gate is held against as far as the spec alone knows it; null when the measurement gives it. */
function boundOf(gate: GateName, input: JudgeInput): readonly [Comparison, number | null] {
  const { gates } = input;
  switch (gate) {
    case 'spa':
    case 'stepm':
      return ['<', superiorityLevel(input).level];
    case 'dsr':
      return ['>=', gates.dsrMin];
    case 'pbo':
      return ['<=', gates.pboMax];
    case 'sharpe-improvement':
      return ['>=', gates.minSharpeImprovement];
    case 'non-inferiority':
      return ['>=', -gates.nonInferiorityMargin];
    case 'rank-ic':
    case 'recovery':
      return ['>', gates.rankIcMin];
    case 'coverage':
      return ['>=', gates.minCoverage];
    case 'latency':
      return ['<=', gates.maxLatencyMs];
    case 'resources':
      return ['<=', gates.maxModelMegabytes];
    case 'turnover':
      return ['<=', gates.maxAnnualTurnover];
    case 'cost-cover':
      return ['>=', gates.minCostCover];
    case 'position-concentration':
      return ['<=', gates.maxPositionShare];
    case 'sector-concentration':
      return ['<=', gates.maxSectorShare];
    case 'feasibility':
      return ['<=', gates.maxRefusedTradeShare];
    case 'capacity':
      return ['<=', gates.maxParticipation];
    case 'leak':
    case 'schema':
    case 'parity':
      return ['==', 0];
    case 'drawdown':
      return ['<=', null];
    case 'final-fit':
      return ['>=', null];
  }
}

/** The verdicts of a unit that could not be judged: every gate asked of it is an `error` that says why. */
export function verdictsOf(outcome: UnitOutcome, input: JudgeInput): readonly GateVerdict[] {
  if (outcome.kind === 'judged') return outcome.result.verdicts;
  const { unit, code, reason } = outcome.error;
  return gatesOf(unit, input).map((gate) => {
    const [comparison, threshold] = boundOf(gate, input);
    const verdict = unmeasured(gate, 'error', `not judged (${code}): ${reason}`, comparison, threshold);
    return { ...verdict, enforced: modeOf(gate, input) === 'enforce' };
  });
}

function requireSettings(input: JudgeInput): void {
  requireRange('seed', input.seed, 0, Number.MAX_SAFE_INTEGER, 'integer');
  requireRange('sessionsPerYear', input.sessionsPerYear, 1, 366);
  requireRange('holdSessions', input.holdSessions, 1, 1000, 'integer');
  requireWholeLedger(input);
}
