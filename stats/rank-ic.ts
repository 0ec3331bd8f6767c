import { requireSameLength, isConstant } from './series.ts';
import { spearman } from './rank.ts';
import type { Series } from './series.ts';

/** A cross-section smaller than this has no rank correlation worth averaging. */
export const MIN_CROSS_SECTION = 5;

/** Why a session gave no rank IC; such sessions are counted, never filled with zero. */
export type RankIcGap = 'too-few-pairs' | 'constant-prediction' | 'constant-return';

export interface DailyRankIc {
  readonly session: string;
  /** Spearman correlation of prediction and realised return in [-1, 1]; null with its reason in `gap`. */
  readonly ic: number | null;
  readonly gap: RankIcGap | null;
  readonly pairs: number;
}

/**
 * Spearman rank IC per session. Rows whose return is missing (NaN) are left out of their session; a prediction must
 * always be a number, or `NonFiniteValue` is thrown.
 * @param sessions one label per row, rows of a session together
 * @param predictions, returns one value per row
 */
export function dailyRankIc(
  sessions: readonly string[],
  predictions: Series,
  returns: Series,
): DailyRankIc[] {
  requireSameLength(predictions, returns, 'predictions', 'returns');
  const result: DailyRankIc[] = [];
  let begin = 0;
  while (begin < sessions.length) {
    const session = sessions[begin] ?? '';
    let end = begin + 1;
    while (end < sessions.length && sessions[end] === session) end += 1;
    result.push(rankIcOfSession(session, predictions.slice(begin, end), returns.slice(begin, end)));
    begin = end;
  }
  return result;
}

function rankIcOfSession(session: string, predictions: Series, returns: Series): DailyRankIc {
  const pairedPredictions: number[] = [];
  const pairedReturns: number[] = [];
  predictions.forEach((prediction: number, row: number) => {
    const value = returns[row] ?? Number.NaN;
    if (Number.isNaN(value)) return;
    pairedPredictions.push(prediction);
    pairedReturns.push(value);
  });
  const pairs = pairedPredictions.length;
  const gapOf = (): RankIcGap | null => {
    if (pairs < MIN_CROSS_SECTION) return 'too-few-pairs';
    if (isConstant(pairedPredictions)) return 'constant-prediction';
    return isConstant(pairedReturns) ? 'constant-return' : null;
  };
  const gap = gapOf();
  const name = `predictions of ${session}`;
  const ic = gap === null ? spearman(pairedPredictions, pairedReturns, name, `returns of ${session}`) : null;
  return { session, ic, gap, pairs };
}
