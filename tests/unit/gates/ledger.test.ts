import { describe, expect, it } from 'vitest';
import { judge } from '../../../gates/judge.ts';
import type { JudgeInput } from '../../../gates/judge.ts';
import { nextBudget } from '../../../gates/error-budget.ts';
import { ledgerOfOneSearch } from '../../../gates/ledger.ts';
import type { LedgerCount } from '../../../gates/ledger.ts';
import { superiorityLevel } from '../../../gates/superiority-level.ts';
import { cscv } from '../../../stats/cscv.ts';
import { simulatedReturns } from '../stats/simulated.ts';
import { passingInput, refreshInput, SESSIONS, verdictOf, withColumn } from './judge-fixture.ts';

const HASH = 'a'.repeat(64);

/** The passing candidate with `count` recipes of earlier retrains scored beside the ten of its own. */
function withLedger(count: number, change: Partial<LedgerCount> = {}, mean = 0): JudgeInput {
  const base = passingInput();
  const earlier = Array.from({ length: count }, (_, index) =>
    simulatedReturns({ rows: SESSIONS, seed: 77, stream: index, mean }),
  );
  return {
    ...base,
    trials: {
      ...base.trials,
      names: [...base.trials.names, ...earlier.map((_, index) => `ledger ${String(index)}`)],
      netReturns: [...base.trials.netReturns, ...earlier],
    },
    ledger: {
      ...ledgerOfOneSearch(10 + count),
      rescorable: count,
      rescored: earlier.map((_, index) => 10 + index),
      ...change,
    },
  };
}

describe('gates that are asked with fewer trials than the ledger holds', () => {
  const refusals: readonly [string, Partial<LedgerCount>, RegExp][] = [
    ['a count below the trials on the table', { recipes: 9 }, /10 trials of this retrain/u],
    ['recipes that were left away', { rescorable: 6, recipesEver: 16 }, /5 of 6 recipes/u],
    ['more recipes named than were ever tried', { recipesEver: 14 }, /14 were ever tried/u],
    ['a count that is none', { recipes: Number.NaN }, /counts NaN/u],
    ['the candidate passed off as a recipe of the ledger', { rescored: [3, 11, 12, 13, 14] }, /cannot be/u],
    ['a column that does not exist', { rescored: [11, 12, 13, 14, 15] }, /cannot be/u],
    ['one column twice', { rescored: [11, 11, 12, 13, 14] }, /cannot be/u],
  ];

  it.each(refusals)('refuse %s', (_, change, message) => {
    expect(() => judge(withLedger(5, change))).toThrow(message);
    expect(() => judge(withLedger(5, change))).toThrow(
      expect.objectContaining({ code: 'LEDGER_INCOMPLETE', kind: 'refused' }) as Error,
    );
  });

  it('judge when the whole ledger is there', () => {
    const report = judge(withLedger(5));
    expect(report.overall).toBe('pass');
    expect(report.trials).toMatchObject({
      ...{ judged: 10, ledgerRecipes: 15, ledgerRecipesEver: 15, counted: 15, rescored: 5, rescorable: 5 },
    });
  });

  it('need no more than the stated maximum', () => {
    const input = withLedger(5, { rescorable: 40, recipes: 50, recipesEver: 50 });
    const gates = { ...input.gates, ledgerRescoreMax: 5 };
    expect(judge({ ...input, gates }).trials).toMatchObject({ rescored: 5, rescorable: 40, rescoreMax: 5 });
    expect(() => judge({ ...input, gates: { ...gates, ledgerRescoreMax: 6 } })).toThrow(/5 of 6 recipes/u);
  });
});

