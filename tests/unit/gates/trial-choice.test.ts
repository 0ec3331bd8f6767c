import { describe, expect, it } from 'vitest';
import { bestTrial, isBetterRecipe } from '../../../gates/trial-choice.ts';
import type { ChoiceRules, ComparableTrial } from '../../../gates/trial-choice.ts';
import { sharpeDifference } from '../../../stats/sharpe-difference.ts';
import { simulatedReturns } from '../stats/simulated.ts';

const ROWS = 500;
const RULES: ChoiceRules = { minSharpeImprovement: 0.1, alpha: 0.05, holdSessions: 5, annualSessions: 252 };
const CHAMPION = simulatedReturns({ rows: ROWS, seed: 71, mean: 0.0004 });
const NOISE = simulatedReturns({ rows: ROWS, seed: 72, deviation: 0.002 });

/** The champion's returns with a gain a day and some noise of their own. */
const gaining = (gain: number): Float64Array =>
  CHAMPION.map((value, row) => value + gain + (NOISE[row] ?? 0));
const trial = (
  trialId: string,
  netReturns: Float64Array,
  annualisedSharpe: number | null,
): ComparableTrial => ({ trialId, netReturns, annualisedSharpe });
const champion = trial('champion', CHAMPION, 0.5);

const lowerBound = (candidate: Float64Array, rules = RULES): number =>
  sharpeDifference({
    ...{ candidate, benchmark: CHAMPION, lag: rules.holdSessions },
    ...{ alpha: rules.alpha, sessionsPerYear: rules.annualSessions },
  }).lowerBound;

describe('the best trial', () => {
  it('has the highest Sharpe ratio, and is the first of equals', () => {
    const of = (...ratios: (number | null)[]): string => {
      const [first, ...others] = ratios.map((ratio, index) => trial(String(index), NOISE, ratio));
      if (first === undefined) throw new Error('no trial');
      return bestTrial([first, ...others]).trialId;
    };
    expect(of(0.1, 0.3, 0.2)).toBe('1');
    expect(of(0.3, 0.3, 0.3)).toBe('0');
    expect(of(-2, -1, -1)).toBe('1');
    expect(of(null, -5)).toBe('1');
    expect(of(-5, null)).toBe('0');
    expect(of(null, null)).toBe('0');
  });
});

describe('a recipe better than the champion’s', () => {
  const better = gaining(0.001);
  it('beats it by the improvement and by more than chance', () => {
    expect(lowerBound(better)).toBeGreaterThan(0);
    expect(isBetterRecipe(trial('other', better, 2), champion, RULES)).toBe(true);
  });

  it('is not the champion’s own, whatever was measured of it', () => {
    expect(isBetterRecipe(trial('champion', better, 2), champion, RULES)).toBe(false);
  });

  it('has at least the stated improvement, which itself is enough', () => {
    const by = (annualisedSharpe: number | null, rules = RULES): boolean =>
      isBetterRecipe(trial('other', better, annualisedSharpe), champion, rules);
    expect(by(0.6)).toBe(true);
    expect(by(0.5999999999999999)).toBe(false);
    expect(by(null)).toBe(false);
    expect(by(Number.NaN)).toBe(false);
    expect(by(0.5, { ...RULES, minSharpeImprovement: 0 })).toBe(true);
  });

  it('shows more than chance on the paired returns, at the level of the rules', () => {
    // A gain that is shown at one level and not at a stricter one.
    const strict = { ...RULES, alpha: 0.0001 };
    const slight = [0.0001, 0.00015, 0.0002, 0.00025, 0.0003, 0.0004, 0.0005]
      .map(gaining)
      .find((returns) => lowerBound(returns) > 0 && lowerBound(returns, strict) < 0);
    if (slight === undefined) throw new Error('no gain lies between the two levels');
    expect(isBetterRecipe(trial('other', slight, 2), champion, RULES)).toBe(true);
    expect(isBetterRecipe(trial('other', slight, 2), champion, strict)).toBe(false);
    expect(isBetterRecipe(trial('other', gaining(-0.001), 2), champion, RULES)).toBe(false);
  });

  it('is none where the returns can show nothing: too few of them, or none that vary', () => {
    const short = { ...champion, netReturns: CHAMPION.slice(0, 19) };
    expect(isBetterRecipe(trial('other', better.slice(0, 19), 2), short, RULES)).toBe(false);
    expect(isBetterRecipe(trial('other', new Float64Array(ROWS).fill(0.01), 2), champion, RULES)).toBe(false);
  });

  it('lets a defect through instead of refreshing the champion', () => {
    const defect = trial('other', better, 2);
    Object.defineProperty(defect, 'netReturns', {
      get: () => {
        throw new TypeError('a defect');
      },
    });
    expect(() => isBetterRecipe(defect, champion, RULES)).toThrow(TypeError);
  });

  it('beats a champion whose returns do not vary by no figure, for there is nothing to compare', () => {
    const flat = trial('champion', new Float64Array(ROWS), null);
    expect(isBetterRecipe(trial('other', better, 2), flat, RULES)).toBe(false);
  });
});
