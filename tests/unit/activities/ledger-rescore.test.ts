import { describe, expect, it } from 'vitest';
import { planRescore, trialOf } from '../../../activities/ledger-rescore.ts';
import type { RescoreInput } from '../../../activities/ledger-rescore.ts';
import { pairTrials } from '../../../activities/trial-pairing.ts';
import type { ScoredTrial } from '../../../activities/trial-pairing.ts';
import { ModelSpec } from '../../../contracts/spec.ts';
import type { Recipe, Trial } from '../../../contracts/training.ts';
import { DEFAULT_PARAMETERS } from '../../../evaluation/recipe-search.ts';
import type { LedgerEntry } from '../../../registry/trials.ts';

const AS_OF = '2026-11-02T08:00:00.000Z';
const SPEC = ModelSpec.parse({ model: 'tw-alpha', market: 'XTAI', data: './data' });
const FOLD_PLAN: Recipe['foldPlan'] = {
  ...{ trainSessions: 750, testSessions: 63, purgeSessions: 6, embargoSessions: 7 },
};

function recipe(seed: number, change: Partial<Recipe> = {}): Recipe {
  return {
    ...{ market: 'XTAI', featureSet: 'price_volume', features: ['reversal_5'] },
    ...{ label: SPEC.label, portfolio: SPEC.portfolio, foldPlan: FOLD_PLAN },
    params: { ...DEFAULT_PARAMETERS, maxIterations: 50 + seed },
    fitting: { monotone: {}, weightHalfLifeSessions: 0 },
    ...change,
  };
}

function entry(of: Recipe, sharpe: number | null = 1): LedgerEntry {
  const { trialId, recipeHash } = trialOf(of, '2026-05-04T08:00:00.000Z');
  return {
    ...{ recipeHash, recipe: of, trialId, asOf: AS_OF, predictions: null, returns: null },
    ...{ summary: sharpe === null ? {} : { annualisedSharpe: sharpe }, trials: 1, counted: true },
  };
}

const input = (ledger: readonly LedgerEntry[], change: Partial<RescoreInput> = {}): RescoreInput => ({
  ...{ ledger, drawn: [trialOf(recipe(1), AS_OF)], spec: SPEC, snapshot: { featureNames: ['reversal_5'] } },
  ...{ foldPlan: FOLD_PLAN, asOf: AS_OF },
  ...change,
});

describe('recipes of the ledger beside the trials of a retrain', () => {
  it('are those that this retrain does not draw itself, as trials of its month', () => {
    const { trials, plan } = planRescore(input([entry(recipe(1)), entry(recipe(2), 2), entry(recipe(3))]));
    expect(plan).toMatchObject({ rescorable: 2, most: 20, leftOut: [] });
    expect(trials).toContainEqual(trialOf(recipe(2), AS_OF));
    expect(trials).toHaveLength(2);
    expect(plan.trialIds).toEqual(trials.map(({ trialId }) => trialId));
  });

  it('keep their hash: a recipe scored on other folds is no new recipe', () => {
    const other = recipe(2, { foldPlan: { ...FOLD_PLAN, trainSessions: 500 } });
    const { trials } = planRescore(input([entry(other), entry(recipe(2))]));
    // The two differ in the fold plan alone, and these folds are the same for both.
    expect(trials.map(({ recipeHash }) => recipeHash)).toEqual([entry(other).recipeHash]);
  });

  it('are left out, and counted by reason, where they have no place in the snapshot', () => {
    const ledger = [
      entry(recipe(2, { features: ['reversal_5', 'gone_20'] })),
      entry(recipe(3, { featureSet: 'fundamentals' })),
      entry(recipe(4, { label: { ...SPEC.label, horizonSessions: 10 } })),
      entry(recipe(5, { market: 'XNYS' })),
      entry(recipe(6), null),
      entry(recipe(7), null),
    ];
    const { trials, plan } = planRescore(input(ledger));
    expect(trials).toEqual([]);
    expect(plan).toMatchObject({ rescorable: 0 });
    expect(plan.leftOut).toEqual([
      { reason: 'another feature set', recipes: 1 },
      { reason: 'another label', recipes: 1 },
      { reason: 'another market', recipes: 1 },
      { reason: 'features that the set no longer has', recipes: 1 },
      { reason: 'never gave returns that vary', recipes: 2 },
    ]);
  });

  it('are at most as many as the spec says, and the same ones for the same month', () => {
    const ledger = Array.from({ length: 60 }, (_, seed) => entry(recipe(seed + 2), Math.sin(seed)));
    const spec = { ...SPEC, gates: { ...SPEC.gates, ledgerRescoreMax: 7 } };
    const { plan } = planRescore(input(ledger, { spec }));
    expect(plan).toMatchObject({ rescorable: 60, most: 7 });
    expect(plan.trialIds).toHaveLength(7);
    expect(planRescore(input(ledger.toReversed(), { spec })).plan).toEqual(plan);
  });
});

