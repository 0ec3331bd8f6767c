import type { ShadowSpec } from '../contracts/spec.ts';
import type { Verdict } from '../contracts/verdict.ts';
import { spearman } from '../stats/rank.ts';
import { MIN_CROSS_SECTION } from '../stats/rank-ic.ts';
import { EvaluationInputInvalid } from './errors.ts';
import { type FeatureSkew, featureSkew, type TrainingMoments } from './feature-skew.ts';
import { type PredictionHealth, predictionHealth } from './prediction-health.ts';

export interface ShadowSessionInput {
  readonly session: string;
  /** One prediction per member row, NaN where the version gave none; both in the same order of rows. */
  readonly challenger: Float64Array;
  /** Null before the first champion. */
  readonly champion: Float64Array | null;
  /** Row-major features of the same rows, in the order of `moments`. */
  readonly features: Float32Array | Float64Array;
  readonly moments: readonly TrainingMoments[];
}

/** What one session of a shadow measured. Shares are 0 .. 1. */
export interface ShadowMeasures {
  readonly session: string;
  readonly rows: number;
  /** Rows that both versions scored; without a champion, rows that the challenger scored. */
  readonly pairedRows: number;
  readonly pairing: number;
  readonly challenger: PredictionHealth;
  readonly champion: PredictionHealth | null;
  /** Spearman of both on the paired rows; null without a champion, with too few pairs or a constant one. */
  readonly rankAgreement: number | null;
  /** The feature farthest from its training mean. */
  readonly worstSkew: FeatureSkew;
}

/** Champion and challenger on the same rows of one session. Throws `EvaluationInputInvalid` when they differ in length. */
export function measureShadowSession(input: ShadowSessionInput): ShadowMeasures {
  const { session, challenger, champion, features, moments } = input;
  const rows = challenger.length;
  if (champion !== null && champion.length !== rows) {
    throw new EvaluationInputInvalid(
      `the champion has ${String(champion.length)} predictions on ${session}, the challenger ${String(rows)}`,
    );
  }
  if (features.length !== rows * moments.length) {
    throw new EvaluationInputInvalid(`the features of ${session} are not those of ${String(rows)} rows`);
  }
  const [worstSkew] = featureSkew(features, moments);
  if (worstSkew === undefined) throw new EvaluationInputInvalid(`no features on ${session}`);
  const paired = pairs(challenger, champion ?? challenger);
  return {
    session,
    rows,
    pairedRows: paired.challenger.length,
    pairing: rows === 0 ? 0 : paired.challenger.length / rows,
    challenger: predictionHealth(challenger),
    champion: champion === null ? null : predictionHealth(champion),
    rankAgreement: champion === null ? null : agreement(paired.challenger, paired.champion),
    worstSkew,
  };
}

function pairs(challenger: Float64Array, champion: Float64Array) {
  const both = [...challenger.keys()].filter(
    (row) => Number.isFinite(challenger[row] ?? NaN) && Number.isFinite(champion[row] ?? NaN),
  );
  return {
    challenger: Float64Array.from(both, (row) => challenger[row] ?? NaN),
    champion: Float64Array.from(both, (row) => champion[row] ?? NaN),
  };
}

