import { type DailyRankIc, dailyRankIc } from '../stats/rank-ic.ts';
import { EvaluationInputInvalid } from './errors.ts';
import type { PanelAxes } from './panel.ts';

/**
 * Daily rank IC of predictions against labels on the same axes: one entry per session on which anything was predicted.
 * Names without a prediction are left out; a session without enough labels, or with constant values, has no IC and says
 * why. Labels may be forward returns or their ranks: the correlation is that of ranks.
 */
export function rankIcOfPanels(
  axes: PanelAxes,
  predictions: Float64Array,
  labels: Float64Array,
): DailyRankIc[] {
  const width = axes.symbols.length;
  const cells = axes.sessions.length * width;
  if (predictions.length !== cells || labels.length !== cells) {
    throw new EvaluationInputInvalid(
      `predictions (${String(predictions.length)}), labels (${String(labels.length)}) and axes (${String(cells)}) differ in size`,
    );
  }
  const sessions: string[] = [];
  const scores: number[] = [];
  const realised: number[] = [];
  axes.sessions.forEach((session, at) => {
    for (let cell = at * width; cell < (at + 1) * width; cell += 1) {
      const score = predictions[cell] ?? NaN;
      if (!Number.isFinite(score)) continue;
      sessions.push(session);
      scores.push(score);
      realised.push(labels[cell] ?? NaN);
    }
  });
  return dailyRankIc(sessions, scores, realised);
}
