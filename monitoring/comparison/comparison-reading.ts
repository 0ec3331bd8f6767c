import { betterBound, evidenceBound } from './error-budget.ts';
import { type PairedStream, standardisedMean, streamScale } from './paired-stream.ts';
import {
  type ComparisonState,
  type Measure,
  type Opponent,
  type OpponentState,
  streamRules,
} from './running-comparison.ts';

/** A mean difference with the interval that holds at all times together. */
export interface MeanDifference {
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
}

export interface MeasureReading {
  readonly measure: Measure;
  readonly pairs: number;
  readonly lastSession: string | null;
  /** Largest e-value so far against "not worse" and against "not better", and the bounds they are held to. */
  readonly eWorse: number;
  readonly worseBound: number;
  readonly eBetter: number;
  readonly betterBound: number;
  /** Per session, in the unit of the measure (a daily return, a rank IC); null while the scale is being set. */
  readonly perSession: MeanDifference | null;
  /** Annualised information ratio of the difference: mean over deviation, times the root of the sessions of a year. */
  readonly annualised: MeanDifference | null;
}

export interface OpponentReading {
  readonly opponent: Opponent;
  readonly returns: MeasureReading;
  readonly ic: MeasureReading;
  /** `better` is never said in a shadow: a shadow decides safety, and its handful of sessions can show nothing else. */
  readonly claim: 'better' | 'worse' | 'open';
  readonly reason: string;
}

export interface ComparisonReading {
  readonly phase: 'shadow' | 'reign';
  readonly opponents: readonly OpponentReading[];
}

/** What the comparison says now. Reading it daily costs nothing: its error rates are those of all looks together. */
export function readComparison(state: ComparisonState): ComparisonReading {
  const opponents = state.opponents.map((opponent): OpponentReading => {
    const returns = readMeasure(state, opponent, 'returns');
    const ic = readMeasure(state, opponent, 'ic');
    return { opponent: opponent.opponent, returns, ic, ...claimOf(state, opponent, [returns, ic]) };
  });
  return { phase: state.phase, opponents };
}

function readMeasure(state: ComparisonState, opponent: OpponentState, measure: Measure): MeasureReading {
  const { settings } = state;
  const stream: PairedStream = opponent[measure];
  const mean = standardisedMean(stream, settings.missRate);
  return {
    measure,
    pairs: stream.pairs,
    lastSession: stream.lastSession,
    eWorse: stream.worse.highest,
    worseBound: evidenceBound(settings),
    eBetter: stream.better.highest,
    betterBound: betterBound(settings),
    perSession: scaled(mean, streamScale(stream)),
    annualised: scaled(mean, Math.sqrt(settings.annualSessions / streamRules(settings, measure).block)),
  };
}

function claimOf(
  { phase }: ComparisonState,
  { opponent }: OpponentState,
  measures: readonly MeasureReading[],
): Pick<OpponentReading, 'claim' | 'reason'> {
  const worse = measures.find((reading) => reading.eWorse >= reading.worseBound);
  if (worse !== undefined) {
    return { claim: 'worse', reason: said(worse, opponent, 'worse', worse.eWorse, worse.worseBound) };
  }
  const better = measures.find((reading) => reading.eBetter >= reading.betterBound);
  if (better === undefined) return { claim: 'open', reason: `nothing is shown against ${opponent} yet` };
  if (phase === 'shadow') return { claim: 'open', reason: 'a shadow calls nothing better' };
  return { claim: 'better', reason: said(better, opponent, 'better', better.eBetter, better.betterBound) };
}

function said(
  { measure, pairs }: MeasureReading,
  opponent: Opponent,
  what: string,
  e: number,
  bound: number,
): string {
  const name = measure === 'ic' ? 'rank IC' : 'net returns';
  return `${what} than ${opponent} by ${name}: e-value ${e.toPrecision(3)} over ${String(pairs)} sessions, bound ${bound.toPrecision(3)}`;
}

function scaled(mean: MeanDifference | null, factor: number): MeanDifference | null {
  if (mean === null) return null;
  return { estimate: mean.estimate * factor, lower: mean.lower * factor, upper: mean.upper * factor };
}
