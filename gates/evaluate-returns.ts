import type { GatesSpec } from '../contracts/spec.ts';
import type { GateVerdict, Verdict } from '../contracts/verdict.ts';
import { ContenderError } from '../contracts/error.ts';
import { cscv } from '../stats/cscv.ts';
import type { CscvResult } from '../stats/cscv.ts';
import { ParameterOutOfRange, SampleTooShort } from '../stats/errors.ts';
import { isConstant, mean, requireRange, squaredDeviations } from '../stats/series.ts';
import {
  deflatedSharpe,
  minimumTrackRecordLength,
  probabilisticSharpe,
  returnMoments,
} from '../stats/sharpe.ts';
import { spa, stepRejections } from '../stats/spa.ts';
import type { SpaResult } from '../stats/spa.ts';
import { holds } from './gate-verdict.ts';
import type { Comparison } from './gate-verdict.ts';
import { REPLICATE_GROWTH } from './superiority.ts';
import { count, counted, figure } from './wording.ts';

export interface ReturnsEvaluationInput {
  readonly names: readonly string[];
  /** Daily returns of each strategy, paired with the benchmark's. All finite. */
  readonly strategies: readonly Float64Array[];
  readonly benchmarkName: string;
  readonly benchmark: Float64Array;
  readonly gates: GatesSpec;
  readonly block: number;
  readonly seed: number;
  /** Trials ever made; at least the number of strategies. */
  readonly trials: number;
}

/** Numbers are null where they do not exist; the verdict then says why. Sharpe ratios are per period. */
export interface ReturnsEvaluation {
  readonly spa: {
    readonly statistic: number | null;
    readonly pLower: number | null;
    readonly pConsistent: number | null;
    readonly pUpper: number | null;
    /** Monte-Carlo interval of the consistent p. */
    readonly interval: readonly [number, number] | null;
    readonly replicates: number;
    readonly block: number;
  };
  readonly stepm: { readonly alpha: number; readonly rejected: readonly string[] };
  readonly strategies: readonly StrategyNumbers[];
  readonly dsr: {
    readonly best: string | null;
    readonly trials: number;
    readonly expectedMaxSharpe: number | null;
    readonly dsr: number | null;
  };
  readonly pbo: {
    readonly splits: number;
    readonly combinations: number | null;
    readonly pbo: number | null;
    readonly pboStrict: number | null;
    readonly slope: number | null;
    readonly intercept: number | null;
    readonly probabilityOfLoss: number | null;
  };
  readonly verdicts: readonly EvaluationVerdict[];
}

export interface StrategyNumbers {
  readonly name: string;
  readonly sharpe: number | null;
  readonly psr0: number | null;
  readonly minTrackRecordLength: number | null;
}

export type EvaluationVerdict = Pick<GateVerdict, 'gate' | 'verdict' | 'number' | 'threshold' | 'reason'>;

/** A number that could be computed, or the refusal of the statistics. */
type Outcome<T> = { readonly value: T } | { readonly refusal: ContenderError };

/** Judges a bare table of daily returns: what can be said without knowing how the strategies were made. */
export function evaluateReturns(input: ReturnsEvaluationInput): ReturnsEvaluation {
  checkParameters(input);
  const test = attempt(() => compare(input));
  const overfitting = attempt(() =>
    cscv({
      columns: input.strategies,
      names: input.names,
      splits: input.gates.pboSplits,
      constantZero: 'zero-sharpe',
    }),
  );
  const strategies = input.strategies.map((returns, index) =>
    strategyNumbers(returns, input.names[index] ?? ''),
  );
  const deflated = attempt(() => deflate(input, strategies));
  return {
    spa: spaNumbers(test, input),
    stepm: {
      alpha: input.gates.spaAlpha,
      rejected:
        'value' in test ? stepRejections(test.value, input.gates.spaAlpha).map((member) => member.name) : [],
    },
    strategies,
    dsr: dsrNumbers(deflated, input),
    pbo: pboNumbers(overfitting, input),
    verdicts: [
      ...superiorityVerdicts(test, input),
      dsrVerdict(deflated, input),
      pboVerdict(overfitting, input),
    ].map((verdict) => withObjections(verdict, input)),
  };
}

