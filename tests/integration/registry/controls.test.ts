import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBench } from './registry-bench.ts';
import type { RegistryBench } from './registry-bench.ts';
import { ANA, OPS, manifestOf, snapshotOf } from './world.ts';

let bench: RegistryBench;
let registry: RegistryBench['registry'];
let world: RegistryBench['world'];
let root: RegistryBench['root'];

beforeAll(async () => {
  bench = await openBench('controls');
  ({ registry, world, root } = bench);
});
afterAll(() => bench.close());

const key = (): string => `test:${randomUUID()}`;
const SYSTEM = { subject: 'system', roles: [] };

const freeze = (model: string, frozen: boolean, actor = OPS) =>
  registry.setFreeze({ model, actor, reason: 'incident 42', frozen, idempotencyKey: key() });

describe('a frozen model', () => {
  test('is not promoted, does not roll back by itself, and still rolls back for a person', async () => {
    const model = await world.model();
    await world.champion(model, 1);
    await world.champion(model, 2);
    const next = await world.candidate(model, 3);
    const evidence = await world.approved(next);
    await freeze(model, true);
    await expect(world.promote(next, evidence)).rejects.toMatchObject({ code: 'MODEL_FROZEN' });
    await expect(world.rollback(model, { actor: SYSTEM })).rejects.toMatchObject({ code: 'MODEL_FROZEN' });
    expect((await registry.champion({ model })).epoch).toBe(2);
    await expect(world.rollback(model)).resolves.toMatchObject({ toVersion: 1 });
  });

  test('goes on after it was let go', async () => {
    const model = await world.model();
    const next = await world.candidate(model, 1);
    const evidence = await world.approved(next);
    await freeze(model, true);
    await freeze(model, false);
    await expect(world.promote(next, evidence)).resolves.toMatchObject({ epoch: 1 });
  });

  test('may have no version to go back to, nor a champion at all', async () => {
    const model = await world.model();
    await expect(freeze(model, true)).resolves.toMatchObject({ frozen: true, epoch: 0, subject: 'ops' });
    expect((await registry.champion({ model })).freeze).toMatchObject({
      frozen: true,
      reason: 'incident 42',
    });
  });

  test('frozen again changes nothing, and is recorded as that; the command under the same key answers the same', async () => {
    const model = await world.model();
    const idempotencyKey = key();
    const command = { model, actor: OPS, reason: 'once', frozen: true, idempotencyKey };
    const first = await registry.setFreeze(command);
    expect(await registry.setFreeze(command)).toEqual(first);
    await freeze(model, true);
    const { rows } = await root.query(
      `select body::jsonb -> 'facts' ->> 'unchanged' as unchanged from audit where model = $1 and command = 'freeze'
       order by seq`,
      [model],
    );
    expect(rows).toEqual([{ unchanged: null }, { unchanged: 'true' }]);
    const kept = await root.query('select frozen from model_freezes where model = $1', [model]);
    expect(kept.rows).toEqual([{ frozen: true }]);
  });

  test.each(['freeze', 'side'])(
    'a %s that changed nothing, told again under its key, does not undo what others said since',
    async (what) => {
      const model = await world.model();
      const told = { model, actor: OPS, reason: 'incident 42' };
      const say = (idempotencyKey: string, on: boolean): Promise<unknown> =>
        what === 'freeze'
          ? registry.setFreeze({ ...told, idempotencyKey, frozen: on })
          : registry.setSide({ ...told, idempotencyKey, action: on ? 'halt' : 'serve' });
      const late = key();
      await say(key(), true);
      await say(late, true);
      await say(key(), false);
      await say(late, true);
      const { side, freeze: held } = await registry.champion({ model });
      expect([side.action, held.frozen]).toEqual(['serve', false]);
    },
  );

  test('is frozen by those only who may', async () => {
    const model = await world.model();
    await expect(freeze(model, true, ANA)).rejects.toMatchObject({ code: 'ROLE_MISSING' });
  });
});

