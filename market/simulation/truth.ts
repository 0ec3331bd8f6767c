import type { SessionCalendar } from '../calendar.ts';
import type { Company } from './companies.ts';
import { sectorName } from './companies.ts';
import { type Dynamics, dynamicsOf } from './dynamics.ts';
import type { SimulationOptions } from './options.ts';
import type { MarketPaths } from './paths.ts';
import type { FaultyBar } from './price-table.ts';
import { rankCorrelation } from './rank-correlation.ts';
import { LONGEST_WINDOW, SIGNAL_FROM, SIGNAL_TO, SIGNAL_WEIGHTS } from './signal.ts';
import { statedRankIc } from './signal-plan.ts';

/** Planted score over a range of decision sessions (both ends inclusive). */
export interface PlantedRange {
  readonly from: string;
  readonly to: string;
  readonly sessions: number;
  /** Mean over the range of what was planted, and of what the returns gave. */
  readonly statedRankIc: number;
  readonly meanRankIc: number;
  /** Standard error of the latter: Newey and West (1987) with ten lags, twice the overlap of the labels. */
  readonly standardError: number;
}

/** One decision session of the planted score. */
export interface PlantedDecision {
  readonly session: string;
  readonly statedRankIc: number;
  /** Spearman correlation of the score with the return from the close of s+1 to that of s+6; null with fewer than five. */
  readonly realisedRankIc: number | null;
}

/** What the market really was; to be kept beside the data, never inside. */
export interface SimulationTruth {
  readonly schema: 2;
  readonly options: SimulationOptions;
  readonly dynamics: Dynamics;
  readonly signalWeights: typeof SIGNAL_WEIGHTS;
  /** First session whose returns carry the opposite sign; null when the signal never flips. */
  readonly flipSession: string | null;
  readonly lastSession: string;
  /** Decisions whose label lies wholly before, and wholly after, the flip. */
  readonly plantedIc: readonly PlantedRange[];
  /** Every decision session whose label the market still has. */
  readonly decisions: readonly PlantedDecision[];
  /** Closed ranges of sessions of high volatility. */
  readonly turbulence: readonly { readonly from: string; readonly to: string }[];
  readonly sectors: Readonly<Record<string, string>>;
  /** Bars whose first version was late, wrong, or restated. */
  readonly faultyBars: readonly FaultyBar[];
  /** Actions that became known after their ex session had closed. */
  readonly lateActions: readonly {
    readonly symbol: string;
    readonly exDate: string;
    readonly kind: string;
  }[];
}

export function truthOf(
  options: SimulationOptions,
  companies: readonly Company[],
  paths: MarketPaths,
  calendar: SessionCalendar,
  faultyBars: readonly FaultyBar[],
): SimulationTruth {
  const { flipSession, sessions, signalPlan } = options;
  const lastDecision = sessions - 1 - SIGNAL_TO;
  const flip = signalPlan === null ? (flipSession ?? sessions) : sessions;
  const realised = Float64Array.from({ length: Math.max(0, lastDecision + 1) }, (_, session) =>
    session < LONGEST_WINDOW ? NaN : rankIcOf(paths, options.symbols, session),
  );
  const ranges = [
    [LONGEST_WINDOW, Math.min(lastDecision, flip - 1 - SIGNAL_TO)],
    [Math.max(LONGEST_WINDOW, flip - SIGNAL_FROM), lastDecision],
  ] as const;
  const dateAt = (session: number): string => calendar.at(session).date;
  return {
    schema: 2,
    options,
    dynamics: dynamicsOf(options.dynamics),
    signalWeights: SIGNAL_WEIGHTS,
    flipSession: flip < sessions ? dateAt(flip) : null,
    lastSession: dateAt(sessions - 1),
    plantedIc: ranges
      .filter(([from, to]) => from <= to)
      .map(([from, to]) => ({
        from: dateAt(from),
        to: dateAt(to),
        sessions: to - from + 1,
        ...rangeFacts(paths, realised, from, to),
      })),
    decisions: [...realised.keys()].slice(LONGEST_WINDOW).map((session) => {
      const value = realised[session] ?? NaN;
      return {
        session: dateAt(session),
        statedRankIc: statedRankIc(paths.carried, session),
        realisedRankIc: Number.isNaN(value) ? null : value,
      };
    }),
    turbulence: turbulentSpans(paths.turbulent).map(([from, to]) => ({ from: dateAt(from), to: dateAt(to) })),
    sectors: Object.fromEntries(companies.map(({ symbol, sector }) => [symbol, sectorName(sector)])),
    faultyBars,
    lateActions: paths.actions
      .filter(({ noticeSessions }) => noticeSessions < 0)
      .map(({ company, exAt, kind }) => ({
        symbol: companies[company]?.symbol ?? '',
        exDate: dateAt(exAt),
        kind,
      })),
  };
}

const LAGS = 10;

function rangeFacts(
  paths: MarketPaths,
  realised: Float64Array,
  from: number,
  to: number,
): Pick<PlantedRange, 'statedRankIc' | 'meanRankIc' | 'standardError'> {
  const known: number[] = [];
  let stated = 0;
  for (let session = from; session <= to; session += 1) {
    const value = realised[session] ?? NaN;
    if (Number.isNaN(value)) continue;
    known.push(value);
    stated += statedRankIc(paths.carried, session);
  }
  const count = known.length;
  if (count === 0) return { statedRankIc: 0, meanRankIc: 0, standardError: 0 };
  const mean = known.reduce((total, value) => total + value, 0) / count;
  const centred = known.map((value) => value - mean);
  const covariance = (lag: number): number =>
    centred.slice(lag).reduce((total, value, at) => total + value * (centred[at] ?? 0), 0) / count;
  let variance = covariance(0);
  for (let lag = 1; lag <= Math.min(LAGS, count - 1); lag += 1) {
    variance += 2 * (1 - lag / (LAGS + 1)) * covariance(lag);
  }
  return {
    statedRankIc: stated / count,
    meanRankIc: mean,
    standardError: Math.sqrt(Math.max(0, variance) / count),
  };
}

/** Spearman correlation of score and label (close of s+1 to close of s+6) of one session; NaN with fewer than five. */
function rankIcOf(paths: MarketPaths, width: number, session: number): number {
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
  return scores.length < 5 ? NaN : rankCorrelation(scores, labels);
}

function turbulentSpans(turbulent: Uint8Array): (readonly [number, number])[] {
  const spans: (readonly [number, number])[] = [];
  for (let session = 0; session < turbulent.length; session += 1) {
    if (turbulent[session] === 0) continue;
    const start = session;
    while (turbulent[session + 1] === 1) session += 1;
    spans.push([start, session]);
  }
  return spans;
}