const SESSIONS = ['2026-01-05', '2026-01-06', '2026-01-07'];

function scored(trial: Trial, sessions = SESSIONS, sharpe: number | null = 1): ScoredTrial {
  const { trialId, recipeHash } = trial;
  return {
    ...{ trial, sessions, predictions: { sha256: 'b'.repeat(64), bytes: 1, mediaType: 'x' }, path: 0 },
    score: {
      ...{ trialId, recipeHash, netReturns: sessions.map((_, row) => row / 100) },
      ...{ annualisedTurnover: 1, annualisedCost: 0, annualisedSharpe: sharpe, meanRankIc: null },
      ...{
        rankIc: [],
        rankIcSessions: [],
        sessionsWithoutRankIc: 0,
        missingReturns: 0,
        skippedEntries: 0,
        pathSharpes: [],
      },
    },
  };
}

describe('pairing the trials', () => {
  const [own, earlier, flat, failed] = [1, 2, 3, 4].map((seed) => trialOf(recipe(seed), AS_OF)) as [
    Trial,
    Trial,
    Trial,
    Trial,
  ];
  const plan = {
    trials: [own, earlier, flat, failed],
    championTrialId: null,
    ledger: {
      ...{ rescorable: 3, most: 20, leftOut: [] },
      trialIds: [earlier.trialId, flat.trialId, failed.trialId],
    },
  };
  const failures = [{ trialId: failed.trialId, code: 'NonFiniteValues', message: 'NaN in row 3' }];

  it('keeps the sessions that all have, and names ledger recipes that gave no returns', () => {
    const scores = pairTrials(
      plan,
      [scored(own), scored(earlier, SESSIONS.slice(1)), scored(flat, SESSIONS, null)],
      failures,
    );
    expect(scores.sessions).toEqual(SESSIONS.slice(1));
    expect(scores.trials.map(({ netReturns }) => netReturns)).toEqual([
      [0.01, 0.02],
      [0, 0.01],
    ]);
    expect(scores.ledger).toEqual({
      ...{ rescorable: 3, most: 20, leftOut: [], rescored: [earlier.trialId] },
      notRescored: [
        { recipeHash: flat.recipeHash, reason: 'its returns do not vary on these dates' },
        { recipeHash: failed.recipeHash, reason: 'NonFiniteValues' },
      ],
    });
  });

  it('leaves out a trial of its own that never trades, but not the champion, which is what all are compared with', () => {
    const drawn = { ...plan, ledger: { ...plan.ledger, trialIds: [] } };
    const results = [scored(own), scored(earlier), scored(flat, SESSIONS, null)];
    const idsOf = (championTrialId: string | null): string[] =>
      pairTrials({ ...drawn, championTrialId }, results, []).trials.map(({ trialId }) => trialId);
    expect(idsOf(null)).toEqual([own.trialId, earlier.trialId]);
    expect(idsOf(flat.trialId)).toEqual([own.trialId, earlier.trialId, flat.trialId]);
    expect(() => pairTrials(drawn, [scored(flat, SESSIONS, null)], [])).toThrow(/1 trials gave returns/u);
  });

  it('refuses when only recipes of the ledger gave a result', () => {
    const [first] = failures;
    const why = { ...first, trialId: own.trialId, code: 'TooFewRows', message: 'none' };
    expect(() => pairTrials(plan, [scored(earlier)], [why])).toThrow(/TooFewRows: none/u);
    expect(() => pairTrials(plan, [scored(earlier)], [])).toThrow(
      expect.objectContaining({ code: 'ALL_TRIALS_FAILED' }) as Error,
    );
  });

  it('refuses when no session is common to all', () => {
    expect(() => pairTrials(plan, [scored(own), scored(earlier, ['2026-02-02'])], [])).toThrow(/share no/u);
  });
});
