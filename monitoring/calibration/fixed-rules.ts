/**
 * The rules that a guard by habit uses: a statistic of the newest sessions against a number. They are given what the
 * running comparison has not: a threshold fitted afterwards to the very same false-alarm rate.
 */
export const FIXED_RULES = [
  'drawdown excess',
  'mean return difference, 20 sessions',
  'mean return difference, 60 sessions',
  'mean IC difference, 20 sessions',
  'mean IC difference, 60 sessions',
] as const;
export type FixedRule = (typeof FIXED_RULES)[number];

/** Rolling means of one series, over the last 20 and 60 values. */
class RollingMeans {
  private readonly values: number[] = [];

  take(value: number): void {
    this.values.push(value);
    if (this.values.length > 60) this.values.shift();
  }

  /** Negative mean of the last `length`; -Infinity until there are so many. */
  shortfall(length: number): number {
    const { values } = this;
    if (values.length < length) return Number.NEGATIVE_INFINITY;
    let total = 0;
    for (let row = values.length - length; row < values.length; row += 1) total += values[row] ?? 0;
    return -total / length;
  }
}

/** The statistics of all fixed rules on one pair, session by session; large is bad. */
export class FixedRuleStatistics {
  private readonly returns = new RollingMeans();
  private readonly ics = new RollingMeans();

  takeReturns(difference: number): void {
    this.returns.take(difference);
  }

  takeIc(difference: number): void {
    this.ics.take(difference);
  }

  /** In the order of `FIXED_RULES`. */
  values(drawdownExcess: number): readonly number[] {
    const { returns, ics } = this;
    return [
      drawdownExcess,
      returns.shortfall(20),
      returns.shortfall(60),
      ics.shortfall(20),
      ics.shortfall(60),
    ];
  }
}
