import { GATE_NAMES, GATE_UNITS } from '../contracts/gate-catalogue.ts';
import type { GateMode } from '../contracts/gate-catalogue.ts';
import { GateReport } from '../contracts/gate-report.ts';
import type { PerformanceNumbers } from '../contracts/gate-report.ts';
import { SessionDate } from '../contracts/primitives.ts';
import type { GateName } from '../contracts/verdict.ts';
import { maximumDrawdown } from '../stats/drawdown.ts';
import { isConstant, mean, standardDeviation } from '../stats/series.ts';
import { cautionsOf } from './cautions/cautions.ts';
import { dailyDifference } from './daily-difference.ts';
import { wealthAfter } from './error-budget.ts';
import { overallVerdict } from './gate-verdict.ts';
import type { JudgeInput, TradingNumbers } from './judge-input.ts';
import { countTrials } from './overfitting.ts';
import { pairedPanel } from './paired-panel.ts';
import type { BootstrapRun } from './superiority.ts';
import { superiorityLevel } from './superiority-level.ts';
import { gatesOf, judgeUnit, modeOf, notAskedBecause, verdictsOf } from './units.ts';
import type { UnitOutcome } from './units.ts';

export type { JudgeInput } from './judge-input.ts';

const NO_BOOTSTRAP: BootstrapRun = { blockSessions: null, replicates: 0, sameAsBenchmark: [] };

/**
 * Judges one candidate: every unit of gates, then the report.
 *
 * What is enforced: gates whose mode is `enforce`, except the drawdown of a first champion (reported). `first` and
 * `new-recipe` ask for superiority (spa, stepm, sharpe-improvement), `refresh` for non-inferiority, and of a champion on
 * probation for superiority over no position too; the others, and those switched off, are listed in `notAsked`.
 *
 * Missing, non-finite, flat, unpaired or short input is never a pass: too little gives `inconclusive`, broken gives
 * `error`, each with the cause. The same input gives the same report, bit for bit. Only a setting outside its range (seed,
 * sessions per year, hold, ledger count) throws, `ParameterOutOfRange`, and a defect.
 */
export function judge(input: JudgeInput): GateReport {
  const outcomes = GATE_UNITS.map((unit): UnitOutcome => ({
    kind: 'judged',
    result: judgeUnit(unit, input),
  }));
  return assembleReport(input, outcomes);
}

/**
 * The report of what the units found, in reading order. A unit that is missing among the outcomes is an `error` of each of
 * its gates: a gate not run is never a pass.
 */
export function assembleReport(input: JudgeInput, outcomes: readonly UnitOutcome[]): GateReport {
  const verdicts = GATE_UNITS.flatMap((unit) => verdictsOf(outcomeOf(unit, outcomes), input)).toSorted(
    (a, b) => GATE_NAMES.indexOf(a.gate) - GATE_NAMES.indexOf(b.gate),
  );
  const panel = pairedPanel(input);
  const usable = 'verdict' in panel ? null : panel;
  const trialCount = countTrials(usable, input);
  const run = bootstrapOf(outcomes);
  const report = {
    schema: 2,
    route: input.route,
    overall: overallVerdict(verdicts),
    verdicts,
    modes: modesOf(input),
    notAsked: GATE_NAMES.flatMap((gate) => {
      const reason = notAskedBecause(gate, input);
      return reason === null ? [] : [{ gate, reason }];
    }),
    pairedSessions: {
      count: input.sessions.length,
      first: dateOrNull(input.sessions[0]),
      last: dateOrNull(input.sessions.at(-1)),
    },
    candidate: performance(
      input.trials.names[input.trials.candidate] ?? 'candidate',
      usable?.candidateReturns ?? null,
      input.candidateTrading,
      input,
    ),
    benchmark: performance(input.benchmark.name, usable?.benchmark ?? null, input.benchmark.trading, input),
    bootstrap: { blockSessions: run.blockSessions, replicates: run.replicates, seed: input.seed },
    trials: {
      judged: input.trials.netReturns.length - input.ledger.rescored.length,
      ledgerRecipes: input.ledger.recipes,
      ledgerRecipesEver: input.ledger.recipesEver,
      counted: trialCount.counted,
      effectiveLowest: trialCount.effectiveLowest,
      sameAsBenchmark: [...run.sameAsBenchmark],
      rescored: input.ledger.rescored.length,
      rescorable: input.ledger.rescorable,
      rescoreMax: input.gates.ledgerRescoreMax,
      notRescored: [...input.ledger.notRescored],
      leftOut: [...input.ledger.leftOut],
      ledgerHead: input.ledger.head,
      structuralChange: input.ledger.structuralChange,
    },
    errorBudget: budgetOf(input),
    dailyDifference: dailyDifference(input, usable),
  } satisfies Omit<GateReport, 'cautions'>;
  return GateReport.parse({ ...report, cautions: cautionsOf({ input, report }) } satisfies GateReport);
}

