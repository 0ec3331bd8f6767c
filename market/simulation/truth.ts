import type { SessionCalendar } from '../calendar.ts';
import type { SimulationOptions } from './options.ts';
import type { MarketPaths } from './paths.ts';
import { LONGEST_WINDOW, SIGNAL_FROM, SIGNAL_TO, SIGNAL_WEIGHTS } from './signal.ts';

/** Mean daily rank IC of the planted score over a range of decision sessions (both ends inclusive). */
export interface PlantedRange {
  readonly from: string;
  readonly to: string;
  readonly sessions: number;
  readonly meanRankIc: number;
}

/** What the market really was; to be kept beside the data, never inside. */
export interface SimulationTruth {
  readonly options: SimulationOptions;
  readonly signalWeights: typeof SIGNAL_WEIGHTS;
  /** First session whose returns carry the opposite sign; null when the signal never flips. */
  readonly flipSession: string | null;
  readonly lastSession: string;
  /** Decisions whose label lies wholly before, and wholly after, the flip. */
  readonly plantedIc: readonly PlantedRange[];
}

export function truthOf(
  options: SimulationOptions,
  paths: MarketPaths,
  calendar: SessionCalendar,
): SimulationTruth {
  const { flipSession, sessions } = options;
  const lastDecision = sessions - 1 - SIGNAL_TO;
  const flip = flipSession ?? sessions;
  const ranges = [
    [LONGEST_WINDOW, Math.min(lastDecision, flip - 1 - SIGNAL_TO)],
    [Math.max(LONGEST_WINDOW, flip - SIGNAL_FROM), lastDecision],
  ] as const;
  return {
    options,
    signalWeights: SIGNAL_WEIGHTS,
    flipSession: flip < sessions ? calendar.at(flip).date : null,
    lastSession: calendar.at(sessions - 1).date,
    plantedIc: ranges
      .filter(([from, to]) => from <= to)
      .map(([from, to]) => ({
        from: calendar.at(from).date,
        to: calendar.at(to).date,
        sessions: to - from + 1,
        meanRankIc: meanRankIc(paths, options, from, to),
      })),
  };
}

/** Spearman correlation of score and label (close of s+1 to close of s+6), averaged over decision sessions. */
function meanRankIc(paths: MarketPaths, options: SimulationOptions, from: number, to: number): number {
  const width = options.symbols;
  let total = 0;
  let counted = 0;
  for (let session = from; session <= to; session += 1) {
    const scores: number[] = [];
    const labels: number[] = [];
    for (let symbol = 0; symbol < width; symbol += 1) {
      const at = (offset: number, values: Float64Array) => values[(session + offset) * width + symbol] ?? NaN;
      const score = at(0, paths.scores);
      const label = at(SIGNAL_TO, paths.logPrice) - at(SIGNAL_FROM - 1, paths.logPrice);
      if (score === 0 || Number.isNaN(at(SIGNAL_TO, paths.close))) continue;
      scores.push(score);
      labels.push(label);
    }
    if (scores.length < 5) continue;
    total += rankCorrelation(scores, labels);
    counted += 1;
  }
  return counted === 0 ? 0 : total / counted;
}

/** Spearman's correlation for values without ties, which continuous scores and labels are. */
function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  const ranksOf = (values: readonly number[]): Int32Array => {
    const ranks = new Int32Array(values.length);
    [...values.keys()]
      .sort((x, y) => (values[x] ?? 0) - (values[y] ?? 0) || x - y)
      .forEach((row, rank) => {
        ranks[row] = rank;
      });
    return ranks;
  };
  const x = ranksOf(a);
  const y = ranksOf(b);
  let squares = 0;
  for (let row = 0; row < a.length; row += 1) squares += ((x[row] ?? 0) - (y[row] ?? 0)) ** 2;
  const n = a.length;
  return 1 - (6 * squares) / (n * (n * n - 1));
}