describe('the side of a model', () => {
  test('is serve until somebody says otherwise, and then is read with reason and epoch in one place', async () => {
    const model = await world.model();
    await world.champion(model, 1);
    expect((await registry.champion({ model })).side).toMatchObject({ action: 'serve', since: null });
    const set = { model, actor: OPS, action: 'halt' as const, reason: 'bad data', idempotencyKey: key() };
    await registry.setSide(set);
    expect((await registry.champion({ model })).side).toMatchObject({
      action: 'halt',
      reason: 'bad data',
      epoch: 1,
      subject: 'ops',
    });
    const { rows } = await root.query('select fallback_action from models where model = $1', [model]);
    expect(rows).toEqual([{ fallback_action: 'halt' }]);
  });

  test('is not changed past its command', async () => {
    const model = await world.model();
    await expect(
      root.query(`update models set fallback_action = 'halt' where model = $1`, [model]),
    ).rejects.toMatchObject({ hint: 'COMMAND_UNRECORDED' });
    await expect(
      root.query(
        `insert into model_sides (model, number, action, epoch, subject, reason) values ($1, 2, 'halt', 0, 'x', 'skips')`,
        [model],
      ),
    ).rejects.toMatchObject({ hint: 'EPOCH_MOVED' });
  });
});

describe('a version that a rollback took away', () => {
  test('is withdrawn with reason and epoch', async () => {
    const model = await world.model();
    await world.champion(model, 1);
    const second = await world.champion(model, 2);
    await world.rollback(model);
    expect(await registry.withdrawals({ model })).toMatchObject([
      { versionId: second.versionId, version: 2, epoch: 3, subject: 'ops', reason: 'it misbehaves' },
    ]);
  });

  test('is not promoted by a retrain that had begun before, and is by one that makes it anew', async () => {
    const model = await world.model();
    await world.champion(model, 1);
    const second = await world.champion(model, 2);
    // The next retrain has begun when the champion is rolled back, and makes the very same version.
    const input = world.input(model);
    await registry.createRetrain(input);
    const { epoch } = await world.rollback(model);
    const remake = async (retrainId: string, asOf: string, at: number) => {
      await registry.recordSnapshot({ retrainId, ...snapshotOf(asOf) });
      const snapshotId = snapshotOf(second.asOf).manifest.snapshotId;
      const { versionId, number } = await registry.registerVersion({
        retrainId,
        manifest: manifestOf(model, snapshotId, 2),
      });
      return { model, retrainId, versionId, number, epoch: at, asOf };
    };
    const early = await remake(input.retrainId, second.asOf, epoch);
    expect(early.versionId).toBe(second.versionId);
    const evidence = await world.approved(early);
    await expect(world.promote(early, evidence)).rejects.toMatchObject({ code: 'VERSION_WITHDRAWN' });
    await world.finish(early, 'refused');

    const again = world.input(model);
    await registry.createRetrain(again);
    const late = await remake(again.retrainId, second.asOf, epoch);
    await expect(world.promote(late, await world.approved(late))).resolves.toMatchObject({ toVersion: 2 });
  });
});

describe('measurements of a guard', () => {
  test('are written once per session and read newest first', async () => {
    const model = await world.model();
    await world.champion(model, 1);
    const day = (session: string, failed = false) => ({
      ...{ model, epoch: 1, session, decidedAt: `${session}T06:30:00.000Z` },
      verdict: failed ? ('fail' as const) : ('pass' as const),
      action: failed ? ('rollback' as const) : ('none' as const),
      ...{ cause: 'none', reason: 'quiet', number: null, threshold: null },
      ...{ failedInRow: failed ? 1 : 0, inconclusiveInRow: 0, state: { session } },
    });
    await registry.saveGuardMeasurement(day('2019-07-01'));
    await registry.saveGuardMeasurement(day('2019-07-02', true));
    expect(await registry.saveGuardMeasurement(day('2019-07-02'))).toMatchObject({ verdict: 'fail' });
    expect(await registry.guardMeasurements({ model, epoch: 1, limit: 1 })).toMatchObject([
      { session: '2019-07-02', state: { session: '2019-07-02' } },
    ]);
    expect(await registry.guardRollbacks({ model, beforeEpoch: 2, limit: 5 })).toEqual([
      { epoch: 1, session: '2019-07-02', decidedAt: '2019-07-02T06:30:00.000Z' },
    ]);
    expect(await registry.guardRollbacks({ model, beforeEpoch: 1, limit: 5 })).toEqual([]);
  });
});
