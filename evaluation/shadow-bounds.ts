import { written } from '../contracts/decimals.ts';
import type { PortfolioSpec } from '../contracts/spec.ts';
import type { ShadowSpec } from '../contracts/shadow-spec.ts';
import type { Verdict } from '../contracts/verdict.ts';
import { maximumDrawdown } from '../stats/drawdown.ts';
import { MIN_CROSS_SECTION } from '../stats/rank-ic.ts';
import type { ShadowMeasures } from './shadow-measures.ts';
import { neutralBeta } from './universe-beta.ts';
import type { BookSoFar } from './wanted-book.ts';

export const SHADOW_BOUNDS = [
  'errors',
  'pairing',
  'missing',
  'constant',
  'latency',
  'feature-skew',
  'online-offline',
  'rank-agreement',
  'turnover',
  'sector',
  'beta',
  'refused-trades',
  'paper-loss',
  'drawdown',
] as const;
export type ShadowBoundName = (typeof SHADOW_BOUNDS)[number];

/** One bound of the shadow, and where a session or the track lies against it. */
export interface ShadowBound {
  readonly bound: ShadowBoundName;
  readonly number: number | null;
  readonly threshold: number | null;
  readonly verdict: Verdict;
  readonly reason: string;
}

/** How scoring went, of one version. */
export interface ScoringRun {
  /** Why it could not be scored; null when it could. */
  readonly failure: string | null;
  /** Median of scoring the universe, ms; null when it could not be scored. */
  readonly latencyMs: number | null;
}

/** Values as they were when a session was decided beside the same values extracted again later. */
export interface OnlineOffline {
  readonly session: string;
  readonly cells: number;
  readonly differing: number;
}

/** The challenger's paper book since the shadow began. */
export interface PaperBook {
  /** Daily net returns; empty until something was entered and earned. */
  readonly netReturns: Float64Array;
  readonly wantedTrades: number;
  /** Not made, or not ended: no bar with volume, locked at a price limit, or banned from short sale. */
  readonly refusedTrades: number;
}

export interface ShadowEvidence {
  readonly measures: ShadowMeasures;
  readonly challengerRun: ScoringRun;
  /** Null before the first champion. */
  readonly championRun: ScoringRun | null;
  /** Of the session before; null on the first one. */
  readonly onlineOffline: OnlineOffline | null;
  readonly book: BookSoFar;
  readonly paper: PaperBook;
}

/** Fewer refused trades than this are chance, whatever share they are. */
const FEW_REFUSED = 3;

const percent = (share: number): string => `${written(100 * share, 2)} %`;
const decimals = (value: number): string => (Number.isFinite(value) ? written(value, 3) : String(value));

/**
 * Holds one session against the bounds of the spec, all of them fixed when the spec was applied. A `fail` ends the shadow.
 * Where the champion, or the machine, is what is at fault, the session says nothing about the challenger: `inconclusive`.
 */
export function checkShadowBounds(
  evidence: ShadowEvidence,
  spec: ShadowSpec,
  portfolio: Pick<PortfolioSpec, 'kind'>,
): ShadowBound[] {
  const { measures, paper, book } = evidence;
  return [
    errorBound(evidence),
    pairingBound(measures, spec),
    missingBound(measures, spec),
    constantBound(measures),
    latencyBound(evidence, spec),
    skewBound(measures, spec),
    onlineOfflineBound(evidence, spec),
    agreementBound(measures, spec),
    turnoverBound(book, spec),
    sectorBound(book, spec),
    betaBound(book, spec, portfolio),
    refusedBound(paper, spec),
    ...paperBounds(paper, spec),
  ];
}

function errorBound({ challengerRun, championRun }: ShadowEvidence): ShadowBound {
  const bound = { bound: 'errors', number: challengerRun.failure === null ? 0 : 1, threshold: 0 } as const;
  if (challengerRun.failure !== null) {
    return { ...bound, verdict: 'fail', reason: `the challenger failed: ${challengerRun.failure}` };
  }
  const failure = championRun?.failure ?? null;
  if (failure !== null)
    return { ...bound, verdict: 'inconclusive', reason: `the champion failed: ${failure}` };
  return { ...bound, verdict: 'pass', reason: 'scored without an error' };
}

function pairingBound({ rows, pairing, lost }: ShadowMeasures, spec: ShadowSpec): ShadowBound {
  const bound = { bound: 'pairing', number: pairing, threshold: spec.minPairing } as const;
  if (pairing >= spec.minPairing) return { ...bound, verdict: 'pass', reason: 'rows are paired' };
  const first = lost[0];
  const why = first === undefined ? '' : `; ${first.symbol}: ${first.reason}`;
  const reason = `${decimals(pairing)} of ${String(rows)} rows scored by both, ${decimals(spec.minPairing)} needed${why}`;
  return { ...bound, verdict: 'inconclusive', reason };
}

