import { describe, expect, it } from 'vitest';
import { grantedLevel, spendLevel } from '../../../activities/error-budget.ts';
import { recordLedger, TrialReturns } from '../../../activities/ledger-record.ts';
import { trialOf } from '../../../activities/ledger-rescore.ts';
import type { ScoredTrial } from '../../../activities/trial-pairing.ts';
import type { SelectTrialInput } from '../../../activities/trials.ts';
import type { Workbench } from '../../../activities/workbench.ts';
import { GatesSpec, ModelSpec } from '../../../contracts/spec.ts';
import type { Recipe, Trial } from '../../../contracts/training.ts';
import type { GateVerdict } from '../../../contracts/verdict.ts';
import { DEFAULT_PARAMETERS } from '../../../evaluation/recipe-search.ts';
import { nextBudget } from '../../../gates/error-budget.ts';
import type { BudgetTest } from '../../../registry/budget-tests.ts';
import type { TrialOutcome } from '../../../registry/trials.ts';

const SPEC = ModelSpec.parse({ model: 'tw-alpha', market: 'XTAI', data: './data' });
const SESSIONS = ['2026-01-05', '2026-01-06'];

function trial(seed: number): Trial {
  const recipe: Recipe = {
    ...{ market: 'XTAI', featureSet: 'price_volume', features: ['reversal_5'] },
    ...{ label: SPEC.label, portfolio: SPEC.portfolio },
    params: { ...DEFAULT_PARAMETERS, maxIterations: 50 + seed },
    fitting: { monotone: {}, weightHalfLifeSessions: 0 },
    foldPlan: { trainSessions: 750, testSessions: 63, purgeSessions: 6, embargoSessions: 7 },
  };
  return trialOf(recipe, '2026-11-02T08:00:00.000Z');
}

function scored(of: Trial, annualisedSharpe: number | null = 1): ScoredTrial {
  const { trialId, recipeHash } = of;
  return {
    ...{ trial: of, sessions: SESSIONS },
    predictions: { sha256: 'b'.repeat(64), bytes: 1, mediaType: 'x' },
    path: 0,
    score: {
      ...{ trialId, recipeHash, netReturns: [0.01, -0.02], annualisedSharpe, meanRankIc: 0.03 },
      ...{ annualisedTurnover: 12, annualisedCost: 0, rankIc: [], rankIcSessions: [] },
      ...{ sessionsWithoutRankIc: 0, missingReturns: 0, skippedEntries: 0, pathSharpes: [] },
    },
  };
}

describe('writing down how trials went', () => {
  const [own, failed, ledger, flat, gone] = [1, 2, 3, 4, 5].map(trial) as [
    ...[Trial, Trial, Trial],
    ...[Trial, Trial],
  ];

  it('keeps returns of what was scored, the code of what was abandoned, and calls ledger recipes rescored', async () => {
    const stored: string[] = [];
    let recorded: readonly TrialOutcome[] = [];
    const bench = {
      artifacts: {
        put: (bytes: Buffer) => {
          stored.push(bytes.toString('utf8'));
          return Promise.resolve({ sha256: 'c'.repeat(64), bytes: bytes.length, mediaType: 'x' });
        },
      },
      registry: {
        recordTrials: (input: { readonly trials: readonly TrialOutcome[] }) => {
          recorded = input.trials;
          return Promise.resolve({ recorded: input.trials.length });
        },
      },
    } as unknown as Workbench;
    const input = {
      plan: { retrainId: 'retrain:tw-alpha' },
      trialPlan: {
        trials: [own, failed, ledger, flat, gone],
        ledger: { trialIds: [ledger, flat, gone].map(({ trialId }) => trialId) },
      },
      failures: [
        { trialId: failed.trialId, code: 'NonFiniteValues', message: 'NaN' },
        { trialId: gone.trialId, code: 'TooFewRows', message: 'none' },
      ],
    } as unknown as SelectTrialInput;
    await recordLedger(bench, input, [scored(own), scored(ledger), scored(flat, null)]);
    expect(recorded.map(({ state, trial: { trialId } }) => [state, trialId])).toEqual([
      ['scored', own.trialId],
      ['abandoned', failed.trialId],
      ['rescored', ledger.trialId],
    ]);
    expect(recorded[1]).toMatchObject({ code: 'NonFiniteValues' });
    expect(TrialReturns.parse(JSON.parse(stored[0] ?? ''))).toEqual({
      ...{ schema: 1, trialId: own.trialId, recipeHash: own.recipeHash },
      ...{ sessions: SESSIONS, netReturns: [0.01, -0.02] },
    });
  });
});

