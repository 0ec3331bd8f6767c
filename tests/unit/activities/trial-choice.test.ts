import { describe, expect, it } from 'vitest';
import { chooseTrial } from '../../../activities/trial-choice.ts';
import type { TrialScore } from '../../../activities/trial-scores.ts';
import { Philox } from '../../../stats/philox.ts';

const RULES = { minSharpeImprovement: 0.1, alpha: 0.05, holdSessions: 5, annualSessions: 252 };
const SESSIONS = 250;

/** Daily returns around a mean, in units of their deviation; the same stream gives the same noise. */
function trial(id: string, meanInDeviations: number, stream: number): TrialScore {
  const random = new Philox(1, stream);
  const netReturns = Array.from({ length: SESSIONS }, () => {
    const noise = Array.from({ length: 12 }, () => random.nextUniform()).reduce(
      (sum, value) => sum + value,
      -6,
    );
    return 0.005 * (noise + meanInDeviations);
  });
  const mean = netReturns.reduce((sum, value) => sum + value, 0) / SESSIONS;
  const variance = netReturns.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (SESSIONS - 1);
  return {
    trialId: id.repeat(64),
    recipeHash: id.repeat(64),
    netReturns,
    annualisedTurnover: 10,
    annualisedCost: 0.01,
    annualisedSharpe: (mean / Math.sqrt(variance)) * Math.sqrt(252),
    meanRankIc: 0.02,
    rankIc: [],
    rankIcSessions: [],
    sessionsWithoutRankIc: 0,
    missingReturns: 0,
    skippedEntries: 0,
    pathSharpes: [],
  };
}

describe('chooseTrial', () => {
  it('takes the best trial when there is no champion', () => {
    const { chosen, route } = chooseTrial([trial('a', 0, 1), trial('b', 0.5, 2)], null, RULES);
    expect([chosen.trialId[0], route]).toEqual(['b', 'first']);
  });

  it("refreshes the champion's recipe when nothing beats it by more than chance", () => {
    const champion = trial('c', 0.1, 3);
    const lucky = { ...trial('d', 0.1, 4), annualisedSharpe: (champion.annualisedSharpe ?? 0) + 0.3 };
    const { chosen, route } = chooseTrial([champion, lucky], champion.trialId, RULES);
    expect([chosen.trialId[0], route]).toEqual(['c', 'refresh']);
  });

  it('takes a new recipe that is clearly better', () => {
    const champion = trial('c', 0, 3);
    const { chosen, route } = chooseTrial([champion, trial('e', 0.6, 5)], champion.trialId, RULES);
    expect([chosen.trialId[0], route]).toEqual(['e', 'new-recipe']);
  });

  it('refuses to choose when the champion itself was not fitted', () => {
    expect(() => chooseTrial([trial('a', 0, 1)], 'f'.repeat(64), RULES)).toThrow(/nothing to compare/u);
  });

  it('refreshes when the returns are too few or do not vary', () => {
    const champion = { ...trial('c', 0, 3), netReturns: [0, 0, 0], annualisedSharpe: null };
    const short = { ...trial('e', 0.6, 5), netReturns: [0.1, 0.2, 0.3] };
    expect(chooseTrial([champion, short], champion.trialId, RULES).route).toBe('refresh');
  });
});