/** What the caller chose; thrown, while what the data lacks becomes a verdict. */
function checkParameters(input: ReturnsEvaluationInput): void {
  const rows = input.benchmark.length;
  const splits = input.gates.pboSplits;
  requireRange('pbo-splits', splits, 2, 24, 'integer');
  const blockFits = input.block >= 1 && input.block <= rows;
  if (splits > rows) {
    const block = blockFits
      ? ''
      : `; block is ${String(input.block)}, expected a number from 1 to ${String(rows)}`;
    throw new ParameterOutOfRange(
      `pbo-splits is ${String(splits)}, but there are ${counted(rows, 'row')}${block}`,
      { remedy: 'Use fewer splits and a shorter block, or more sessions.' },
    );
  }
  requireRange('block', input.block, 1, rows);
  requireRange('seed', input.seed, 0, Number.MAX_SAFE_INTEGER, 'integer');
  requireRange('trials', input.trials, 1, 1e9, 'integer');
  if (input.strategies.length === 0)
    throw new ParameterOutOfRange('there is no strategy beside the benchmark');
  if (input.trials < input.strategies.length) {
    throw new ParameterOutOfRange(
      `trials is ${String(input.trials)}, but the file already holds ${counted(input.strategies.length, 'strategy trial')}`,
      { remedy: 'Count every trial ever made; fewer than are shown cannot be true.' },
    );
  }
}

function attempt<T>(run: () => T): Outcome<T> {
  try {
    return { value: run() };
  } catch (error) {
    // A wrong parameter is the caller's mistake and not a property of the returns.
    if (!(error instanceof ContenderError) || error instanceof ParameterOutOfRange) throw error;
    return { refusal: error };
  }
}

function compare(input: ReturnsEvaluationInput): SpaResult {
  const differences = input.strategies.map((returns) =>
    returns.map((value, row) => value - (input.benchmark[row] ?? Number.NaN)),
  );
  const kept = [...differences.keys()].filter((column) => !isConstant(differences[column] ?? []));
  if (kept.length === 0) throw new SampleTooShort(`no strategy differs from ${input.benchmarkName}`);
  const replicates = input.gates.spaReplicates;
  return spa({
    differences: kept.map((column) => differences[column] ?? new Float64Array()),
    names: kept.map((column) => input.names[column] ?? ''),
    block: input.block,
    seed: input.seed,
    replicates,
    maxReplicates: replicates * REPLICATE_GROWTH,
    threshold: input.gates.spaAlpha,
  });
}

function strategyNumbers(returns: Float64Array, name: string): StrategyNumbers {
  if (isConstant(returns)) {
    const zeros = returns.every((value) => value === 0);
    return { name, sharpe: zeros ? 0 : null, psr0: null, minTrackRecordLength: null };
  }
  if (returns.length < 4) return { name, sharpe: null, psr0: null, minTrackRecordLength: null };
  const moments = returnMoments(returns, name);
  const length = minimumTrackRecordLength(moments, 0);
  return {
    name,
    sharpe: moments.sharpe,
    psr0: probabilisticSharpe(moments, 0),
    minTrackRecordLength: Number.isFinite(length) ? length : null,
  };
}

interface BestDeflated {
  readonly best: string;
  readonly expectedMaxSharpe: number;
  readonly dsr: number;
}

/** The strategy with the highest Sharpe ratio, against the expected best of all trials. */
function deflate(input: ReturnsEvaluationInput, strategies: readonly StrategyNumbers[]): BestDeflated {
  const ratios = strategies.map((strategy) => strategy.sharpe ?? -Infinity);
  const best = ratios.indexOf(Math.max(...ratios));
  const name = input.names[best] ?? '';
  const moments = returnMoments(input.strategies[best] ?? [], name);
  if (strategies.length < 2 && input.trials > 1) {
    throw new SampleTooShort(
      `the spread of ${counted(input.trials, 'trial')} cannot be known from one strategy`,
    );
  }
  const known = ratios.filter(Number.isFinite);
  const variance = known.length < 2 ? 0 : squaredDeviations(known) / (known.length - 1);
  const { dsr, expectedMaxSharpe } = deflatedSharpe(moments, variance, input.trials);
  return { best: name, expectedMaxSharpe, dsr };
}