describe('paying for a test', () => {
  const LORD = GatesSpec.parse({ errorBudget: 'lord', errorBudgetLevel: 0.1 });
  const [KEY, OTHER] = ['d'.repeat(64), 'e'.repeat(64)];

  function registry(tests: readonly BudgetTest[]) {
    const spent: BudgetTest[] = [];
    const bench = {
      registry: {
        budgetTests: () => Promise.resolve(tests),
        recordBudgetTest: (input: { readonly spent: BudgetTest }) => {
          spent.push(input.spent);
          return Promise.resolve({ recorded: true });
        },
      },
    } as unknown as Workbench;
    return { bench, spent };
  }

  const past: BudgetTest = { test: 1, testKey: OTHER, alpha: 0.02, p: 0.4, discovery: false };
  const stepm = { gate: 'stepm', verdict: 'pass', number: 0.001 } as unknown as GateVerdict;
  type Paid = Parameters<typeof spendLevel>[2];
  const report: Paid = {
    overall: 'pass',
    verdicts: [stepm],
    errorBudget: {
      ...{ method: 'lord' as const, level: 0.1, test: 2, discoveries: 0 },
      ...{ alpha: 0.01, used: 0.01, wealth: 0.03, left: 0.02 },
    },
  };

  it('is off without a budget', async () => {
    const { bench, spent } = registry([]);
    expect(await grantedLevel(bench, 'tw-alpha', GatesSpec.parse({}), KEY)).toBeNull();
    await spendLevel(bench, 'r', { ...report, errorBudget: null }, KEY);
    expect(spent).toEqual([]);
  });

  it('is granted by the tests before it, and for the same scores what was granted the first time', async () => {
    const rule = { method: 'lord', level: 0.1 } as const;
    const { bench } = registry([past]);
    expect(await grantedLevel(bench, 'tw-alpha', LORD, KEY)).toEqual({
      ...rule,
      ...nextBudget(rule, [past]),
    });
    expect(await grantedLevel(bench, 'tw-alpha', LORD, OTHER)).toEqual({ ...rule, ...nextBudget(rule, []) });
  });

  const cases: readonly [string, Partial<Paid>, Pick<BudgetTest, 'p' | 'discovery'>][] = [
    ['a recipe that had to be better and passed', {}, { p: 0.001, discovery: true }],
    ['a new recipe that failed another gate', { overall: 'fail' }, { p: 0.001, discovery: false }],
    ['a refresh that was not asked to be better', { verdicts: [] }, { p: null, discovery: false }],
    [
      'a recipe above its level, where StepM is in dry-run',
      { verdicts: [{ ...stepm, number: 0.2 }] },
      { p: 0.2, discovery: false },
    ],
  ];

  it.each(cases)('writes down %s', async (_, change, expected) => {
    const { bench, spent } = registry([past]);
    await spendLevel(bench, 'r', { ...report, ...change }, KEY);
    expect(spent).toEqual([{ test: 2, testKey: KEY, alpha: 0.01, ...expected }]);
  });

  it('waits while gates are in error: nothing is decided', async () => {
    const { bench, spent } = registry([]);
    await spendLevel(bench, 'r', { ...report, overall: 'error' }, KEY);
    expect(spent).toEqual([]);
  });
});
