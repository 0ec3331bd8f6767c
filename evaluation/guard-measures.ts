import { maximumDrawdown } from '../stats/drawdown.ts';
import { EvaluationInputInvalid } from './errors.ts';
import { type PredictionHealth, predictionHealth } from './prediction-health.ts';

/** Share of a universe that may stay without a score before the predictions count as broken. */
const MOST_MISSING = 0.05;
/** Spread of the scores against the reference below which they have collapsed to a point. */
const COLLAPSED_SPREAD = 0.05;

export interface GuardInput {
  /** Predictions of the champion on the newest session, NaN where it gave none. */
  readonly predictions: Float64Array;
  /** Typical standard deviation of its scores within a session, from the shadow or the last fold; 0 when unknown. */
  readonly referenceSpread: number;
  /** Realised daily net returns since the swap, paired by session. Null: there is no previous champion. */
  readonly championReturns: Float64Array;
  readonly previousReturns: Float64Array | null;
  /** A fraction of equity: how much deeper the champion may draw down than the previous one. */
  readonly maxDrawdownTolerance: number;
}

export interface GuardMeasures {
  /** `hold`: something is wrong that a rollback cannot or need not mend; page somebody. */
  readonly action: 'none' | 'rollback' | 'hold';
  readonly reason: string;
  readonly predictions: PredictionHealth;
  /** Matured sessions of the reign. */
  readonly sessions: number;
  readonly championDrawdown: number;
  readonly previousDrawdown: number | null;
  /** Champion's less previous one's; null without a previous champion. */
  readonly drawdownDifference: number | null;
}

/**
 * Holds the new champion against the one it replaced, which is still scored on paper. Broken predictions are seen on
 * the first session, losses only as sessions mature. With a previous champion either ends the reign; without one there
 * is nothing to go back to, and the guard holds.
 *
 * Throws `EvaluationInputInvalid` when the returns are not paired, and as `maximumDrawdown` does.
 */
export function measureGuard(input: GuardInput): GuardMeasures {
  const { championReturns, previousReturns, maxDrawdownTolerance } = input;
  if (previousReturns !== null && previousReturns.length !== championReturns.length) {
    throw new EvaluationInputInvalid(
      `the champion has ${String(championReturns.length)} returns, the previous one ${String(previousReturns.length)}`,
    );
  }
  const predictions = predictionHealth(input.predictions);
  const championDrawdown = drawdownOf(championReturns, 'champion');
  const previousDrawdown = previousReturns === null ? null : drawdownOf(previousReturns, 'previous champion');
  const measures = {
    predictions,
    sessions: championReturns.length,
    championDrawdown,
    previousDrawdown,
    drawdownDifference: previousDrawdown === null ? null : championDrawdown - previousDrawdown,
  };
  const broken = brokenPredictions(predictions, input.referenceSpread);
  if (broken !== null) {
    return { ...measures, action: previousReturns === null ? 'hold' : 'rollback', reason: broken };
  }
  if (measures.drawdownDifference !== null && measures.drawdownDifference > maxDrawdownTolerance) {
    const reason = `drawdown ${percent(championDrawdown)} against ${percent(previousDrawdown ?? 0)} of the previous champion, ${percent(maxDrawdownTolerance)} more is tolerated`;
    return { ...measures, action: 'rollback', reason };
  }
  return { ...measures, action: 'none', reason: 'no bound was crossed' };
}

function brokenPredictions(health: PredictionHealth, referenceSpread: number): string | null {
  if (health.rows === 0) return 'the champion scored an empty universe';
  if (health.missing > MOST_MISSING) return `${percent(health.missing)} of the rows have no score`;
  if (health.constant) return 'all rows have the same score';
  if (health.spread < COLLAPSED_SPREAD * referenceSpread) {
    return `the scores spread over ${health.spread.toPrecision(3)}, ${referenceSpread.toPrecision(3)} is usual`;
  }
  return null;
}

const drawdownOf = (returns: Float64Array, name: string): number =>
  returns.length === 0 ? 0 : maximumDrawdown(returns, name).maximum;

const percent = (fraction: number): string => `${(100 * fraction).toFixed(2)} %`;
