import type { GateVerdict } from '../contracts/verdict.ts';
import { isConstant } from '../stats/series.ts';
import { sharpeDifference } from '../stats/sharpe-difference.ts';
import { returnMoments, sharpeStandardError } from '../stats/sharpe.ts';
import { spa } from '../stats/spa.ts';
import type { SpaResult } from '../stats/spa.ts';
import { guarded, measured } from './gate-verdict.ts';
import type { JudgeInput } from './judge-input.ts';
import { blockSessions, hacLag } from './paired-panel.ts';
import type { PairedPanel } from './paired-panel.ts';
import { levelReason, superiorityLevel } from './superiority-level.ts';
import { improvementUncertainty } from './uncertainty.ts';
import { count, counted, figure } from './wording.ts';

/** Replicates may grow this much while the Monte-Carlo interval still holds the threshold. */
export const REPLICATE_GROWTH = 16;

/** What the bootstrap was run with, for the report. */
export interface BootstrapRun {
  readonly blockSessions: number | null;
  readonly replicates: number;
  readonly sameAsBenchmark: readonly string[];
}

export interface Superiority {
  readonly verdicts: GateVerdict[];
  readonly run: BootstrapRun;
}

/** SPA over all recipes, StepM for the candidate itself, and the size of the improvement. */
export function judgeSuperiority(panel: PairedPanel, input: JudgeInput): Superiority {
  const { level: spaAlpha } = superiorityLevel(input);
  const test: { outcome: TestedRecipes | null } = { outcome: null };
  const spaVerdict = guarded('spa', '<', spaAlpha, () => {
    test.outcome = testRecipes(panel, input);
    return spaGate(test.outcome, input);
  });
  const { outcome } = test;
  const stepVerdict = outcome === null ? { ...spaVerdict, gate: 'stepm' as const } : stepGate(outcome, input);
  return {
    verdicts: [spaVerdict, stepVerdict, improvementGate(panel, input)],
    run: {
      blockSessions: outcome?.result.block ?? null,
      replicates: outcome?.result.replicates ?? 0,
      sameAsBenchmark: outcome?.sameAsBenchmark ?? [],
    },
  };
}

/** The test behind `spa` and `stepm`, for who draws it: the same bits. Throws what the statistics refuse. */
export function recipesTest(panel: PairedPanel, input: JudgeInput): SpaResult {
  return testRecipes(panel, input).result;
}

interface TestedRecipes {
  readonly result: SpaResult;
  /** Column of the candidate among the recipes tested. */
  readonly promoted: number;
  readonly sameAsBenchmark: readonly string[];
}

/**
 * A recipe whose returns are the benchmark's (the champion's own, scored again) has no difference to test; it can not
 * be the one that beats it, and is left out. If the candidate is that recipe, the statistics refuse it by name. Recipes of
 * the ledger are not in the family: the candidate was not chosen among them. What earlier retrains tried is paid for by the
 * level (superiority-level.ts), by DSR and by PBO.
 */
function testRecipes(panel: PairedPanel, input: JudgeInput): TestedRecipes {
  const differences = panel.columns.map((column) =>
    column.map((value, row) => value - (panel.benchmark[row] ?? Number.NaN)),
  );
  const kept = [...differences.keys()].filter(
    (column) =>
      column === panel.candidate || (!panel.rescored.has(column) && !isConstant(differences[column] ?? [])),
  );
  const replicates = input.gates.spaReplicates;
  const promoted = kept.indexOf(panel.candidate);
  const result = spa({
    differences: kept.map((column) => differences[column] ?? new Float64Array()),
    names: kept.map((column) => panel.names[column] ?? ''),
    block: blockSessions(panel.difference, input.holdSessions),
    seed: input.seed,
    replicates,
    maxReplicates: replicates * REPLICATE_GROWTH,
    threshold: superiorityLevel(input).level,
    promoted,
  });
  const sameAsBenchmark = panel.names.filter(
    (_, column) => !kept.includes(column) && !panel.rescored.has(column),
  );
  return { result, promoted, sameAsBenchmark };
}

function replicatesText(result: SpaResult): string {
  return `${count(result.replicates)} replicates, mean block ${figure(result.block, 0)} sessions`;
}

/** A level of the spec as it stands there, one of a share or of the budget in four figures. */
const levelFigure = (level: number): string => String(Number(level.toPrecision(4)));