describe('recipes of the ledger on the dates of a retrain', () => {
  it('are in the panel of PBO', () => {
    const input = withLedger(5);
    const columns = input.trials.netReturns.map((column) => Float64Array.from(column));
    const pbo = verdictOf(judge(input), 'pbo');
    expect(pbo.number).toBe(cscv({ columns, splits: input.gates.pboSplits }).pbo);
    expect(pbo.reason).toContain('15 trials, 5 of them out of 5 ledger recipes');
    // Ten recipes of the ledger with the same skill make the choice among them a matter of luck.
    const rivals = withLedger(10, {}, 0.0036);
    expect(verdictOf(judge(rivals), 'pbo').number).toBeGreaterThan(pbo.number ?? 1);
  });

  it('are not in the family of SPA and StepM, because the candidate was not chosen among them', () => {
    for (const gate of ['spa', 'stepm'] as const) {
      expect(verdictOf(judge(withLedger(8, {}, 0.01)), gate).details).toEqual(
        verdictOf(judge(passingInput()), gate).details,
      );
    }
  });

  it('leave PBO inconclusive when one that was due gave no returns, and say which', () => {
    const notRescored = [{ recipeHash: HASH, reason: 'TrainingTimeLimit' }];
    const input = withLedger(5, { rescorable: 6, recipes: 16, recipesEver: 16, notRescored });
    const pbo = verdictOf(judge(input), 'pbo');
    expect(pbo.verdict).toBe('inconclusive');
    expect(pbo.reason).toMatch(/1 of 6 ledger recipes due .*aaaaaaaa: TrainingTimeLimit/u);
    const report = judge(input);
    expect(report).toMatchObject({ overall: 'inconclusive', trials: { notRescored } });
    const strict = { ...input, gates: { ...input.gates, pboMax: 1e-9 } };
    expect(verdictOf(judge(strict), 'pbo').verdict).toBe(
      (verdictOf(judge(strict), 'pbo').number ?? 1) > 1e-9 ? 'fail' : 'inconclusive',
    );
  });

  it('that are broken are named like any other column', () => {
    const broken = withColumn(withLedger(5), 12, (value, row) => (row === 7 ? Number.NaN : value));
    expect(verdictOf(judge(broken), 'pbo')).toMatchObject({
      ...{ verdict: 'error', reason: expect.stringContaining('ledger 2') as string },
    });
  });
});

describe('a declared structural change', () => {
  it('lets DSR count from there and is shown in the report', () => {
    const structuralChange = {
      ...{ number: 1, declaredAt: '2026-03-02T09:00:00.000Z', actor: 'lee', secondPerson: 'kim' },
      ...{ reason: 'continuous matching', recipesBefore: 900 },
    };
    const changed = withLedger(5, { recipes: 15, recipesEver: 915, structuralChange });
    const whole = withLedger(5, { recipes: 915, recipesEver: 915 });
    expect(judge(changed).trials).toMatchObject({ counted: 15, ledgerRecipesEver: 915, structuralChange });
    expect(verdictOf(judge(changed), 'dsr').number).toBeGreaterThan(
      verdictOf(judge(whole), 'dsr').number ?? 1,
    );
  });
});

