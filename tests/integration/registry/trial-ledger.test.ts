import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Trial } from '../../../contracts/training.ts';
import { hashValue } from '../../../registry/hash.ts';
import { openRegistry } from '../../../registry/registry.ts';
import type { Registry } from '../../../registry/registry.ts';
import { testDatabase } from '../../postgres.ts';
import type { TestDatabase } from '../../postgres.ts';
import { ANA, KIM, LEE, RegistryWorld, artifact, recipe } from './world.ts';
import type { Candidate } from './world.ts';

/** For the tests that write thousands of rows on a busy machine. */
const PATIENCE_MS = 240_000;

let database: TestDatabase;
let registry: Registry;
let world: RegistryWorld;
let root: pg.Client;

beforeAll(async () => {
  database = await testDatabase();
  registry = openRegistry({ url: database.url, applicationName: 'ledger' });
  world = new RegistryWorld(registry);
  root = new pg.Client({ connectionString: database.url });
  await root.connect();
});
afterAll(async () => {
  await root.end();
  await registry.close();
  await database.drop();
});

/** The trial of a recipe in the month of a retrain. */
function trialOf(seed: number, asOf: string): Trial {
  const recipeHash = hashValue(recipe(seed));
  return { trialId: hashValue({ recipeHash, month: asOf.slice(0, 7) }), recipeHash, recipe: recipe(seed) };
}

const announce = ({ retrainId, asOf }: Candidate, seeds: readonly number[]) =>
  registry.announceTrials({ retrainId, trials: seeds.map((seed) => trialOf(seed, asOf)) });

const score = (
  { retrainId, asOf }: Candidate,
  seeds: readonly number[],
  state: 'scored' | 'rescored' = 'scored',
) =>
  registry.recordTrials({
    retrainId,
    trials: seeds.map((seed) => ({
      state,
      trial: trialOf(seed, asOf),
      predictions: artifact(`predictions ${asOf} ${String(seed)}`),
      returns: artifact(`returns ${asOf} ${String(seed)}`),
      summary: { annualisedSharpe: seed, tiny: 1.5e-9 * seed },
    })),
  });

const abandon = ({ retrainId, asOf }: Candidate, seed: number) =>
  registry.recordTrials({
    retrainId,
    trials: [{ state: 'abandoned', trial: trialOf(seed, asOf), code: 'TrainingTimeLimit', summary: {} }],
  });

const declare = (model: string, changes: Partial<Parameters<Registry['declareStructuralChange']>[0]> = {}) =>
  registry.declareStructuralChange({
    model,
    actor: LEE,
    secondPerson: KIM,
    reason: 'the exchange moved to continuous matching',
    idempotencyKey: randomUUID(),
    ...changes,
  });

const report = ({ retrainId, versionId }: Candidate, counted: number) =>
  registry.saveGateReport({
    retrainId,
    versionId,
    report: { trials: { counted }, nonce: `${retrainId} ${String(counted)}` },
  });

