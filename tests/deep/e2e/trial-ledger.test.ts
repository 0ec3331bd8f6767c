import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TrialScores } from '../../../activities/trial-scores.ts';
import { TrialReturns } from '../../../activities/ledger-record.ts';
import type { ArtifactRef } from '../../../contracts/primitives.ts';
import { RecordedGateReport } from '../../../contracts/gate-report.ts';
import { cscv } from '../../../stats/cscv.ts';
import { contender } from '../../e2e/command-line.ts';
import { decidedAt, smallSpec, SmallWorld } from '../../e2e/small-world.ts';

/** Two retrains whose searches draw different recipes; each scenario goes on from the last. */
const MODEL = 'tw-ledger';
const FIRST_AS_OF = decidedAt(265);
const SECOND_AS_OF = decidedAt(300);
const TRIALS = 8;
const MINUTES = 60_000;

let world: SmallWorld;

beforeAll(async () => {
  world = await SmallWorld.start();
}, 3 * MINUTES);
afterAll(async () => {
  await world.stop();
}, MINUTES);

/** Judged and stopped before the shadow; `seed` decides which recipes the search draws. */
async function retrained(asOf: string, seed: number, gates: Readonly<Record<string, unknown>> = {}) {
  const spec = smallSpec(MODEL, world.marketFolder, { retrain: { promotionGate: false } });
  await world.applySpec({
    ...spec,
    training: { ...spec.training, seed },
    gates: { ...spec.gates, ...gates },
  });
  const result = await world.result(await world.startRetrain(MODEL, asOf));
  const evidence = (await world.registry.evidenceOf({ retrainId: result.retrainId })).at(-1);
  const facts = evidence?.body['facts'] as { readonly report: string; readonly scores: ArtifactRef };
  const report = RecordedGateReport.parse(await world.registry.getGateReport({ hash: facts.report }));
  const scores = TrialScores.parse(readJson(facts.scores));
  return { result, report, scores, facts };
}

const readJson = ({ sha256 }: ArtifactRef): unknown =>
  JSON.parse(readFileSync(world.artifactFile(sha256), 'utf8'));

describe('the ledger over two retrains with different recipes', () => {
  it(
    'the first has nothing before it; every trial is announced, scored and keeps its returns',
    async () => {
      const { report, scores } = await retrained(FIRST_AS_OF, 7);
      expect(report.trials).toMatchObject({ judged: TRIALS, counted: TRIALS, rescored: 0, rescorable: 0 });
      const ledger = await world.registry.ledger({ model: MODEL });
      expect(ledger).toMatchObject({ trials: TRIALS, counted: TRIALS, head: { seq: 2 * TRIALS } });
      for (const { returns, recipeHash } of ledger.recipes) {
        const series = TrialReturns.parse(returns === null ? null : readJson(returns));
        const own = scores.trials.find((trial) => trial.recipeHash === recipeHash);
        expect(series.netReturns.slice(-scores.sessions.length)).toEqual(own?.netReturns);
        expect(series.sessions.at(-1)).toBe(scores.sessions.at(-1));
      }
    },
    5 * MINUTES,
  );

  it(
    "the second one's PBO holds the first one's recipes on its own dates, DSR counts both, and N grows by new recipes alone",
    async () => {
      const before = await world.registry.ledger({ model: MODEL });
      const { report, scores, facts } = await retrained(SECOND_AS_OF, 8, { errorBudget: 'lord' });
      const after = await world.registry.ledger({ model: MODEL });
      // The default recipe is drawn first by every search.
      const distinct = 2 * TRIALS - 1;
      expect(after).toMatchObject({ counted: distinct, trials: 2 * TRIALS });
      expect(report.trials).toMatchObject({
        ...{ judged: TRIALS, counted: distinct, ledgerRecipes: distinct, ledgerHead: after.head?.hash },
        ...{ rescored: TRIALS - 1, rescorable: TRIALS - 1, notRescored: [], structuralChange: null },
      });
      const rescored = scores.trials.filter(({ trialId }) => scores.ledger.rescored.includes(trialId));
      const known = new Set(before.recipes.map(({ recipeHash }) => recipeHash));
      expect(rescored).toHaveLength(TRIALS - 1);
      expect(rescored.every(({ recipeHash }) => known.has(recipeHash))).toBe(true);
      const pbo = report.verdicts.find(({ gate }) => gate === 'pbo');
      const columns = scores.trials.map(({ netReturns }) => Float64Array.from(netReturns));
      expect(columns).toHaveLength(2 * TRIALS - 1);
      expect(pbo?.number).toBe(cscv({ columns, splits: 4 }).pbo);
      expect(pbo?.details).toMatchObject({ ledgerRecipesScored: TRIALS - 1 });
      expect(facts).toMatchObject({ ledger: { recipes: distinct }, errorBudget: { test: 1 } });
      const budget = await contender(world.dataDir, 'gates', 'budget', MODEL);
      expect(budget.answer).toMatchObject({ errorBudget: { test: 2 }, tests: [{ test: 1 }] });
    },
    5 * MINUTES,
  );

  it(
    'the same as-of once more adds no trial, no recipe and no test to the budget, and judges the same',
    async () => {
      const before = await world.registry.ledger({ model: MODEL });
      const { report } = await retrained(SECOND_AS_OF, 8, { errorBudget: 'lord' });
      const after = await world.registry.ledger({ model: MODEL });
      expect(after).toMatchObject({ trials: before.trials, counted: before.counted });
      expect(report.errorBudget).toMatchObject({ test: 1 });
      const stream = { model: MODEL, method: 'lord', level: 0.1 } as const;
      expect(await world.registry.budgetTests(stream)).toHaveLength(1);
      expect(await world.registry.verifyAudit({ model: MODEL, anchor: null })).toMatchObject({ ok: true });
    },
    5 * MINUTES,
  );

  it('the command line shows the trials with the outcome of their retrain', async () => {
    const { answer } = await contender(world.dataDir, 'trials', 'list', MODEL, '--limit', '100');
    expect(answer).toMatchObject({ counted: 2 * TRIALS - 1, trials: 2 * TRIALS });
  });
});
