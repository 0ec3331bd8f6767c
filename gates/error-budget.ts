import { requireRange } from '../stats/series.ts';

/**
 * `lord`: LORD++, which controls the false discovery rate. `alpha-investing`: Foster and Stine, which controls the
 * marginal one and has more power after discoveries.
 */
export type BudgetMethod = 'lord' | 'alpha-investing';

export interface BudgetRule {
  readonly method: BudgetMethod;
  /** Share of false promotions among all promotions that is allowed in the long run, in (0, 1). */
  readonly level: number;
}

/** A test of the stream so far, oldest first. */
export interface PastTest {
  /** Level that it was really made at; never above the one that the budget allowed. */
  readonly alpha: number;
  /** A new recipe passed every gate. */
  readonly discovery: boolean;
}

/** What a test may use of the budget, as the gates are told. */
export interface GrantedLevel extends BudgetState, BudgetRule {}

export interface BudgetState {
  /** Number of the next test, from 1. */
  readonly test: number;
  /** Level of the next test. */
  readonly alpha: number;
  /** What is left to spend before it, in units of the level; never below zero. */
  readonly wealth: number;
  readonly discoveries: number;
}

/**
 * Share of its wealth that LORD++ spends j tests after a discovery: j^-1.6 / zeta(1.6), which sums to 1. The sequence of
 * Ramdas, Zrnic, Wainwright and Jordan (2018, section 5) for SAFFRON. The one usual for LORD, log j / (j exp sqrt(log j)),
 * leaves half of its mass beyond the millionth test, and a model sees a hundred retrains in eight years.
 */
const DECAY = 1.6;
/** zeta(1.6), Abramowitz and Stegun 23.2, by Euler-Maclaurin summation. */
const ZETA_OF_DECAY = 2.2857656656800516;

export const spendingShare = (tests: number): number => tests ** -DECAY / ZETA_OF_DECAY;

/** What LORD++ begins with, as a share of the level; Ramdas, Yang, Wainwright and Jordan 2017, section 3. */
const LORD_START = 0.5;

/**
 * The level of the next test in a stream of retrains, from what was spent and found before. A retrain that did not ask
 * whether a new recipe is better stands in the stream as a test without a discovery: whether it asks depends on the same
 * returns, and tests that are left out because they look poor would make the others look good.
 *
 * LORD++ (Ramdas et al. 2017, eq. 10): alpha_t = g(t) w0 + (a - w0) g(t - t1) + a sum over later discoveries of g(t - tj).
 * Alpha-investing (Foster and Stine 2008, eq. 5 and section 3.1): a test without discovery costs alpha / (1 - alpha), a
 * discovery earns the level; the price of the next test is W / (1 + tests since the last discovery).
 *
 * Throws `ParameterOutOfRange` for a level outside (0, 1) or a past level outside [0, 1).
 */
export function nextBudget(rule: BudgetRule, past: readonly PastTest[]): BudgetState {
  requireRange('error budget level', rule.level, Number.MIN_VALUE, 1 - Number.EPSILON);
  past.forEach(({ alpha }) => {
    requireRange('level of a past test', alpha, 0, 1 - Number.EPSILON);
  });
  const test = past.length + 1;
  const discoveries = past.flatMap(({ discovery }, index) => (discovery ? [index + 1] : []));
  const state = rule.method === 'lord' ? lord(rule.level, past, discoveries) : investing(rule.level, past);
  return { test, discoveries: discoveries.length, ...state };
}

/** What is left after a test at this level without a discovery. */
export const wealthAfter = (granted: GrantedLevel, level: number): number =>
  granted.wealth - (granted.method === 'lord' ? level : level / (1 - level));

type Means = Pick<BudgetState, 'alpha' | 'wealth'>;

function lord(level: number, past: readonly PastTest[], discoveries: readonly number[]): Means {
  const start = LORD_START * level;
  const test = past.length + 1;
  const earned = discoveries.map((_, index) => (index === 0 ? level - start : level));
  const alpha = discoveries.reduce(
    (sum, at, index) => sum + (earned[index] ?? 0) * spendingShare(test - at),
    start * spendingShare(test),
  );
  const spent = past.reduce((sum, before) => sum + before.alpha, 0);
  const wealth = start + earned.reduce((sum, each) => sum + each, 0) - spent;
  return { alpha, wealth };
}

function investing(level: number, past: readonly PastTest[]): Means {
  // Initial wealth and pay-out of Foster and Stine: with eta = 1 - alpha the marginal rate is held at alpha.
  let wealth = level * (1 - level);
  let sinceDiscovery = 0;
  for (const { alpha, discovery } of past) {
    sinceDiscovery = discovery ? 0 : sinceDiscovery + 1;
    wealth += discovery ? level : -alpha / (1 - alpha);
  }
  const price = wealth / (2 + sinceDiscovery);
  return { alpha: price / (1 + price), wealth };
}
