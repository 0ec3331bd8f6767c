/** What one look at the predictions of a session says about the model that made them. */
export interface PredictionHealth {
  readonly rows: number;
  /** Share of rows without a finite prediction, 0 .. 1. */
  readonly missing: number;
  /** Fewer than two different finite values. */
  readonly constant: boolean;
  /** Population standard deviation of the finite predictions; 0 when there are none. */
  readonly spread: number;
  /**
   * Deviation of the ranks over that of ranks without ties, 0 .. 1: the root of 1 - sum (t^3 - t) / (n^3 - n) over groups
   * of t equal predictions (Kendall's correction). A model that has fallen to a handful of values keeps its spread, not this.
   */
  readonly rankSpread: number;
}

export function predictionHealth(predictions: Float64Array): PredictionHealth {
  let finite = 0;
  let total = 0;
  let low = Infinity;
  let high = -Infinity;
  for (const value of predictions) {
    if (!Number.isFinite(value)) continue;
    finite += 1;
    total += value;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const rows = predictions.length;
  if (finite === 0) return { rows, missing: 1, constant: true, spread: 0, rankSpread: 0 };
  const mean = total / finite;
  let squares = 0;
  for (const value of predictions) if (Number.isFinite(value)) squares += (value - mean) ** 2;
  const constant = !(high > low);
  return {
    rows,
    missing: (rows - finite) / rows,
    constant,
    spread: constant ? 0 : Math.sqrt(squares / finite),
    rankSpread: constant ? 0 : rankSpread(predictions.filter((value) => Number.isFinite(value))),
  };
}

/** Of at least two finite values that are not all equal. */
function rankSpread(values: Float64Array): number {
  values.sort();
  const n = values.length;
  let ties = 0;
  let begin = 0;
  while (begin < n) {
    let end = begin + 1;
    while (end < n && values[end] === values[begin]) end += 1;
    ties += (end - begin) ** 3 - (end - begin);
    begin = end;
  }
  return Math.sqrt(1 - ties / (n ** 3 - n));
}
