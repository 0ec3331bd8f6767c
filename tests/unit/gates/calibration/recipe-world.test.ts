import { describe, expect, it } from 'vitest';
import { RecipeWorld } from '../../../../gates/calibration/recipe-world.ts';
import { correlationMatrix } from '../../../../stats/effective-trials.ts';
import { mean } from '../../../../stats/series.ts';
import { returnMoments } from '../../../../stats/sharpe.ts';
import { smallPlan } from './calibration-fixture.ts';

const LONG = 40_000;
/** Four standard errors of a mean of that many sessions. */
const TOLERANCE = 4 / Math.sqrt(LONG);

function lagOne(series: Float64Array): number {
  const pairs = correlationMatrix([series.subarray(1), series.subarray(0, -1)]);
  return pairs[1] ?? Number.NaN;
}

describe('a simulated world of recipes', () => {
  it('has the stated Sharpe ratio, correlation and autocorrelation', () => {
    const world = new RecipeWorld(smallPlan({ correlation: 0.3, autocorrelation: 0.2 }), 0, LONG, [2, 0]);
    const skilled = world.returns(0, 0, LONG);
    const plain = world.returns(1, 0, LONG);
    // An autocorrelation of 0.2 widens the error of the mean by sqrt(1.2 / 0.8).
    expect(Math.abs(returnMoments(skilled).sharpe - 2 / Math.sqrt(250))).toBeLessThan(1.3 * TOLERANCE);
    expect(Math.abs(returnMoments(plain).sharpe)).toBeLessThan(1.3 * TOLERANCE);
    expect(Math.abs((correlationMatrix([skilled, plain])[1] ?? 0) - 0.3)).toBeLessThan(1.3 * TOLERANCE);
    expect(Math.abs(lagOne(plain) - 0.2)).toBeLessThan(TOLERANCE);
  });

  it('gives the rank IC the information of the returns, over overlapping labels', () => {
    const world = new RecipeWorld(smallPlan(), 0, LONG, [2]);
    const rankIc = world.rankIc(0, 0, LONG);
    expect(rankIc.length).toBe(LONG - 4);
    // A sum of five daily contributions: sqrt(5) times the daily ratio, and four fifths shared with its neighbour.
    const ratio = returnMoments(rankIc).sharpe;
    expect(Math.abs(ratio - Math.sqrt(5) * (2 / Math.sqrt(250)))).toBeLessThan(Math.sqrt(5) * TOLERANCE);
    expect(Math.abs(lagOne(rankIc) - 0.8)).toBeLessThan(TOLERANCE);
  });

  it('shows a recipe the same past in the windows of two retrains', () => {
    const world = new RecipeWorld(smallPlan(), 3, 400, [1]);
    expect([...world.returns(5, 21, 271)]).toEqual([...world.returns(5, 0, 400).subarray(21, 271)]);
  });

  it('is a function of seed, run and recipe', () => {
    const first = (seed: number, run: number, recipe: number): number =>
      new RecipeWorld(smallPlan({ seed }), run, 50, []).returns(recipe, 0, 50)[0] ?? 0;
    expect(first(1, 2, 3)).toBe(first(1, 2, 3));
    expect(new Set([first(1, 2, 3), first(2, 2, 3), first(1, 3, 3), first(1, 2, 4)]).size).toBe(4);
  });

  it('lets the file in service do nearly what its recipe does, with the same skill', () => {
    const world = new RecipeWorld(smallPlan(), 0, LONG, [2]);
    const recipe = world.returns(0, 0, LONG);
    const artifact = world.artifactReturns(0, 0, LONG);
    // 0.3 of the variance is the common factor, 0.9 of the rest is shared.
    expect(Math.abs((correlationMatrix([recipe, artifact])[1] ?? 0) - 0.93)).toBeLessThan(TOLERANCE);
    expect(Math.abs(mean(recipe) - mean(artifact))).toBeLessThan(0.01 * TOLERANCE);
  });
});