describe('the ledger', () => {
  test('counts recipes once over retrains, keeps what was abandoned, and gives the newest returns', async () => {
    const model = await world.model();
    const first = await world.candidate(model, 1);
    expect(await announce(first, [1, 2, 3])).toEqual({ announced: 3 });
    expect(await score(first, [1, 2])).toEqual({ recorded: 2 });
    expect(await abandon(first, 3)).toEqual({ recorded: 1 });
    await world.finish(first, 'refused');
    const second = await world.candidate(model, 2);
    await announce(second, [2, 4]);
    await score(second, [2, 4]);
    const ledger = await registry.ledger({ model });
    expect(ledger).toMatchObject({ trials: 5, counted: 4, structuralChange: null, head: { seq: 10 } });
    const byHash = new Map(ledger.recipes.map((entry) => [entry.recipeHash, entry]));
    expect(byHash.get(hashValue(recipe(2)))).toMatchObject({
      ...{ trials: 2, counted: true, returns: artifact(`returns ${second.asOf} 2`) },
    });
    expect(byHash.get(hashValue(recipe(3)))).toMatchObject({ trials: 1, counted: true, returns: null });
  });

  test('a retry of the announcement, of the scores, or of the whole retrain adds nothing', async () => {
    const model = await world.model();
    const first = await world.candidate(model, 1);
    await announce(first, [1, 2]);
    await score(first, [1, 2]);
    expect(await announce(first, [1, 2])).toEqual({ announced: 0 });
    expect(await score(first, [1, 2])).toEqual({ recorded: 0 });
    await world.finish(first, 'refused');
    // The same as-of once more, as a replay or a second run of the workflow does it.
    const again = world.input(model, { asOf: first.asOf });
    await registry.createRetrain({ ...again, retrainId: first.retrainId });
    const rerun = { ...first };
    expect(await announce(rerun, [1, 2])).toEqual({ announced: 0 });
    expect(await score(rerun, [1, 2])).toEqual({ recorded: 0 });
    expect(await registry.ledger({ model })).toMatchObject({ trials: 2, counted: 2, head: { seq: 4 } });
  });

  test('a retrain that was cancelled before it scored anything leaves its trials, as abandoned', async () => {
    const model = await world.model();
    const candidate = await world.candidate(model, 1);
    await announce(candidate, [1, 2]);
    expect((await registry.listTrials({ model, limit: 9 })).map(({ state }) => state)).toEqual([
      ...['open', 'open'],
    ]);
    const { retrainId } = candidate;
    await registry.finishRetrain({
      ...{ retrainId, outcome: 'cancelled', step: 'train', reason: 'stopped', code: 'CANCELLED' },
      ...{ verdict: null, notification: null },
    });
    expect(await registry.listTrials({ model, limit: 9 })).toMatchObject([
      { state: 'abandoned', code: 'RETRAIN_CANCELLED', retrainId, retrainOutcome: 'cancelled' },
      { state: 'abandoned', code: 'RETRAIN_CANCELLED' },
    ]);
    expect(await registry.ledger({ model })).toMatchObject({ trials: 2, counted: 2 });
  });

  test('a recipe scored again on the dates of a later retrain is no new trial', async () => {
    const model = await world.model();
    const first = await world.candidate(model, 1);
    await announce(first, [1]);
    await score(first, [1]);
    await world.finish(first, 'refused');
    const second = await world.candidate(model, 2);
    await announce(second, [2]);
    await score(second, [2]);
    await score(second, [1], 'rescored');
    const ledger = await registry.ledger({ model });
    expect(ledger).toMatchObject({ trials: 2, counted: 2 });
    // The recipe is found as its own retrain left it; the later score stands in the ledger beside it.
    expect(ledger.recipes[0]).toMatchObject({ trials: 1, returns: artifact(`returns ${first.asOf} 1`) });
    const [newest] = await registry.listTrials({ model, limit: 1 });
    expect(newest).toMatchObject({ state: 'rescored', returns: artifact(`returns ${second.asOf} 1`) });
  });

  test(
    'holds a hundred retrains of twenty recipes and counts them in one look',
    async () => {
      const model = await world.model();
      const candidate = await world.candidate(model, 1);
      for (let retrain = 0; retrain < 100; retrain += 1) {
        const seeds = Array.from({ length: 20 }, (_, index) => retrain * 20 + index);
        await announce(candidate, seeds);
        await score(candidate, seeds);
      }
      expect(await registry.ledger({ model })).toMatchObject({ trials: 2000, counted: 2000 });
      expect(await registry.verifyAudit({ model, anchor: null })).toMatchObject({
        ok: true,
        ledgerRows: 4000,
      });
    },
    PATIENCE_MS,
  );

  test('is empty for a new model and unknown for none', async () => {
    const model = await world.model();
    const empty = { model, recipes: [], trials: 0, counted: 0, structuralChange: null, head: null };
    expect(await registry.ledger({ model })).toEqual(empty);
    await expect(registry.ledger({ model: 'nobody' })).rejects.toMatchObject({ code: 'MODEL_UNKNOWN' });
    await expect(registry.listTrials({ model: 'nobody', limit: 1 })).rejects.toMatchObject({
      code: 'MODEL_UNKNOWN',
    });
  });
});