function spaNumbers(test: Outcome<SpaResult>, input: ReturnsEvaluationInput): ReturnsEvaluation['spa'] {
  if ('refusal' in test) {
    const nothing = { statistic: null, pLower: null, pConsistent: null, pUpper: null, interval: null };
    return { ...nothing, replicates: 0, block: input.block };
  }
  const { statistic, p, interval, replicates } = test.value;
  return {
    statistic,
    pLower: p.lower,
    pConsistent: p.consistent,
    pUpper: p.upper,
    interval: [interval.consistent.lower, interval.consistent.upper],
    replicates,
    block: input.block,
  };
}

function dsrNumbers(
  deflated: Outcome<BestDeflated>,
  input: ReturnsEvaluationInput,
): ReturnsEvaluation['dsr'] {
  if ('refusal' in deflated) return { best: null, trials: input.trials, expectedMaxSharpe: null, dsr: null };
  const { best, expectedMaxSharpe, dsr } = deflated.value;
  return { best, trials: input.trials, expectedMaxSharpe, dsr };
}

function pboNumbers(
  overfitting: Outcome<CscvResult>,
  input: ReturnsEvaluationInput,
): ReturnsEvaluation['pbo'] {
  const { pboSplits: splits } = input.gates;
  if ('refusal' in overfitting) {
    const nothing = { combinations: null, pbo: null, pboStrict: null, slope: null, intercept: null };
    return { splits, ...nothing, probabilityOfLoss: null };
  }
  const { combinations, pbo, pboStrict, slope, intercept, probabilityOfLoss } = overfitting.value;
  return { splits, combinations, pbo, pboStrict, slope, intercept, probabilityOfLoss };
}

function refusedVerdict(
  gate: EvaluationVerdict['gate'],
  refusal: ContenderError,
  threshold: number,
): EvaluationVerdict {
  const verdict: Verdict = refusal instanceof SampleTooShort ? 'inconclusive' : 'error';
  return { gate, verdict, number: null, threshold, reason: refusal.message };
}

function superiorityVerdicts(test: Outcome<SpaResult>, input: ReturnsEvaluationInput): EvaluationVerdict[] {
  const alpha = input.gates.spaAlpha;
  if ('refusal' in test) {
    return (['spa', 'stepm'] as const).map((gate) => refusedVerdict(gate, test.refusal, alpha));
  }
  const result = test.value;
  const { lower, upper } = result.interval.consistent;
  const verdict: Verdict = upper < alpha ? 'pass' : lower >= alpha ? 'fail' : 'inconclusive';
  const run = `${count(result.replicates)} replicates, mean block ${String(result.block)}`;
  const better = result.members
    .filter((member) => member.interval.upper < alpha)
    .map((member) => member.name);
  const spaReason =
    result.statistic === 0
      ? `no strategy beats ${input.benchmarkName} on average, so SPA p is 1`
      : `SPA p ${figure(result.p.consistent, 4, alpha)} (${figure(lower, 4)} to ${figure(upper, 4)}) ${verdict === 'inconclusive' ? 'cannot be told from' : verdict === 'pass' ? '<' : '>='} ${String(alpha)}; ${run}`;
  const stepReason =
    better.length === 0
      ? `no strategy is shown to beat ${input.benchmarkName} at family-wise ${String(alpha)}`
      : `better than ${input.benchmarkName} at family-wise ${String(alpha)}: ${better.slice(0, 10).join(', ')}${better.length > 10 ? `, and ${String(better.length - 10)} more` : ''}`;
  const step = result.members[0]?.adjustedP ?? 1;
  return [
    { gate: 'spa', verdict, number: result.p.consistent, threshold: alpha, reason: spaReason },
    { gate: 'stepm', verdict, number: step, threshold: alpha, reason: stepReason },
  ];
}

