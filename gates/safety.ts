import type { GateVerdict } from '../contracts/verdict.ts';
import type { BreakdownCell, IcBreakdown } from '../evaluation/ic-breakdown.ts';
import { maximumDrawdown } from '../stats/drawdown.ts';
import { SampleTooShort } from '../stats/errors.ts';
import { hacMean } from '../stats/hac.ts';
import { requireSameLength } from '../stats/series.ts';
import { sharpeDifference } from '../stats/sharpe-difference.ts';
import { guarded, measured, unmeasured } from './gate-verdict.ts';
import type { Details } from './gate-verdict.ts';
import type { ArtifactComparison, JudgeInput } from './judge-input.ts';
import { hacLag, requireAscending } from './paired-panel.ts';
import type { PairedPanel } from './paired-panel.ts';
import { drawdownUncertainty } from './uncertainty.ts';
import { counted, figure, percent } from './wording.ts';

/** Confidence of the lower bound that the rank IC is held by. */
const RANK_IC_CONFIDENCE = 0.95;

export function judgeRankIc(input: JudgeInput): GateVerdict {
  const threshold = input.gates.rankIcMin;
  const { rankIc } = input;
  if (rankIc === null) return unmeasured('rank-ic', 'error', 'rank-ic was not measured', '>', threshold);
  return guarded('rank-ic', '>', threshold, () => {
    requireSessions(rankIc.values.length, input.gates.minSessions, 'sessions with a rank IC');
    const lag = hacLag(rankIc.values.length, rankIc.overlapSessions);
    const hac = hacMean(rankIc.values, {
      lag,
      smallSample: true,
      confidence: RANK_IC_CONFIDENCE,
      name: 'rank IC',
    });
    const sign = hac.lowerBound > threshold ? '>' : '<=';
    return measured({
      gate: 'rank-ic',
      number: hac.lowerBound,
      threshold,
      comparison: '>',
      reason: `mean daily rank IC ${figure(hac.mean, 4)}, lower 95 % bound ${figure(hac.lowerBound, 4, threshold)} ${sign} ${String(threshold)} over ${counted(hac.observations, 'session')} (HAC lag ${String(lag)})`,
      details: {
        mean: hac.mean,
        standardError: hac.standardError,
        tStatistic: hac.tStatistic,
        confidence: RANK_IC_CONFIDENCE,
        sessions: hac.observations,
        lag,
        sessionsWithout: rankIc.sessionsWithout,
        ...(input.breakdown === null ? {} : { breakdown: breakdownDetails(input.breakdown) }),
      },
    });
  });
}

/** As plain JSON: it becomes part of the evidence, and what is signed for is what was drawn. */
function breakdownDetails({ deciles, sectors, regimes, horizons }: IcBreakdown): Details {
  const plain = (cells: readonly BreakdownCell[]) =>
    cells.map(({ name, mean, interval, sessions }) => ({
      ...{ name, mean, sessions },
      interval: interval === null ? null : [...interval],
    }));
  return {
    deciles: plain(deciles),
    sectors: plain(sectors),
    regimes: plain(regimes),
    horizons: plain(horizons),
  };
}

/**
 * The candidate's worst fall against the benchmark's plus the tolerance. A first champion has no benchmark with a fall
 * of its own; its number is reported and not enforced, and a person sees it in the approval.
 */
export function judgeDrawdown(panel: PairedPanel, input: JudgeInput): GateVerdict {
  if (input.route === 'first') {
    const verdict = guarded('drawdown', '<=', Number.NaN, () => {
      const own = maximumDrawdown(panel.candidateReturns, 'candidate').maximum;
      const reason = `maximum drawdown ${percent(own, 1)}; reported only, no position has none to compare with`;
      return { ...unmeasured('drawdown', 'inconclusive', reason, '<=', null), number: own };
    });
    return { ...verdict, enforced: verdict.verdict === 'error' };
  }
  if (input.route === 'refresh') {
    const { artifactComparison } = input;
    if (artifactComparison === null) return notCompared('drawdown', '<=', input.gates.maxDrawdownTolerance);
    return compareDrawdowns(
      artifactComparison.candidateNetReturns,
      artifactComparison.championNetReturns,
      input,
      'the champion as it answers today',
    );
  }
  return compareDrawdowns(panel.candidateReturns, panel.benchmark, input, input.benchmark.name);
}

