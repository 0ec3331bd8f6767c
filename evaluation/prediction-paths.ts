import type { PanelKeys } from './panel.ts';
import { EvaluationInputInvalid } from './errors.ts';

/**
 * Splits out-of-sample predictions into backtest paths, each with one prediction of a row. Rows come sorted by session, symbol,
 * fold. The p-th fold that predicts a row belongs to path p: with folds in the lexicographic order of their test groups that is
 * the assembly of López de Prado (2018), section 12.4. A walk-forward predicts each row once, hence has one path.
 *
 * @returns for each path the positions of its rows, ascending
 * @throws EvaluationInputInvalid when rows have different numbers of predictions: a path would have holes
 */
export function predictionPaths(rows: PanelKeys): Int32Array[] {
  const paths: number[][] = [];
  let occurrence = 0;
  for (let row = 0; row < rows.session.length; row += 1) {
    const again =
      row > 0 && rows.session[row] === rows.session[row - 1] && rows.symbol[row] === rows.symbol[row - 1];
    occurrence = again ? occurrence + 1 : 0;
    const path = (paths[occurrence] ??= []);
    path.push(row);
  }
  const uneven = paths.findIndex((path) => path.length !== paths[0]?.length);
  if (uneven < 0) return paths.map((path) => Int32Array.from(path));
  throw new EvaluationInputInvalid(
    `path ${String(uneven + 1)} predicts ${String(paths[uneven]?.length)} rows, the first ${String(paths[0]?.length)}`,
  );
}

/**
 * The path that stands for a trial: the lower median by Sharpe ratio, a path whose returns do not vary being below all others. No
 * average over paths: that would be a book of several models at once, which nobody will hold, and smoother than any of them.
 *
 * @param sharpes one per path; null: its returns do not vary
 */
export function medianPath(sharpes: readonly (number | null)[]): number {
  const ranked = sharpes
    .map((sharpe, path) => ({ path, sharpe: sharpe ?? Number.NEGATIVE_INFINITY }))
    // Minus infinity twice gives no number.
    .sort((a, b) => (a.sharpe === b.sharpe ? a.path - b.path : a.sharpe - b.sharpe));
  return ranked[Math.floor((ranked.length - 1) / 2)]?.path ?? 0;
}
