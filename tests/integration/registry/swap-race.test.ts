import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EpochMoved } from '../../../registry/errors.ts';
import { openRegistry } from '../../../registry/registry.ts';
import type { Registry } from '../../../registry/registry.ts';
import type { SwapOutcome } from '../../../registry/swaps.ts';
import { testDatabase } from '../../postgres.ts';
import type { TestDatabase } from '../../postgres.ts';
import { RegistryWorld } from './world.ts';

let database: TestDatabase;
let left: Registry;
let right: Registry;
let world: RegistryWorld;

beforeAll(async () => {
  database = await testDatabase();
  left = openRegistry({ url: database.url, applicationName: 'left', maxConnections: 3 });
  right = openRegistry({ url: database.url, applicationName: 'right', maxConnections: 3 });
  world = new RegistryWorld(left);
});
afterAll(async () => {
  await Promise.all([left.close(), right.close()]);
  await database.drop();
});

const fulfilled = <T>(results: readonly PromiseSettledResult<T>[]): readonly T[] =>
  results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
const rejected = (results: readonly PromiseSettledResult<unknown>[]): readonly unknown[] =>
  results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));

test(
  'two promotions raced 200 times: one wins each time, the other gets the current epoch',
  { timeout: 240_000 },
  async () => {
    const model = await world.model();
    const wins = { left: 0, right: 0 };
    for (let race = 1; race <= 200; race += 1) {
      const candidate = await world.candidate(model, race);
      const decisionEvidenceHash = await world.approved(candidate);
      const promote = (registry: Registry, by: string): Promise<SwapOutcome> =>
        registry.promote({
          retrainId: candidate.retrainId,
          model,
          versionId: candidate.versionId,
          expectedEpoch: candidate.epoch,
          decisionEvidenceHash,
          kind: 'promotion',
          businessAt: candidate.asOf,
          idempotencyKey: `${by}:${candidate.retrainId}`,
          correlationId: by,
        });
      const torn = readersOf(model, candidate.epoch);
      const results = await Promise.allSettled([promote(left, 'left'), promote(right, 'right')]);
      expect(await torn).toEqual([]);
      const winners = fulfilled(results);
      expect(winners).toHaveLength(1);
      expect(winners[0]).toMatchObject({ epoch: race, versionId: candidate.versionId, repeated: false });
      const [loser] = rejected(results);
      expect(loser).toBeInstanceOf(EpochMoved);
      expect(loser).toMatchObject({ details: { expectedEpoch: race - 1, currentEpoch: race } });
      wins[results[0].status === 'fulfilled' ? 'left' : 'right'] += 1;
      await world.finish(candidate);
    }
    expect(wins.left + wins.right).toBe(200);
    const reigns = await left.reigns({ model });
    expect(reigns.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 200 }, (_, index) => 200 - index));
    expect(await left.verifyAudit({ model, anchor: null })).toMatchObject({ ok: true, rows: 1 + 200 * 5 });
  },
);

/** Reads while the race is run; whatever does not belong to one epoch is torn. */
async function readersOf(model: string, epochBefore: number): Promise<readonly unknown[]> {
  const views = await Promise.all(Array.from({ length: 2 }, () => right.champion({ model })));
  return views.filter((view) => {
    const old = view.epoch === epochBefore;
    const belongs =
      (view.champion === null) === (view.epoch === 0) && view.reign?.versionId === view.champion?.id;
    const previous = view.champion === null || view.previous.every(({ id }) => id !== view.champion?.id);
    return !belongs || !previous || (!old && view.epoch !== epochBefore + 1);
  });
}

test('one command given by two clients at once is carried out once and answered twice', async () => {
  const model = await world.model();
  for (let round = 1; round <= 20; round += 1) {
    const candidate = await world.candidate(model, round);
    const hash = await world.approved(candidate);
    const other = new RegistryWorld(right);
    const [one, two] = await Promise.all([world.promote(candidate, hash), other.promote(candidate, hash)]);
    expect([one.repeated, two.repeated].sort()).toEqual([false, true]);
    expect({ ...one, repeated: null }).toEqual({ ...two, repeated: null });
    await world.finish(candidate);
  }
});

test('a promotion and a rollback raced: whoever comes second sees the other, and no epoch is lost', async () => {
  const model = await world.model();
  await world.champion(model, 1);
  await world.champion(model, 2);
  for (let round = 0; round < 16; round += 1) {
    const before = (await left.champion({ model })).epoch;
    const candidate = await world.candidate(model, 100 + round);
    const hash = await world.approved(candidate);
    const results = await Promise.allSettled([
      world.promote(candidate, hash),
      new RegistryWorld(right).rollback(model, { toVersion: round % 2 === 0 ? 1 : 2, expectedEpoch: before }),
    ]);
    expect(fulfilled(results)).toHaveLength(1);
    const [loser] = rejected(results);
    if (!(loser instanceof EpochMoved)) expect(loser).toMatchObject({ code: 'ALREADY_CHAMPION' });
    expect((await left.champion({ model })).epoch).toBe(before + 1);
    await world.finish(candidate, results[0].status === 'fulfilled' ? 'promoted' : 'failed');
  }
});

test('rollbacks under the same epoch never stack up: one goes back, the others are told', async () => {
  const model = await world.model();
  for (let version = 1; version <= 4; version += 1) await world.champion(model, version);
  const results = await Promise.allSettled(
    Array.from({ length: 8 }, (_, index) =>
      new RegistryWorld(index % 2 === 0 ? left : right).rollback(model, { expectedEpoch: 4 }),
    ),
  );
  expect(fulfilled(results)).toMatchObject([{ epoch: 5, fromVersion: 4, toVersion: 3 }]);
  expect(rejected(results).every((error) => error instanceof EpochMoved)).toBe(true);
});

test('64 retrains of 64 models register at once: numbers are dense and nothing is lost', async () => {
  const models = await Promise.all(Array.from({ length: 8 }, () => world.model()));
  for (let round = 0; round < 8; round += 1) {
    const candidates = await Promise.all(models.map((model) => world.candidate(model, round)));
    expect(candidates.map(({ number }) => number)).toEqual(models.map(() => round + 1));
    await Promise.all(candidates.map((candidate) => world.finish(candidate, 'refused')));
  }
});

test('the same retrain started by many clients at once is one retrain', async () => {
  const model = await world.model();
  const input = world.input(model);
  const runs = await Promise.all(
    Array.from({ length: 12 }, (_, index) => (index % 2 === 0 ? left : right).createRetrain(input)),
  );
  expect(new Set(runs.map(({ run }) => run)).size).toBe(1);
  expect(runs.filter(({ repeated }) => !repeated)).toHaveLength(1);
  const rivals = await Promise.allSettled(
    Array.from({ length: 6 }, () =>
      left.createRetrain({ ...world.input(model), correlationId: randomUUID() }),
    ),
  );
  expect(rejected(rivals)).toHaveLength(6);
});