function missingBound({ rows, challenger }: ShadowMeasures, spec: ShadowSpec): ShadowBound {
  const { missing } = challenger;
  const bound = { bound: 'missing', number: rows === 0 ? 0 : missing, threshold: spec.maxMissing } as const;
  const reason = `the challenger left ${decimals(bound.number)} of ${String(rows)} rows without a score, bound ${decimals(spec.maxMissing)}`;
  return { ...bound, verdict: bound.number <= spec.maxMissing ? 'pass' : 'fail', reason };
}

function constantBound({ challenger }: ShadowMeasures): ShadowBound {
  const fail = challenger.constant && challenger.rows >= MIN_CROSS_SECTION;
  return {
    bound: 'constant',
    number: challenger.spread,
    threshold: 0,
    verdict: fail ? 'fail' : 'pass',
    reason: fail ? 'the challenger scores all rows alike' : 'the scores differ',
  };
}

function latencyBound({ challengerRun, championRun }: ShadowEvidence, spec: ShadowSpec): ShadowBound {
  const mine = challengerRun.latencyMs;
  const bound = { bound: 'latency', number: mine, threshold: spec.maxLatencyMs } as const;
  if (mine === null) return { ...bound, verdict: 'pass', reason: 'not scored, so not timed' };
  const reason = `one universe takes ${decimals(mine)} ms, bound ${decimals(spec.maxLatencyMs)}`;
  if (mine <= spec.maxLatencyMs) return { ...bound, verdict: 'pass', reason };
  const theirs = championRun?.latencyMs ?? null;
  if (theirs === null || theirs <= spec.maxLatencyMs) return { ...bound, verdict: 'fail', reason };
  const machine = `${reason}; the champion takes ${decimals(theirs)} ms, the machine is at fault`;
  return { ...bound, verdict: 'inconclusive', reason: machine };
}

function skewBound({ worstSkew, neverKnown }: ShadowMeasures, { maxFeatureSkew }: ShadowSpec): ShadowBound {
  const bound = { bound: 'feature-skew', number: null, threshold: maxFeatureSkew } as const;
  const left =
    neverKnown.length === 0
      ? ''
      : `; not measured, since no row of training knew it: ${neverKnown.join(', ')}`;
  if (worstSkew === null) {
    if (neverKnown.length === 0) return { ...bound, verdict: 'pass', reason: 'there are no features' };
    return { ...bound, verdict: 'inconclusive', reason: `no feature can be held against training${left}` };
  }
  const { feature } = worstSkew;
  switch (worstSkew.kind) {
    case 'unknown-today':
      return {
        ...bound,
        verdict: 'fail',
        reason: `${feature} is unknown on every row of the session${left}`,
      };
    case 'constant-moved': {
      const { was, is } = worstSkew;
      const reason = `${feature} was ${decimals(was)} on every row of training and is ${decimals(is)} on average: it has no deviation to measure by${left}`;
      return { ...bound, verdict: 'fail', reason };
    }
    case 'moved': {
      const { deviations } = worstSkew;
      const reason = `${feature} lies ${decimals(deviations)} training deviations from its mean, bound ${decimals(maxFeatureSkew)}${left}`;
      return {
        ...bound,
        number: deviations,
        verdict: deviations <= maxFeatureSkew ? 'pass' : 'fail',
        reason,
      };
    }
  }
}

function onlineOfflineBound({ onlineOffline }: ShadowEvidence, spec: ShadowSpec): ShadowBound {
  const bound = { bound: 'online-offline', threshold: spec.maxFeatureMismatch } as const;
  if (onlineOffline === null) {
    return { ...bound, number: null, verdict: 'pass', reason: 'no session to compare with yet' };
  }
  const { session, cells, differing } = onlineOffline;
  const share = cells === 0 ? 0 : differing / cells;
  const verdict = share <= spec.maxFeatureMismatch ? 'pass' : 'fail';
  const reason = `${String(differing)} of ${String(cells)} feature values of ${session} come out otherwise a session later, bound ${decimals(spec.maxFeatureMismatch)}`;
  return { ...bound, number: share, verdict, reason };
}

