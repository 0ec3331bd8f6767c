import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRegistry } from '../../../registry/registry.ts';
import type { Registry } from '../../../registry/registry.ts';
import { testDatabase } from '../../postgres.ts';
import type { TestDatabase } from '../../postgres.ts';
import { RegistryWorld, asOfMonth } from './world.ts';

let database: TestDatabase;
let registry: Registry;
let world: RegistryWorld;
let root: pg.Client;

beforeAll(async () => {
  database = await testDatabase();
  registry = openRegistry({ url: database.url, applicationName: 'champion-at' });
  world = new RegistryWorld(registry);
  root = new pg.Client({ connectionString: database.url });
  await root.connect();
});
afterAll(async () => {
  await registry.close();
  await root.end();
  await database.drop();
});

const FAR_FUTURE = '2999-01-01T00:00:00.000Z';
const FAR_PAST = '1999-01-01T00:00:00.000Z';

test('nobody was champion before the first one, in either time', async () => {
  const model = await world.model();
  const { asOf, swap } = await world.champion(model, 1);
  expect(await registry.championAt({ model, at: FAR_PAST, knownAt: FAR_FUTURE })).toBeNull();
  expect(await registry.championAt({ model, at: FAR_FUTURE, knownAt: FAR_PAST })).toBeNull();
  expect(await registry.championAt({ model, at: asOf, knownAt: FAR_FUTURE })).toMatchObject({
    version: 1,
    epoch: 1,
    businessAt: asOf,
  });
  expect(swap.businessAt).toBe(asOf);
});

test('what was known before a rollback is still known as of then', async () => {
  const model = await world.model();
  const first = await world.champion(model, 1);
  const second = await world.champion(model, 2);
  const back = await world.rollback(model, { businessAt: second.asOf });
  const reigns = await registry.reigns({ model });
  const knownBefore = reigns.find(({ epoch }) => epoch === 2)?.recordedAt ?? '';
  const ask = async (at: string, knownAt: string) =>
    (await registry.championAt({ model, at, knownAt }))?.epoch;
  expect(await ask(second.asOf, knownBefore)).toBe(2);
  expect(await ask(second.asOf, FAR_FUTURE)).toBe(back.epoch);
  expect(await ask(first.asOf, FAR_FUTURE)).toBe(1);
});

test('a rollback in a replay stands at the session that the guard decided last, not at the promotion', async () => {
  const model = await world.model();
  await world.champion(model, 1);
  const second = await world.champion(model, 2);
  const later = (days: number): string => new Date(Date.parse(second.asOf) + days * 86_400_000).toISOString();
  for (const days of [1, 2]) {
    await registry.saveGuardMeasurement({
      ...{ model, epoch: second.swap.epoch, session: later(days).slice(0, 10), decidedAt: later(days) },
      ...{ verdict: 'pass', action: 'none', cause: 'calm', reason: 'nothing to see', number: null },
      ...{ threshold: null, failedInRow: 0, inconclusiveInRow: 0, state: {} },
    });
  }
  expect((await world.rollback(model)).businessAt).toBe(later(2));
  const at = async (when: string) =>
    (await registry.championAt({ model, at: when, knownAt: FAR_FUTURE }))?.version;
  expect(await at(later(1))).toBe(2);
  expect(await at(later(2))).toBe(1);
});