function compareDrawdowns(
  candidate: ArtifactComparison['candidateNetReturns'],
  benchmark: ArtifactComparison['championNetReturns'],
  input: JudgeInput,
  name: string,
): GateVerdict {
  const tolerance = input.gates.maxDrawdownTolerance;
  return guarded('drawdown', '<=', tolerance, () => {
    requireSameLength(candidate, benchmark, 'candidate', name);
    const needed = input.route === 'refresh' ? input.gates.minRefreshSessions : input.gates.minSessions;
    requireSessions(candidate.length, needed, `sessions paired with ${name}`);
    const own = maximumDrawdown(candidate, 'candidate').maximum;
    const other = maximumDrawdown(benchmark, name).maximum;
    const threshold = other + tolerance;
    const sign = own <= threshold ? '<=' : '>';
    return measured({
      gate: 'drawdown',
      number: own,
      threshold,
      comparison: '<=',
      reason: `maximum drawdown ${percent(own, 1, threshold)} ${sign} ${percent(threshold, 1)}, that is ${percent(other, 1)} of ${name} plus ${percent(tolerance, 1)}, over ${counted(candidate.length, 'session')}`,
      details: { benchmark: other, tolerance, ...drawdownUncertainty(candidate, input) },
    });
  });
}

/**
 * A refresh must be no worse than the champion by more than the margin, on sessions neither has learned from. It passes
 * when the lower bound of the difference lies above -margin, fails when even the upper bound lies below it (shown to be
 * worse), and is `inconclusive` between: that many sessions cannot tell.
 */
export function judgeNonInferiority(input: JudgeInput): GateVerdict {
  const { nonInferiorityMargin: margin, nonInferiorityAlpha: alpha, minRefreshSessions } = input.gates;
  const { artifactComparison } = input;
  if (artifactComparison === null) return notCompared('non-inferiority', '>=', -margin);
  const { sessions, championNetReturns, candidateNetReturns } = artifactComparison;
  return guarded('non-inferiority', '>=', -margin, () => {
    requireAscending(sessions, 'sessions after the champion');
    requireSameLength(candidateNetReturns, sessions.map(Number), 'candidate', 'sessions after the champion');
    requireSessions(
      sessions.length,
      minRefreshSessions,
      "paired sessions after the champion's last label and embargo",
    );
    const difference = sharpeDifference({
      candidate: candidateNetReturns,
      benchmark: championNetReturns,
      lag: hacLag(sessions.length, input.holdSessions),
      alpha,
      sessionsPerYear: input.sessionsPerYear,
    });
    const { lowerBound, upperBound } = difference;
    const sign = lowerBound >= -margin ? '>=' : '<';
    const verdict = measured({
      gate: 'non-inferiority',
      number: lowerBound,
      threshold: -margin,
      comparison: '>=',
      reason: `annualised Sharpe ${figure(difference.candidateAnnualisedSharpe, 2)} against ${figure(difference.benchmarkAnnualisedSharpe, 2)} of the champion: lower ${figure(100 * (1 - alpha), 0)} % bound of the difference ${figure(lowerBound, 2, -margin)} ${sign} ${String(-margin)} over ${counted(sessions.length, 'session')}`,
      details: {
        difference: difference.annualisedDifference,
        standardError: difference.annualisedStandardError,
        upperBound,
        confidence: 1 - alpha,
        lag: difference.lag,
        sessions: sessions.length,
      },
    });
    if (verdict.verdict !== 'fail' || upperBound < -margin) return verdict;
    const reason = `${verdict.reason}; the upper bound is ${figure(upperBound, 2)}, so these sessions cannot tell`;
    return { ...verdict, verdict: 'inconclusive', reason };
  });
}

function notCompared(
  gate: 'drawdown' | 'non-inferiority',
  comparison: '<=' | '>=',
  threshold: number,
): GateVerdict {
  const reason = 'the champion was not scored on sessions after its last label and embargo';
  return unmeasured(gate, 'inconclusive', reason, comparison, threshold);
}

function requireSessions(sessions: number, minimum: number, what: string): void {
  if (sessions >= minimum) return;
  throw new SampleTooShort(`${String(sessions)} ${what}, ${String(minimum)} are needed`);
}
