import { type PredictionHealth, predictionHealth } from './prediction-health.ts';

/** Share of a universe that may stay without a score before the predictions count as broken. */
const MOST_MISSING = 0.05;
/** Spread of the scores against the reference below which they have collapsed to a point. */
const COLLAPSED_SPREAD = 0.05;
/** Rank spread against the reference below which they have collapsed to a handful of values. */
const COLLAPSED_RANKS = 0.5;

/** What is usual for this version within a session; 0 where it is not known, which asks nothing. */
export interface UsualSpread {
  readonly spread: number;
  readonly rankSpread: number;
}

/** Medians over sessions of the version's predictions, from its shadow or the reign so far. */
export function usualSpread(days: readonly Float64Array[]): UsualSpread {
  const health = days.map((day) => predictionHealth(day)).filter((day) => !day.constant);
  return {
    spread: median(health.map((day) => day.spread)),
    rankSpread: median(health.map((day) => day.rankSpread)),
  };
}

/** Why the predictions of a session cannot be a model's, in words; null when they can. */
export function brokenPredictions(health: PredictionHealth, usual: UsualSpread): string | null {
  if (health.rows === 0) return 'the champion scored an empty universe';
  if (health.missing > MOST_MISSING) return `${percent(health.missing)} of the rows have no score`;
  if (health.constant) return 'all rows have the same score';
  if (health.spread < COLLAPSED_SPREAD * usual.spread) {
    return `the scores spread over ${health.spread.toPrecision(3)}, ${usual.spread.toPrecision(3)} is usual`;
  }
  if (health.rankSpread < COLLAPSED_RANKS * usual.rankSpread) {
    return `the ranks spread over ${health.rankSpread.toPrecision(3)} of what ranks without ties do, ${usual.rankSpread.toPrecision(3)} is usual`;
  }
  return null;
}

function median(values: number[]): number {
  values.sort((a, b) => a - b);
  return values[Math.floor(values.length / 2)] ?? 0;
}

const percent = (fraction: number): string => `${(100 * fraction).toFixed(2)} %`;