function agreementBound({ champion, rankAgreement }: ShadowMeasures, spec: ShadowSpec): ShadowBound {
  const bound = { bound: 'rank-agreement', number: rankAgreement, threshold: spec.minRankAgreement } as const;
  if (champion === null) return { ...bound, verdict: 'pass', reason: 'there is no champion to agree with' };
  if (rankAgreement === null) {
    return { ...bound, verdict: 'inconclusive', reason: 'too few pairs, or constant ones, to rank' };
  }
  const fail = rankAgreement < spec.minRankAgreement;
  const reason = `rank agreement ${decimals(rankAgreement)}, bound ${decimals(spec.minRankAgreement)}`;
  return { ...bound, verdict: fail ? 'fail' : 'pass', reason };
}

function turnoverBound({ turnover }: BookSoFar, spec: ShadowSpec): ShadowBound {
  const bound = { bound: 'turnover', number: turnover, threshold: spec.maxTurnover } as const;
  if (turnover === null) return { ...bound, verdict: 'pass', reason: 'it takes two sessions to turn over' };
  const reason = `${decimals(turnover)} of the wanted names change from session to session, bound ${decimals(spec.maxTurnover)}`;
  return { ...bound, verdict: turnover <= spec.maxTurnover ? 'pass' : 'fail', reason };
}

function sectorBound({ sector }: BookSoFar, spec: ShadowSpec): ShadowBound {
  const bound = { bound: 'sector', number: sector?.share ?? null, threshold: spec.maxSectorShare } as const;
  if (sector === null) return { ...bound, verdict: 'pass', reason: 'no wanted name has a sector' };
  const reason = `${decimals(sector.share)} of the wanted book is in ${sector.name}, bound ${decimals(spec.maxSectorShare)}`;
  return { ...bound, verdict: sector.share <= spec.maxSectorShare ? 'pass' : 'fail', reason };
}

function betaBound(
  { beta }: BookSoFar,
  spec: ShadowSpec,
  portfolio: Pick<PortfolioSpec, 'kind'>,
): ShadowBound {
  const neutral = neutralBeta(portfolio);
  const number = beta === null ? null : Math.abs(beta - neutral);
  const bound = { bound: 'beta', number, threshold: spec.maxBetaDeviation } as const;
  if (beta === null || number === null) {
    return { ...bound, verdict: 'pass', reason: 'too few returns are known for a beta' };
  }
  const reason = `the wanted book's beta is ${decimals(beta)}, ${decimals(number)} from ${String(neutral)}, bound ${decimals(spec.maxBetaDeviation)}`;
  return { ...bound, verdict: number <= spec.maxBetaDeviation ? 'pass' : 'fail', reason };
}

function refusedBound({ wantedTrades, refusedTrades }: PaperBook, spec: ShadowSpec): ShadowBound {
  const share = wantedTrades === 0 ? 0 : refusedTrades / wantedTrades;
  const fail = share > spec.maxRefusedTradeShare && refusedTrades >= FEW_REFUSED;
  return {
    ...{ bound: 'refused-trades', number: share, threshold: spec.maxRefusedTradeShare },
    verdict: fail ? 'fail' : 'pass',
    reason: `${String(refusedTrades)} of ${String(wantedTrades)} paper trades locked at a limit, halted or banned, bound ${decimals(spec.maxRefusedTradeShare)}`,
  };
}

function paperBounds({ netReturns }: PaperBook, spec: ShadowSpec): ShadowBound[] {
  const loss = { bound: 'paper-loss', threshold: spec.maxPaperLoss } as const;
  const fall = { bound: 'drawdown', threshold: spec.maxDrawdown } as const;
  if (netReturns.some((value) => !Number.isFinite(value))) {
    const wrong = { number: null, verdict: 'error', reason: 'a paper return is not a number' } as const;
    return [
      { ...loss, ...wrong },
      { ...fall, ...wrong },
    ];
  }
  const lost = paperLoss(netReturns);
  const fallen = netReturns.length === 0 ? 0 : maximumDrawdown(netReturns, 'paper returns').maximum;
  const over = `over ${String(netReturns.length)} sessions, bound`;
  return [
    {
      ...{ ...loss, number: lost, verdict: lost <= spec.maxPaperLoss ? 'pass' : 'fail' },
      reason: `paper loss ${percent(lost)} ${over} ${percent(spec.maxPaperLoss)}`,
    },
    {
      ...{ ...fall, number: fallen, verdict: fallen <= spec.maxDrawdown ? 'pass' : 'fail' },
      reason: `paper drawdown ${percent(fallen)} ${over} ${percent(spec.maxDrawdown)}`,
    },
  ];
}

/** Largest loss since the start of a paper track: 1 less the lowest compounded equity, 0 when it never fell below 1. */
export function paperLoss(netReturns: Float64Array): number {
  let equity = 1;
  let lowest = 1;
  for (const value of netReturns) {
    equity *= 1 + value;
    if (equity < lowest) lowest = equity;
  }
  return 1 - lowest;
}