describe('the chain of the ledger', () => {
  const changed = async (statement: string, model: string): Promise<void> => {
    await root.query('alter table trials disable trigger all');
    await root.query(statement, [model]);
    await root.query('alter table trials enable trigger all');
  };
  const scoredModel = async (): Promise<string> => {
    const model = await world.model();
    const candidate = await world.candidate(model, 1);
    await announce(candidate, [1, 2, 3]);
    await score(candidate, [1, 2, 3]);
    await world.finish(candidate, 'refused');
    return model;
  };
  const fault = async (model: string) => (await registry.verifyAudit({ model, anchor: null })).firstBad;

  test('verifies as it was written', async () => {
    expect(await fault(await scoredModel())).toBeNull();
  });

  test.each([
    ['a number that was improved', `update trials set summary = '{"annualisedSharpe": 9}' where seq = 5`, 5],
    ['a trial that was taken out', 'delete from trials where seq = 2', 3],
    ['the newest trials cut off', 'delete from trials where seq > 3', 4],
    [
      'a row rewritten with its hash',
      `update trials set body = replace(body, '"code":""', '"code":"x"'), hash = contender_hash(replace(body, '"code":""', '"code":"x"')) where seq = 6`,
      6,
    ],
  ])('finds %s', async (_, statement, seq) => {
    const model = await scoredModel();
    await changed(`${statement} and model = $1`, model);
    expect(await fault(model)).toMatchObject({
      ...{ model, seq, reason: expect.stringContaining('trial ledger') as string },
    });
  });

  test('a writer cannot choose its own place in the chain', async () => {
    const model = await world.model();
    const candidate = await world.candidate(model, 1);
    await announce(candidate, [1]);
    await root.query(
      `insert into trials (model, trial_id, state, recipe_hash, recipe, as_of, run, summary, seq, prev_hash, hash, body)
       select model, repeat('a', 64), 'announced', recipe_hash, recipe, as_of, run, '{}', 99, repeat('0', 64), repeat('0', 64), '{}'
       from trials where model = $1`,
      [model],
    );
    expect(await registry.ledger({ model })).toMatchObject({ head: { seq: 2 } });
    expect(await fault(model)).toBeNull();
  });
});

describe('a declared structural change', () => {
  test('counts recipes anew, keeps the old ones in the ledger, and is audited with both names', async () => {
    const model = await world.model();
    const first = await world.candidate(model, 1);
    await announce(first, [1, 2, 3]);
    await world.finish(first, 'refused');
    expect(await declare(model)).toMatchObject({ number: 1, recipesBefore: 3, ledgerSeq: 3 });
    expect(await registry.ledger({ model })).toMatchObject({ trials: 3, counted: 0 });
    const second = await world.candidate(model, 2);
    await announce(second, [3, 4]);
    const ledger = await registry.ledger({ model });
    expect(ledger).toMatchObject({ counted: 2, structuralChange: { number: 1, secondPerson: 'kim' } });
    expect(ledger.recipes).toHaveLength(4);
    const trail = await registry.auditTrail({ model, limit: 9 });
    const declared = trail.filter(({ command }) => command === 'declare-structural-change');
    expect(declared).toMatchObject([{ actor: 'lee' }]);
    expect(JSON.parse(declared[0]?.body ?? '')).toMatchObject({
      facts: { secondPerson: 'kim', recipesBefore: 3 },
    });
  });

  test.each([
    ['nobody', null],
    ['the same person', LEE],
    ['somebody who is no quant lead', ANA],
  ])('is refused with %s as second person', async (_, secondPerson) => {
    const model = await world.model();
    await expect(declare(model, { secondPerson })).rejects.toMatchObject({ code: 'SECOND_PERSON_NEEDED' });
    expect(await registry.structuralChanges({ model })).toEqual([]);
  });

  test('is refused while a retrain is open', async () => {
    const model = await world.model();
    const { retrainId } = await world.candidate(model, 1);
    await expect(declare(model)).rejects.toMatchObject({ code: 'RETRAIN_OPEN', details: { retrainId } });
  });

  test('given twice under one key is one change', async () => {
    const model = await world.model();
    const idempotencyKey = randomUUID();
    await declare(model, { idempotencyKey });
    expect(await declare(model, { idempotencyKey })).toMatchObject({ number: 1, repeated: true });
    expect(await registry.structuralChanges({ model })).toHaveLength(1);
  });
});