function agreement(challenger: Float64Array, champion: Float64Array): number | null {
  if (challenger.length < MIN_CROSS_SECTION) return null;
  if (predictionHealth(challenger).constant || predictionHealth(champion).constant) return null;
  return spearman(challenger, champion, 'challenger', 'champion');
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

/** One bound of the shadow, and where a session or the track lies against it. */
export interface ShadowBound {
  readonly bound: 'pairing' | 'constant' | 'rank-agreement' | 'feature-skew' | 'paper-loss';
  readonly number: number | null;
  readonly threshold: number | null;
  readonly verdict: Verdict;
  readonly reason: string;
}

const decimals = (value: number): string => (Number.isFinite(value) ? value.toFixed(3) : String(value));

/**
 * Holds one session against the bounds of the spec. A `fail` ends the shadow: the challenger left rows without a score,
 * scored all alike, ranks against the champion, stands on features that have moved away, or lost too much on paper.
 * Where the champion is what is missing, the session says nothing about the challenger: `inconclusive`.
 *
 * @param paperReturns daily net returns of the challenger's paper book so far; empty until something matured
 */
export function checkShadowBounds(
  measures: ShadowMeasures,
  paperReturns: Float64Array,
  spec: ShadowSpec,
): ShadowBound[] {
  return [
    pairingBound(measures, spec),
    constantBound(measures),
    agreementBound(measures, spec),
    skewBound(measures, spec),
    paperBound(paperReturns, spec),
  ];
}

function pairingBound({ rows, pairing, challenger }: ShadowMeasures, spec: ShadowSpec): ShadowBound {
  const bound = { bound: 'pairing', number: pairing, threshold: spec.minPairing } as const;
  const scored = 1 - challenger.missing;
  const few = `${decimals(pairing)} of ${String(rows)} rows scored by both, ${decimals(spec.minPairing)} needed`;
  if (pairing >= spec.minPairing) return { ...bound, verdict: 'pass', reason: 'rows are paired' };
  if (rows > 0 && scored < spec.minPairing) {
    return { ...bound, verdict: 'fail', reason: `${few}; the challenger scored ${decimals(scored)}` };
  }
  return { ...bound, verdict: 'inconclusive', reason: few };
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

function skewBound({ worstSkew }: ShadowMeasures, spec: ShadowSpec): ShadowBound {
  const { feature, skew } = worstSkew;
  return {
    bound: 'feature-skew',
    number: Number.isFinite(skew) ? skew : null,
    threshold: spec.maxFeatureSkew,
    verdict: skew <= spec.maxFeatureSkew ? 'pass' : 'fail',
    reason: `${feature} lies ${decimals(skew)} training deviations from its mean, bound ${decimals(spec.maxFeatureSkew)}`,
  };
}

function paperBound(paperReturns: Float64Array, spec: ShadowSpec): ShadowBound {
  const bound = { bound: 'paper-loss', threshold: spec.maxPaperLoss } as const;
  if (paperReturns.some((value) => !Number.isFinite(value))) {
    return { ...bound, number: null, verdict: 'error', reason: 'a paper return is not a number' };
  }
  const loss = paperLoss(paperReturns);
  return {
    ...bound,
    number: loss,
    verdict: loss <= spec.maxPaperLoss ? 'pass' : 'fail',
    reason: `paper loss ${decimals(loss)} over ${String(paperReturns.length)} sessions, bound ${decimals(spec.maxPaperLoss)}`,
  };
}

export interface ShadowSummary {
  readonly verdict: Verdict;
  readonly reason: string;
}

/** Sums up the bounds of one session, or of all: fail before error before inconclusive before pass. */
export function worstBound(bounds: readonly ShadowBound[]): ShadowSummary {
  for (const verdict of ['fail', 'error', 'inconclusive'] as const) {
    const crossed = bounds.filter((bound) => bound.verdict === verdict);
    if (crossed.length > 0) return { verdict, reason: crossed.map(({ reason }) => reason).join('; ') };
  }
  return { verdict: 'pass', reason: 'no bound was crossed' };
}

/**
 * The verdict of a whole shadow. A session that was inconclusive counts as not measured: the shadow passes only when
 * every one of the `spec.sessions` sessions was measured and no bound was crossed on any.
 */
export function concludeShadow(days: readonly (readonly ShadowBound[])[], spec: ShadowSpec): ShadowSummary {
  const summaries = days.map((bounds) => worstBound(bounds));
  const failed = summaries.find(({ verdict }) => verdict === 'fail' || verdict === 'error');
  if (failed !== undefined) return failed;
  const measured = summaries.filter(({ verdict }) => verdict === 'pass').length;
  if (measured >= spec.sessions) {
    return { verdict: 'pass', reason: `${String(measured)} sessions measured, no bound crossed` };
  }
  const cause = summaries.find(({ verdict }) => verdict === 'inconclusive')?.reason ?? 'it ended early';
  return {
    verdict: 'inconclusive',
    reason: `${String(measured)} of ${String(spec.sessions)} sessions measured: ${cause}`,
  };
}