test('for every two times the answer is that of a plain search over all reigns', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ month: fc.integer({ min: 0, max: 24 }), back: fc.boolean() }), {
        minLength: 1,
        maxLength: 8,
      }),
      fc.array(fc.tuple(fc.integer({ min: -1, max: 26 }), fc.nat({ max: 9 })), {
        minLength: 10,
        maxLength: 20,
      }),
      async (steps, questions) => {
        const model = await world.model();
        for (const [index, { month, back }] of steps.entries()) {
          const businessAt = asOfMonth(month);
          const view = await registry.champion({ model });
          if (back && view.rollbackTarget !== null) {
            await world.rollback(model, { businessAt });
            continue;
          }
          const candidate = await world.candidate(model, index);
          await world.promote(candidate, await world.approved(candidate), { businessAt });
          await world.finish(candidate);
        }
        const reigns = await registry.reigns({ model });
        for (const [month, nth] of questions) {
          const at = asOfMonth(month);
          const knownAt = reigns[nth % reigns.length]?.recordedAt ?? FAR_FUTURE;
          const expected =
            reigns.find((reign) => reign.businessAt <= at && reign.recordedAt <= knownAt) ?? null;
          expect((await registry.championAt({ model, at, knownAt }))?.epoch ?? null).toBe(
            expected?.epoch ?? null,
          );
        }
        const inOrder = [...reigns].reverse();
        for (const [index, reign] of inOrder.entries()) {
          const before = inOrder[index - 1];
          expect(reign.epoch).toBe(index + 1);
          expect(before === undefined || before.businessAt <= reign.businessAt).toBe(true);
          expect(before === undefined || before.recordedAt <= reign.recordedAt).toBe(true);
        }
      },
    ),
    { numRuns: 6, seed: 7 },
  );
});

test('a rollback goes back to where its target stood, so the next one does not return to what failed', async () => {
  const model = await world.model();
  for (let version = 1; version <= 3; version += 1) await world.champion(model, version);
  expect(await world.rollback(model)).toMatchObject({ fromVersion: 3, toVersion: 2 });
  expect(await world.rollback(model)).toMatchObject({ fromVersion: 2, toVersion: 1 });
  await expect(world.rollback(model)).rejects.toMatchObject({ code: 'NO_PREVIOUS_CHAMPION' });
  expect(await world.rollback(model, { toVersion: 3 })).toMatchObject({ fromVersion: 1, toVersion: 3 });
  const view = await registry.champion({ model });
  expect(view.rollbackTarget).toBe(2);
  expect(view.previous.map(({ number }) => number)).toEqual([2, 1]);
});

test('the answer is found by index among forty thousand reigns', async () => {
  const model = await world.model();
  await world.champion(model, 1);
  await root.query('set session_replication_role = replica');
  await root.query(
    `insert into reigns (model, epoch, version_id, cause, actor, reason, business_at, recorded_at, audit_seq, outbox_id)
     select model, n, version_id, 'rollback', 'test', 'filler', business_at + n * interval '1 minute',
       recorded_at + n * interval '1 second', audit_seq, outbox_id
     from reigns, generate_series(2, 40000) n where model = $1`,
    [model],
  );
  await root.query('set session_replication_role = origin');
  await root.query('analyze reigns');
  const [first] = (
    await root.query<{ at: Date; known: Date }>(
      `select business_at as at, recorded_at as known from reigns where model = $1 and epoch = 20000`,
      [model],
    )
  ).rows;
  const question = { model, at: first?.at.toISOString() ?? '', knownAt: FAR_FUTURE };
  expect((await registry.championAt(question))?.epoch).toBe(20_000);
  expect((await registry.champion({ model })).previous).toEqual([]);

  // In the same run and on the same rows, so that a busy machine slows both: the fastest of each is compared.
  const scan = await fastest(() =>
    root.query(`select max(epoch) from reigns where model = $1 and business_at + interval '0' <= $2`, [
      model,
      question.at,
    ]),
  );
  expect(await fastest(() => registry.championAt(question))).toBeLessThan(scan / 2);

  const young = await world.model();
  await world.champion(young, 1);
  const small = await fastest(() => registry.champion({ model: young }));
  expect(await fastest(() => registry.champion({ model }))).toBeLessThan(3 * small);
});

/** Milliseconds of the fastest of twenty runs. */
async function fastest(run: () => Promise<unknown>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 20; round += 1) {
    const started = performance.now();
    await run();
    best = Math.min(best, performance.now() - started);
  }
  return best;
}