describe('the level of SPA and StepM', () => {
  const { spaAlpha } = passingInput().gates;
  const own = passingInput().trials.netReturns.length;

  it("is the spec's for the recipes of one search", () => {
    const report = judge(passingInput());
    for (const gate of ['spa', 'stepm'] as const) {
      expect(verdictOf(report, gate).threshold).toBe(spaAlpha);
      expect(verdictOf(report, gate).reason).not.toContain('the level is');
    }
  });

  it.each([11, 40, 2000])(
    'falls with the share of this retrain among %i recipes that were tried',
    (recipes) => {
      const report = judge(withLedger(5, { recipes, recipesEver: 2000, rescorable: 5 }));
      for (const gate of ['spa', 'stepm'] as const) {
        expect(verdictOf(report, gate).threshold).toBeCloseTo(spaAlpha * (own / recipes) ** 1.5, 15);
        expect(verdictOf(report, gate).verdict).not.toBe('error');
      }
      expect(verdictOf(report, 'spa').reason).toContain(
        `that of ${String(own)} of ${String(recipes)} recipes at`,
      );
    },
  );

  it('has a sum over all the searches that a model will ever make', () => {
    const level = (columns: number, recipes: number) =>
      superiorityLevel({
        gates: { spaAlpha, spaFamily: 'ledger' },
        ledger: { recipes, rescored: [] },
        trials: { netReturns: Array.from({ length: columns }) },
        route: 'new-recipe',
        championOnProbation: false,
        errorBudget: null,
      }).level;
    const retrains = Array.from({ length: 5000 }, (_, before) => level(20, 20 * (before + 1)));
    const spent = retrains.reduce((sum, each) => sum + each, 0);
    // What is left of the series beyond: less than the integral of x^-1.5.
    const rest = (2 * spaAlpha) / Math.sqrt(5000);
    expect(spent).toBeLessThan(2.612376 * spaAlpha);
    expect(spent + rest).toBeGreaterThan(2.612 * spaAlpha);
    // Disjoint searches, each judged with all hundred recipes in the ledger: no more than one search of all.
    const parts = [10, 30, 5, 55].reduce((sum, columns) => sum + level(columns, 100), 0);
    expect(parts).toBeLessThan(level(100, 100));
  });

  it('refuses what the whole level would admit once the ledger is long', () => {
    const weaker = withColumn(withLedger(5), 3, (value) => value - 0.0004);
    const few = verdictOf(judge(weaker), 'stepm');
    expect(few.verdict).toBe('pass');
    const recipes = Math.ceil(own * ((4 * spaAlpha) / (few.number ?? 1)) ** (2 / 3));
    const long = { ...weaker, ledger: { ...weaker.ledger, recipes, recipesEver: recipes } };
    expect(verdictOf(judge(long), 'stepm').verdict).not.toBe('pass');
    const gates = { ...long.gates, spaFamily: 'retrain' as const };
    expect(verdictOf(judge({ ...long, gates }), 'stepm')).toMatchObject({
      verdict: 'pass',
      threshold: spaAlpha,
    });
  });

  it('begins anew with a declared structural change', () => {
    const structuralChange = {
      ...{ number: 1, declaredAt: '2026-03-02T09:00:00.000Z', actor: 'lee', secondPerson: 'kim' },
      ...{ reason: 'continuous matching', recipesBefore: 900 },
    };
    const report = judge(withLedger(5, { recipes: own, recipesEver: 900 + own, structuralChange }));
    expect(verdictOf(report, 'spa').threshold).toBe(spaAlpha);
  });
});

describe('the error budget', () => {
  const granted = (alpha: number) => ({
    ...{ method: 'lord' as const, level: 0.1, test: 3, alpha, wealth: 0.04, discoveries: 0 },
  });

  it('lowers the level of SPA and StepM and says what is left', () => {
    const report = judge(passingInput({ errorBudget: granted(0.012) }));
    for (const gate of ['spa', 'stepm'] as const) {
      expect(verdictOf(report, gate)).toMatchObject({ threshold: 0.012, verdict: 'pass' });
    }
    expect(verdictOf(report, 'spa').reason).toContain('test 3 of the error budget');
    expect(report.errorBudget).toMatchObject({ test: 3, alpha: 0.012, used: 0.012 });
    expect(report.errorBudget?.left).toBeCloseTo(0.028, 15);
  });

  it('turns a pass into no pass where little is left', () => {
    // A Sharpe ratio that the level of the spec admits and a quarter of its p-value does not.
    const weaker = withColumn(passingInput(), 3, (value) => value - 0.0004);
    const spec = verdictOf(judge(weaker), 'stepm');
    expect(spec.verdict).toBe('pass');
    const number = spec.number ?? 0;
    expect(number).toBeGreaterThan(0);
    const spent = judge({ ...weaker, errorBudget: granted(number / 4) });
    expect(verdictOf(spent, 'stepm').verdict).not.toBe('pass');
    expect(spent.overall).not.toBe('pass');
  });

  it('never raises the level above that of the spec', () => {
    const report = judge(passingInput({ errorBudget: granted(0.4) }));
    const { spaAlpha } = passingInput().gates;
    expect(verdictOf(report, 'spa').threshold).toBe(spaAlpha);
    expect(report.errorBudget?.used).toBe(spaAlpha);
  });

  it('is not asked of a refresh, and is shown all the same', () => {
    const state = nextBudget({ method: 'alpha-investing', level: 0.1 }, []);
    const report = judge(refreshInput({ errorBudget: { method: 'alpha-investing', level: 0.1, ...state } }));
    expect(report.verdicts.some(({ gate }) => gate === 'stepm')).toBe(false);
    expect(report.errorBudget).toMatchObject({ test: 1, method: 'alpha-investing' });
  });
});