/** What is left is said for the case that the candidate does not pass; a discovery earns more. */
function budgetOf(input: JudgeInput): GateReport['errorBudget'] {
  const granted = input.errorBudget;
  if (granted === null) return null;
  const { level } = superiorityLevel(input);
  return { ...granted, used: level, left: wealthAfter(granted, level) };
}

function modesOf(input: JudgeInput): Record<GateName, GateMode> {
  return Object.fromEntries(GATE_NAMES.map((gate) => [gate, modeOf(gate, input)])) as Record<
    GateName,
    GateMode
  >;
}

function outcomeOf(unit: (typeof GATE_UNITS)[number], outcomes: readonly UnitOutcome[]): UnitOutcome {
  const found = outcomes.find(
    (outcome) => (outcome.kind === 'judged' ? outcome.result.unit : outcome.error.unit) === unit,
  );
  if (found !== undefined) return found;
  return { kind: 'error', error: { unit, code: 'UNIT_NOT_RUN', reason: `${unit} was not run` } };
}

function bootstrapOf(outcomes: readonly UnitOutcome[]): BootstrapRun {
  for (const outcome of outcomes) {
    if (outcome.kind === 'judged' && outcome.result.bootstrap !== null) return outcome.result.bootstrap;
  }
  return NO_BOOTSTRAP;
}

/** Units that have a gate to judge; the others need not be run. */
export function unitsAsked(
  input: Pick<JudgeInput, 'route' | 'gates' | 'recovery' | 'championOnProbation'>,
): (typeof GATE_UNITS)[number][] {
  return GATE_UNITS.filter((unit) => gatesOf(unit, input).length > 0);
}

function performance(
  name: string,
  returns: Float64Array | null,
  trading: TradingNumbers,
  input: JudgeInput,
): PerformanceNumbers {
  const flat = returns === null || isConstant(returns);
  const perYear = input.sessionsPerYear;
  const deviation = returns === null ? null : standardDeviation(returns, 1);
  return {
    name,
    annualisedSharpe: flat || deviation === null ? null : (Math.sqrt(perYear) * mean(returns)) / deviation,
    annualisedReturn: returns === null ? null : perYear * mean(returns),
    annualisedVolatility: deviation === null ? null : Math.sqrt(perYear) * deviation,
    maximumDrawdown:
      returns === null || returns.some((value) => value < -1) ? null : maximumDrawdown(returns).maximum,
    meanRankIc: finiteOrNull(trading.meanRankIc),
    annualisedTurnover: finiteOrNull(trading.annualisedTurnover),
    annualisedCost: finiteOrNull(trading.annualisedCost),
  };
}

/** A label that is not a date has already made every paired gate an error; the report itself stays well-formed. */
function dateOrNull(session: string | undefined): string | null {
  return SessionDate.safeParse(session).data ?? null;
}

function finiteOrNull(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}