describe('a gate report', () => {
  test('that counted fewer trials than the ledger holds is refused by the database', async () => {
    const model = await world.model();
    const candidate = await world.candidate(model, 1);
    await announce(candidate, [1, 2, 3]);
    await expect(report(candidate, 2)).rejects.toMatchObject({
      ...{ code: 'LEDGER_OUTRUN', details: { counted: 2, ledgerRecipes: 3 } },
    });
    await expect(
      registry.saveGateReport({ ...candidate, report: { nothing: 'counted' } }),
    ).rejects.toMatchObject({ code: 'LEDGER_OUTRUN' });
    expect((await report(candidate, 3)).hash).toHaveLength(64);
  });

  test(
    'of the hundredth retrain is held to all that went before',
    async () => {
      const model = await world.model();
      for (let retrain = 1; retrain < 100; retrain += 1) {
        const candidate = await world.candidate(model, retrain);
        await announce(candidate, [2 * retrain, 2 * retrain + 1]);
        await world.finish(candidate, 'refused');
      }
      const hundredth = await world.candidate(model, 100);
      await announce(hundredth, [200, 201]);
      await expect(report(hundredth, 199)).rejects.toMatchObject({ code: 'LEDGER_OUTRUN' });
      expect((await report(hundredth, 200)).hash).toHaveLength(64);
    },
    PATIENCE_MS,
  );
});

describe('the tests that an error budget paid for', () => {
  const spend = (retrainId: string, test: number, testKey = artifact(randomUUID()).sha256) =>
    registry.recordBudgetTest({
      ...{ retrainId, method: 'lord', level: 0.1 },
      spent: { test, testKey, alpha: 0.02, p: 0.5, discovery: false },
    });

  test('are kept in order; the same scores are the same test; a stale level is refused', async () => {
    const model = await world.model();
    const { retrainId } = await world.candidate(model, 1);
    const key = artifact('scores').sha256;
    expect(await spend(retrainId, 1, key)).toEqual({ recorded: true });
    expect(await spend(retrainId, 1, key)).toEqual({ recorded: false });
    await expect(spend(retrainId, 1)).rejects.toMatchObject({ code: 'LEDGER_OUTRUN' });
    await expect(spend(retrainId, 3)).rejects.toMatchObject({ code: 'LEDGER_OUTRUN' });
    await spend(retrainId, 2);
    const stream = await registry.budgetTests({ model, method: 'lord', level: 0.1 });
    expect(stream.map(({ test: number }) => number)).toEqual([1, 2]);
    expect(await registry.budgetTests({ model, method: 'lord', level: 0.2 })).toEqual([]);
  });

  test('never hold a discovery above its level', async () => {
    const { retrainId } = await world.candidate(await world.model(), 1);
    await expect(
      registry.recordBudgetTest({
        ...{ retrainId, method: 'lord', level: 0.1 },
        spent: { test: 1, testKey: artifact('luck').sha256, alpha: 0.02, p: 0.03, discovery: true },
      }),
    ).rejects.toMatchObject({ code: 'REGISTRY_CONSTRAINT' });
  });
});