function spaGate(tested: TestedRecipes, input: JudgeInput): GateVerdict {
  const { result } = tested;
  const { level: alpha } = superiorityLevel(input);
  const p = result.p.consistent;
  const { lower, upper } = result.interval.consistent;
  const recipes = counted(result.members.length, 'recipe');
  const against = input.benchmark.name;
  const sentence =
    result.statistic === 0
      ? `none of ${recipes} beats ${against} on average, so SPA p is 1`
      : `SPA p ${figure(p, 4, alpha)} (${figure(lower, 4)} to ${figure(upper, 4)}) ${upper < alpha ? '<' : lower >= alpha ? '>=' : 'against'} ${levelFigure(alpha)}: the best of ${recipes} against ${against}, ${replicatesText(result)}${levelReason(input)}`;
  return byInterval({
    gate: 'spa',
    p,
    interval: { lower, upper },
    alpha,
    reason: sentence,
    details: {
      statistic: result.statistic,
      pLower: result.p.lower,
      pConsistent: p,
      pUpper: result.p.upper,
      pConsistentAddOne: result.pAddOne.consistent,
      interval: [lower, upper],
      replicates: result.replicates,
      block: result.block,
      best: result.members[0]?.name ?? '',
    },
  });
}

function stepGate(tested: TestedRecipes, input: JudgeInput): GateVerdict {
  const { result, promoted } = tested;
  const { level: alpha } = superiorityLevel(input);
  return guarded('stepm', '<', alpha, () => {
    const member = result.members.find((candidate) => candidate.column === promoted);
    const p = member?.adjustedP ?? Number.NaN;
    const { lower, upper } = member?.interval ?? { lower: Number.NaN, upper: Number.NaN };
    const sign = upper < alpha ? '<' : lower >= alpha ? '>=' : 'against';
    return byInterval({
      gate: 'stepm',
      p,
      interval: { lower, upper },
      alpha,
      reason: `step-down p of the candidate itself ${figure(p, 4, alpha)} (${figure(lower, 4)} to ${figure(upper, 4)}) ${sign} ${levelFigure(alpha)}, t ${figure(member?.tStatistic ?? Number.NaN, 2)} against ${input.benchmark.name}`,
      details: {
        tStatistic: member?.tStatistic ?? null,
        interval: [lower, upper],
        rejected: result.members.filter((other) => other.interval.upper < alpha).map((other) => other.name),
        replicates: result.replicates,
      },
    });
  });
}

interface MonteCarloTest {
  readonly gate: 'spa' | 'stepm';
  readonly p: number;
  readonly interval: { readonly lower: number; readonly upper: number };
  readonly alpha: number;
  readonly reason: string;
  readonly details: GateVerdict['details'];
}

/** The whole Monte-Carlo interval must lie below the level. Around it: `inconclusive`, so no seed can flip a verdict. */
function byInterval(test: MonteCarloTest): GateVerdict {
  const { gate, p, interval, alpha, reason, details } = test;
  const verdict = measured({ gate, number: p, threshold: alpha, comparison: '<', reason, details });
  if (verdict.verdict === 'error') return verdict;
  if (interval.upper < alpha) return { ...verdict, verdict: 'pass' };
  if (interval.lower >= alpha) return { ...verdict, verdict: 'fail' };
  return {
    ...verdict,
    verdict: 'inconclusive',
    reason: `undecided after the last replicate: ${verdict.reason}`.slice(0, 500),
  };
}

function improvementGate(panel: PairedPanel, input: JudgeInput): GateVerdict {
  const threshold = input.gates.minSharpeImprovement;
  return guarded('sharpe-improvement', '>=', threshold, () => {
    const gain = improvement(panel, input);
    const sign = gain.difference >= threshold ? '>=' : '<';
    return measured({
      gate: 'sharpe-improvement',
      number: gain.difference,
      threshold,
      comparison: '>=',
      reason: `annualised Sharpe ${figure(gain.candidate, 2)} against ${figure(gain.benchmark, 2)} of ${input.benchmark.name}: ${figure(gain.difference, 2, threshold)} (standard error ${figure(gain.standardError, 2)}) ${sign} ${String(threshold)}, net of cost`,
      details: {
        candidate: gain.candidate,
        benchmark: gain.benchmark,
        standardError: gain.standardError,
        ...improvementUncertainty(panel, input),
      },
    });
  });
}

interface SharpeGain {
  readonly candidate: number;
  readonly benchmark: number;
  readonly difference: number;
  readonly standardError: number;
}

function improvement(panel: PairedPanel, input: JudgeInput): SharpeGain {
  const annual = Math.sqrt(input.sessionsPerYear);
  if (input.route === 'first') {
    const moments = returnMoments(panel.candidateReturns, 'candidate');
    const sharpe = annual * moments.sharpe;
    const standardError = annual * sharpeStandardError(moments);
    return { candidate: sharpe, benchmark: 0, difference: sharpe, standardError };
  }
  const difference = sharpeDifference({
    candidate: panel.candidateReturns,
    benchmark: panel.benchmark,
    lag: hacLag(panel.sessions.length, input.holdSessions),
    alpha: input.gates.nonInferiorityAlpha,
    sessionsPerYear: input.sessionsPerYear,
  });
  return {
    candidate: difference.candidateAnnualisedSharpe,
    benchmark: difference.benchmarkAnnualisedSharpe,
    difference: difference.annualisedDifference,
    standardError: difference.annualisedStandardError,
  };
}