function compared(
  gate: EvaluationVerdict['gate'],
  number: number,
  comparison: Comparison,
  threshold: number,
  reason: (sign: string) => string,
): EvaluationVerdict {
  const passes = holds(number, comparison, threshold);
  const opposite: Record<Comparison, string> = { '>=': '<', '<=': '>', '>': '<=', '<': '>=', '==': '!=' };
  const sign = passes ? comparison : opposite[comparison];
  return { gate, verdict: passes ? 'pass' : 'fail', number, threshold, reason: reason(sign) };
}

function dsrVerdict(deflated: Outcome<BestDeflated>, input: ReturnsEvaluationInput): EvaluationVerdict {
  const threshold = input.gates.dsrMin;
  if ('refusal' in deflated) return refusedVerdict('dsr', deflated.refusal, threshold);
  const { best, dsr, expectedMaxSharpe } = deflated.value;
  const verdict = compared(
    'dsr',
    dsr,
    '>=',
    threshold,
    (sign) =>
      `DSR ${figure(dsr, 3, threshold)} of ${best} ${sign} ${String(threshold)} with ${counted(input.trials, 'trial')}; luck alone would show a daily Sharpe of ${figure(expectedMaxSharpe, 3)}`,
  );
  if (input.trials > 1) return verdict;
  return {
    ...verdict,
    verdict: 'inconclusive',
    reason: 'one trial: nothing was selected, so nothing is deflated',
  };
}

function pboVerdict(overfitting: Outcome<CscvResult>, input: ReturnsEvaluationInput): EvaluationVerdict {
  const { pboMax: threshold, pboSplits, minTrials } = input.gates;
  if ('refusal' in overfitting) return refusedVerdict('pbo', overfitting.refusal, threshold);
  const { pbo, combinations } = overfitting.value;
  const verdict = compared(
    'pbo',
    pbo,
    '<=',
    threshold,
    (sign) =>
      `PBO ${figure(pbo, 3, threshold)} ${sign} ${String(threshold)} over ${counted(combinations, 'combination')} of ${String(pboSplits)} blocks`,
  );
  if (input.strategies.length >= minTrials) return verdict;
  const reason = `PBO ${figure(pbo, 3)}, but ${counted(input.strategies.length, 'strategy trial')} are too few to trust it: ${String(minTrials)} are needed`;
  return { ...verdict, verdict: 'inconclusive', reason };
}

/**
 * No verdict over a panel with a flat column, too few sessions, one strategy, or strategies that all lose to the benchmark
 * is a pass, whatever the number: the most consistent of losers has a low PBO.
 */
function withObjections(verdict: EvaluationVerdict, input: ReturnsEvaluationInput): EvaluationVerdict {
  const flat = input.strategies.findIndex((returns) => isConstant(returns));
  if (flat >= 0) {
    const reason = `column ${input.names[flat] ?? ''} is constant: ${verdict.reason}`;
    return { ...verdict, verdict: 'error', reason };
  }
  const rows = input.benchmark.length;
  if (rows < input.gates.minSessions && verdict.verdict !== 'error') {
    const reason = `${String(rows)} sessions, ${String(input.gates.minSessions)} are needed: ${verdict.reason}`;
    return { ...verdict, verdict: 'inconclusive', reason };
  }
  if (input.strategies.length === 1 && verdict.verdict === 'pass') {
    const reason = `one trial: how it was chosen is not known, so luck cannot be ruled out: ${verdict.reason}`;
    return { ...verdict, verdict: 'inconclusive', reason };
  }
  const floor = mean(input.benchmark);
  if (verdict.verdict === 'pass' && input.strategies.every((returns) => mean(returns) <= floor)) {
    const reason = `every strategy loses to ${input.benchmarkName}: ${verdict.reason}`;
    return { ...verdict, verdict: 'fail', reason };
  }
  return verdict;
}
