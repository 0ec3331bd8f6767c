import { requireRange } from './series.ts';

/**
 * A betting test of one mean that may be looked at after every observation.
 *
 * Null: the conditional mean of each payoff r_t in [-1, 1], given the past, is at most zero. A gambler who stakes the share
 * lambda of a wealth of 1 on each payoff multiplies it by 1 + lambda r_t; under the null no stake makes money on average,
 * so wealth is a non-negative supermartingale and exceeds 1/alpha at any time ever with probability at most alpha (Ville
 * 1939; Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", JRSS B 86, 2024, section 4).
 *
 * What is not known is mixed over, which keeps the guarantee: the stake (the best one is about mean / variance) over
 * `STAKES`, and the session on which the mean moved over all sessions. Half of the wealth bets from the first payoff on;
 * of the rest the share SPREAD / ((k + SPREAD - 1)(k + SPREAD)) enters at payoff k. These shares sum to one, so a change
 * on session 250 costs a factor of about 3,000 instead of all the wealth lost before it; a mixture of e-processes that
 * start at k is one itself (Shin, Ramdas and Rinaldo, "E-detectors", NEJSDS 2024, use the same sums without weights).
 */
export interface BettingProcess {
  /** Payoffs taken. */
  readonly payoffs: number;
  /** Wealth of what has entered, one entry per stake; all are >= 0. */
  readonly wealth: readonly number[];
  /** Largest value that the process reached: evidence once given does not expire. >= 1. */
  readonly highest: number;
}

/** Shares of wealth that are staked; payoffs of a daily difference have a deviation of about a third. */
export const STAKES: readonly number[] = [0.08, 0.2, 0.4, 0.7, 0.95];

/** Share that bets from the first payoff on. */
export const AT_ONCE = 0.5;

/** Payoffs until half of the rest has entered. */
export const SPREAD = 60;

/** Wealth above this says no more, and stays finite over a reign of years. */
const MOST_WEALTH = 1e200;

export const NO_BETS: BettingProcess = { payoffs: 0, wealth: STAKES.map(() => 0), highest: 1 };

/** Share of the late half that has entered once `payoffs` were taken. */
const entered = (payoffs: number): number => payoffs / (payoffs + SPREAD);

/**
 * Takes one payoff.
 * @param payoff in [-1, 1]; throws `ParameterOutOfRange` otherwise, for beyond it wealth could fall below zero
 */
export function bet(process: BettingProcess, payoff: number): BettingProcess {
  requireRange('payoff', payoff, -1, 1);
  const { payoffs } = process;
  const late = (1 - AT_ONCE) * (entered(payoffs + 1) - entered(payoffs));
  const fresh = ((payoffs === 0 ? AT_ONCE : 0) + late) / STAKES.length;
  const wealth = process.wealth.map((value, row) =>
    Math.min(MOST_WEALTH, (value + fresh) * (1 + (STAKES[row] ?? 0) * payoff)),
  );
  const next = { payoffs: payoffs + 1, wealth };
  return { ...next, highest: Math.max(process.highest, eValue(next)) };
}

/** What the process is worth now, >= 0: 1 before the first payoff, above 1/alpha with probability at most alpha. */
export function eValue({ payoffs, wealth }: Pick<BettingProcess, 'payoffs' | 'wealth'>): number {
  if (payoffs === 0) return 1;
  let total = (1 - AT_ONCE) * (1 - entered(payoffs));
  for (const value of wealth) total += value;
  return total;
}
