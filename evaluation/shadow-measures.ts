import { spearman } from '../stats/rank.ts';
import { MIN_CROSS_SECTION } from '../stats/rank-ic.ts';
import { EvaluationInputInvalid } from './errors.ts';
import { type FeatureSkew, featureSkew, type TrainingMoments } from './feature-skew.ts';
import type { LostPair, PairedRows } from './paired-rows.ts';
import { type PredictionHealth, predictionHealth } from './prediction-health.ts';

export interface ShadowSessionInput {
  readonly session: string;
  readonly paired: PairedRows;
  /** Row-major features of the challenger's rows, in the order of `moments`; null: it could not be scored. */
  readonly features: Float32Array | Float64Array | null;
  readonly moments: readonly TrainingMoments[];
}

/** What one session of a shadow measured. Shares are 0 .. 1. */
export interface ShadowMeasures {
  readonly session: string;
  readonly rows: number;
  /** Rows that both versions scored; without a champion, rows that the challenger scored. */
  readonly pairedRows: number;
  readonly pairing: number;
  /** Every row that is no pair, with its reason. */
  readonly lost: readonly LostPair[];
  readonly challenger: PredictionHealth;
  readonly champion: PredictionHealth | null;
  /** Spearman of both on the paired rows; null without a champion, with too few pairs or a constant one. */
  readonly rankAgreement: number | null;
  /** The feature farthest from its training mean; null: the challenger could not be scored, or training knew none. */
  readonly worstSkew: FeatureSkew | null;
  /** Features that cannot be held against training, since no row of it knew them. */
  readonly neverKnown: readonly string[];
}

/** Champion and challenger on the same rows of one session. Throws `EvaluationInputInvalid` when they differ in length. */
export function measureShadowSession(input: ShadowSessionInput): ShadowMeasures {
  const { session, paired, features, moments } = input;
  const { symbols, challenger, champion, lost } = paired;
  const rows = symbols.length;
  for (const scores of [challenger, champion]) {
    if (scores === null || scores.length === rows) continue;
    throw new EvaluationInputInvalid(
      `${String(scores.length)} predictions on ${session}, ${String(rows)} rows`,
    );
  }
  const skews = features === null ? null : featureSkew(features, moments);
  const both = pairs(challenger, champion ?? challenger);
  return {
    session,
    rows,
    pairedRows: both.challenger.length,
    pairing: rows === 0 ? 0 : both.challenger.length / rows,
    lost,
    challenger: predictionHealth(challenger),
    champion: champion === null ? null : predictionHealth(champion),
    rankAgreement: champion === null ? null : agreement(both.challenger, both.champion),
    worstSkew: skews?.features[0] ?? null,
    neverKnown: skews?.neverKnown ?? [],
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
