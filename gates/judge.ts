import { GateReport } from '../contracts/gate-report.ts';
import type { PerformanceNumbers } from '../contracts/gate-report.ts';
import { SessionDate } from '../contracts/primitives.ts';
import type { GateName, GateVerdict } from '../contracts/verdict.ts';
import { maximumDrawdown } from '../stats/drawdown.ts';
import { isConstant, mean, requireRange, standardDeviation } from '../stats/series.ts';
import { overallVerdict, unmeasured } from './gate-verdict.ts';
import type { Comparison } from './gate-verdict.ts';
import type { JudgeInput, TradingNumbers } from './judge-input.ts';
import { judgeOperations } from './operational.ts';
import { countTrials, judgeDeflatedSharpe, judgeOverfitting } from './overfitting.ts';
import { pairedPanel } from './paired-panel.ts';
import type { PairedPanel, PanelProblem } from './paired-panel.ts';
import { judgeDrawdown, judgeNonInferiority, judgeRankIc } from './safety.ts';
import { judgeSuperiority } from './superiority.ts';
import type { BootstrapRun } from './superiority.ts';

export type { JudgeInput } from './judge-input.ts';

const NO_BOOTSTRAP: BootstrapRun = { blockSessions: null, replicates: 0, sameAsBenchmark: [] };

/**
 * Judges one candidate. Order of the verdicts, cheap to dear and from the data to the decision: leak, coverage, parity,
 * latency, final-fit, rank-ic, spa, stepm, dsr, pbo, sharpe-improvement or non-inferiority, drawdown.
 *
 * What is enforced: everything, except the drawdown of a first champion (reported). `first` and `new-recipe` ask for
 * superiority (spa, stepm, sharpe-improvement), `refresh` for non-inferiority; the others are listed in `notAsked`.
 *
 * Missing, non-finite, flat, unpaired or short input is never a pass: too little gives `inconclusive`, broken gives
 * `error`, each with the cause. The same input gives the same report, bit for bit. Only a setting outside its range (seed,
 * sessions per year, hold, ledger count) throws, `ParameterOutOfRange`, and a defect.
 */
export function judge(input: JudgeInput): GateReport {
  requireRange('seed', input.seed, 0, Number.MAX_SAFE_INTEGER, 'integer');
  requireRange('sessionsPerYear', input.sessionsPerYear, 1, 366);
  requireRange('holdSessions', input.holdSessions, 1, 1000, 'integer');
  requireRange('ledgerRecipes', input.ledgerRecipes, 0, 1e9, 'integer');
  const panel = pairedPanel(input);
  const usable = 'verdict' in panel ? null : panel;
  const statistical = 'verdict' in panel ? withoutPanel(panel, input) : onPanel(panel, input);
  const verdicts = inOrder([
    ...judgeOperations(input.operational, input.earlier, input.gates),
    judgeRankIc(input),
    ...statistical.verdicts,
  ]);
  const trialCount = countTrials(usable, input);
  return GateReport.parse({
    schema: 1,
    route: input.route,
    overall: overallVerdict(verdicts),
    verdicts,
    notAsked: notAsked(input),
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
    bootstrap: {
      blockSessions: statistical.run.blockSessions,
      replicates: statistical.run.replicates,
      seed: input.seed,
    },
    trials: {
      judged: input.trials.netReturns.length,
      ledgerRecipes: input.ledgerRecipes,
      counted: trialCount.counted,
      effectiveLowest: trialCount.effectiveLowest,
      sameAsBenchmark: [...statistical.run.sameAsBenchmark],
    },
  } satisfies GateReport);
}

interface StatisticalVerdicts {
  readonly verdicts: GateVerdict[];
  readonly run: BootstrapRun;
}

function onPanel(panel: PairedPanel, input: JudgeInput): StatisticalVerdicts {
  const common = [
    judgeDeflatedSharpe(panel, input),
    judgeOverfitting(panel, input),
    judgeDrawdown(panel, input),
  ];
  if (input.route === 'refresh')
    return { verdicts: [...common, judgeNonInferiority(input)], run: NO_BOOTSTRAP };
  const superiority = judgeSuperiority(panel, input);
  return { verdicts: [...superiority.verdicts, ...common], run: superiority.run };
}

/** Nothing can be computed on the paired returns: each gate that needs them says why. */
function withoutPanel(problem: PanelProblem, input: JudgeInput): StatisticalVerdicts {
  const { gates } = input;
  type Bound = readonly [gate: GateName, comparison: Comparison, threshold: number];
  const superiority: readonly Bound[] = [
    ['spa', '<', gates.spaAlpha],
    ['stepm', '<', gates.spaAlpha],
    ['sharpe-improvement', '>=', gates.minSharpeImprovement],
  ];
  const bounds: readonly Bound[] = [
    ['dsr', '>=', gates.dsrMin],
    ['pbo', '<=', gates.pboMax],
    ['drawdown', '<=', Number.NaN],
    ...(input.route === 'refresh' ? [] : superiority),
  ];
  const verdicts = bounds.map(([gate, comparison, threshold]) =>
    unmeasured(gate, problem.verdict, problem.reason, comparison, threshold),
  );
  if (input.route === 'refresh') verdicts.push(judgeNonInferiority(input));
  return { verdicts, run: NO_BOOTSTRAP };
}

const ORDER: readonly GateName[] = [
  'leak',
  'coverage',
  'parity',
  'latency',
  'final-fit',
  'rank-ic',
  'spa',
  'stepm',
  'dsr',
  'pbo',
  'sharpe-improvement',
  'non-inferiority',
  'drawdown',
];

function inOrder(verdicts: readonly GateVerdict[]): GateVerdict[] {
  return verdicts.toSorted((a, b) => ORDER.indexOf(a.gate) - ORDER.indexOf(b.gate));
}

function notAsked(input: JudgeInput): { gate: GateName; reason: string }[] {
  if (input.route !== 'refresh') {
    return [
      {
        gate: 'non-inferiority',
        reason: 'asked of a refresh of the champion only; this recipe must be better',
      },
    ];
  }
  const reason = "a refresh has the champion's own recipe, so there is no better recipe to show";
  return (['spa', 'stepm', 'sharpe-improvement'] as const).map((gate) => ({ gate, reason }));
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
