import type { GateReport } from '../contracts/gate-report.ts';
import { mean, standardDeviation } from '../stats/series.ts';
import type { Series } from '../stats/series.ts';
import type { JudgeInput } from './judge-input.ts';
import type { PairedPanel } from './paired-panel.ts';

/** Fewer have no deviation. */
const FEWEST = 2;

/**
 * How far the candidate's book lies from the champion's from day to day: candidate minus champion, daily returns net of cost.
 * A new recipe beside the champion's, on the paired sessions; a refresh beside the champion's own file, on the sessions that
 * file has not learned from. What a shadow of some sessions can notice follows from the deviation, in money. Decides nothing.
 * Null where nothing stands beside it, or what does is not paired and finite.
 */
export function dailyDifference(
  { route, artifactComparison, sessionsPerYear }: JudgeInput,
  panel: PairedPanel | null,
): GateReport['dailyDifference'] {
  switch (route) {
    case 'first':
      return null;
    case 'new-recipe':
      return panel === null ? null : between(panel.candidateReturns, panel.benchmark, sessionsPerYear);
    case 'refresh': {
      if (artifactComparison === null) return null;
      const { candidateNetReturns, championNetReturns } = artifactComparison;
      return between(candidateNetReturns, championNetReturns, sessionsPerYear);
    }
  }
}

function between(mine: Series, other: Series, sessionsPerYear: number): GateReport['dailyDifference'] {
  if (mine.length !== other.length || mine.length < FEWEST) return null;
  const difference = Float64Array.from(mine, (value, row) => value - (other[row] ?? Number.NaN));
  if (!difference.every((value) => Number.isFinite(value))) return null;
  return {
    sessions: difference.length,
    mean: mean(difference),
    deviation: standardDeviation(difference, 1),
    sessionsPerYear,
  };
}
