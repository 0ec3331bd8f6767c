import { NormalDraws } from './normal-draws.ts';
import type { CalibrationPlan } from './plan.ts';

/** Daily volatility of every recipe: 16 % a year. No gate but the drawdown depends on the scale. */
const DAILY_VOLATILITY = 0.01;
/** Correlation of a session's rank IC with the return: the book is a decile of the cross-section that the IC covers. */
const IC_RETURN_CORRELATION = 0.7;
/** Deviation of a session's rank IC over some hundred names; it cancels in every ratio. */
const IC_DEVIATION = 0.1;
/** Streams of one run: its factor, three for each recipe, and the last for the names of the book. */
export const STREAMS_PER_RUN = 2 ** 24;
const STREAMS_PER_RECIPE = 3;
/** Correlation of what a refit of a recipe does beyond the common factor with what the file in service does. */
const REFIT_CORRELATION = 0.9;

/**
 * Recipes that share one factor: r = sigma (mu + sqrt(c) f + sqrt(1 - c) e), every pair with correlation c, f and e normal with
 * a first-order autocorrelation. Their returns go on over all retrains, so that a recipe has the same past in the windows of
 * two retrains. Series are functions of (seed, run, recipe), made when they are asked for.
 */
export class RecipeWorld {
  private readonly plan: CalibrationPlan;
  private readonly run: number;
  private readonly factor: Float64Array;
  private readonly sharpes: readonly number[];

  /**
   * @param sessions of the whole stream
   * @param sharpes true annualised Sharpe ratios by recipe; recipes beyond have none
   */
  constructor(plan: CalibrationPlan, run: number, sessions: number, sharpes: readonly number[]) {
    this.plan = plan;
    this.run = run;
    this.sharpes = sharpes;
    this.factor = new NormalDraws(plan.seed, run * STREAMS_PER_RUN).series(sessions, plan.autocorrelation);
  }

  /** Net daily returns of a recipe, walked forward, in sessions [from, to). */
  returns(recipe: number, from: number, to: number): Float64Array {
    return this.toReturns(recipe, this.shocks(recipe, 0, to), from, to);
  }

  /** Net daily returns of the file in service: fitted once, not at each fold. */
  artifactReturns(recipe: number, from: number, to: number): Float64Array {
    const refitted = this.shocks(recipe, 0, to);
    const drift = this.shocks(recipe, 1, to);
    const mixed = refitted.map(
      (shock, row) => REFIT_CORRELATION * shock + Math.sqrt(1 - REFIT_CORRELATION ** 2) * (drift[row] ?? 0),
    );
    return this.toReturns(recipe, mixed, from, to);
  }

  /**
   * Daily rank IC of a recipe on the sessions of the window that have a label. A daily contribution has the information
   * ratio of the net return (costs only make the return's lower) and a correlation with it; a label of several sessions
   * is the sum of as many, so that neighbours overlap.
   */
  rankIc(recipe: number, from: number, to: number): Float64Array {
    const { horizonSessions: horizon } = this.plan;
    const mean = this.dailySharpe(recipe);
    const returns = this.returns(recipe, from, to);
    const own = this.shocks(recipe, 2, to).subarray(from, to);
    const daily = returns.map(
      (value, row) =>
        mean +
        IC_RETURN_CORRELATION * (value / DAILY_VOLATILITY - mean) +
        Math.sqrt(1 - IC_RETURN_CORRELATION ** 2) * (own[row] ?? 0),
    );
    return overlapping(daily, horizon, IC_DEVIATION / Math.sqrt(horizon));
  }

  private dailySharpe(recipe: number): number {
    return (this.sharpes[recipe] ?? 0) / Math.sqrt(this.plan.annualSessions);
  }

  /** Of sessions [0, to): later ones are not drawn, and change nothing before them. */
  private shocks(recipe: number, kind: 0 | 1 | 2, to: number): Float64Array {
    const stream = this.run * STREAMS_PER_RUN + 1 + STREAMS_PER_RECIPE * recipe + kind;
    return new NormalDraws(this.plan.seed, stream).series(to, this.plan.autocorrelation);
  }

  private toReturns(recipe: number, shocks: Float64Array, from: number, to: number): Float64Array {
    const { correlation } = this.plan;
    const mean = this.dailySharpe(recipe);
    return shocks
      .subarray(from, to)
      .map(
        (shock, row) =>
          DAILY_VOLATILITY *
          (mean +
            Math.sqrt(correlation) * (this.factor[from + row] ?? 0) +
            Math.sqrt(1 - correlation) * shock),
      );
  }
}

/** scale x sum of the next `length` values, for every row that has as many. */
function overlapping(daily: Float64Array, length: number, scale: number): Float64Array {
  return Float64Array.from({ length: daily.length - length + 1 }, (_, row) => {
    let sum = 0;
    for (let ahead = 0; ahead < length; ahead += 1) sum += daily[row + ahead] ?? 0;
    return scale * sum;
  });
}
