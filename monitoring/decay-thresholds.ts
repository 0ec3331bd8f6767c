/** Strengths of the signal (`IcBaseline.signal`) over which the table is interpolated, in their logarithm. */
export const SIGNALS: readonly number[] = [0.08, 0.12, 0.18, 0.25, 0.35, 0.5, 0.75, 1.1, 1.7];

/** False alarms per model-year over which it is interpolated, in their logarithm. */
export const BUDGETS: readonly number[] = [0.05, 0.1, 0.15, 0.25, 0.5, 1, 2, 4];

/**
 * Height that the logarithm of the statistic exceeds, in a model in order, with probability 1 - exp(-budget x years)
 * within three years (or the first 1.2 / budget years of a generous budget). From `node scripts/calibrate-decay.ts 30000`:
 * means drawn from what daily rank ICs are, deviations of .025 to .18, autocorrelation 0 to .45, 40 % of them with Student
 * tails of five degrees, baselines estimated from 250 sessions. One row per signal, one column per budget.
 */
const HEIGHTS: readonly (readonly number[])[] = [
  [7.7, 7.27, 6.98, 6.61, 6.02, 5.41, 4.78, 4.13],
  [7.71, 7.26, 6.96, 6.57, 5.97, 5.38, 4.75, 4.13],
  [7.61, 7.12, 6.79, 6.41, 5.83, 5.26, 4.64, 4.02],
  [7.48, 6.95, 6.61, 6.22, 5.66, 5.08, 4.5, 3.9],
  [7.27, 6.7, 6.37, 5.94, 5.42, 4.87, 4.36, 3.76],
  [6.97, 6.44, 6.14, 5.74, 5.2, 4.66, 4.12, 3.55],
  [6.56, 6.08, 5.79, 5.39, 4.91, 4.38, 3.87, 3.3],
  [6.19, 5.7, 5.41, 5.03, 4.53, 4.03, 3.54, 3.0],
  [5.9, 5.38, 5.07, 4.68, 4.15, 3.65, 3.17, 2.64],
];

/** Sessions of a year on which the table was made. */
const TABLE_YEAR = 250;

/**
 * Threshold of the logarithm of the decay statistic.
 *
 * Strong signals need a lower one: their evidence comes in large steps, which overshoot. Outside the table the signal is
 * taken at its edge; a budget is continued with one unit of the logarithm per factor e, as theory has it for rare alarms.
 *
 * @param signal `IcBaseline.signal`, above zero
 * @param falseAlarmsPerYear budget of a model in order, above zero
 */
export function decayThreshold(signal: number, falseAlarmsPerYear: number, annualSessions: number): number {
  const budget = falseAlarmsPerYear * (TABLE_YEAR / annualSessions);
  const row = position(SIGNALS, signal);
  const column = position(BUDGETS, budget);
  const height = (1 - row.share) * heightAt(row.index, column) + row.share * heightAt(row.index + 1, column);
  const beyond = Math.log(BUDGETS[0] ?? 1) - Math.log(budget);
  return beyond > 0 ? height + beyond : height;
}

interface Position {
  readonly index: number;
  readonly share: number;
}

function heightAt(row: number, column: Position): number {
  const heights = HEIGHTS[row] ?? [];
  return (1 - column.share) * (heights[column.index] ?? 0) + column.share * (heights[column.index + 1] ?? 0);
}

/** Where a value lies between ascending knots, in the logarithm; clamped to the ends. */
function position(knots: readonly number[], value: number): Position {
  const last = knots.length - 2;
  const found = knots.findLastIndex((knot) => knot <= value);
  const index = Math.min(last, Math.max(0, found));
  const low = Math.log(knots[index] ?? 1);
  const high = Math.log(knots[index + 1] ?? 1);
  return { index, share: Math.min(1, Math.max(0, (Math.log(value) - low) / (high - low))) };
}
