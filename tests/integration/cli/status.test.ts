import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startRetrain } from '../../../control/start-retrain.ts';
import type { RetrainInput } from '../../../contracts/retrain.ts';
import { DrillWorld } from '../api/drill-world.ts';
import { commandIn, endStarted } from './command.ts';

/** `contender status` of retrains whose market is of today, and of one that is played again. */
const LIVE: Partial<RetrainInput> = { clock: { mode: 'live' } };
const NOT_KNOWN = 'whether it is a replay is not known';

let world: DrillWorld;
let model: string;
beforeAll(async () => {
  world = await DrillWorld.open();
  model = await world.api.world.model();
}, 120_000);
afterEach(() => endStarted(world));
afterAll(() => world.close());

/** On record and under way; nobody takes its first step. */
async function retrain(changes: Partial<RetrainInput> = {}): Promise<string> {
  const { retrainId: id, ...input } = world.api.world.input(model, changes);
  await world.api.registry.createRetrain({ retrainId: id, ...input });
  await startRetrain(world.link, input);
  return id;
}
const end = (retrainId: string) =>
  world.api.registry.finishRetrain({
    ...{ retrainId, outcome: 'cancelled', step: 'extract', reason: 'a test', code: '' },
    ...{ verdict: null, notification: null },
  });

describe('contender status', () => {
  it('says of each retrain by which clock it decides, and of a replay at which pace', async () => {
    const replayed = await retrain();
    const one = await commandIn(world, ['status', replayed]);
    expect(one.exitCode, one.err).toBe(0);
    expect(one.out).toContain(
      'replay: history is played again, a session every 1 s, and every 60 s while people decide',
    );
    expect(JSON.parse((await commandIn(world, ['status', replayed, '--json'])).out)).toMatchObject({
      ...{ retrainId: replayed, finished: false },
      clock: { mode: 'replay', secondsPerSession: 1, approvalSecondsPerSession: 60 },
    });
    await end(replayed);

    const live = await retrain(LIVE);
    const said = await commandIn(world, ['status', live]);
    expect([said.exitCode, said.out.includes('replay')]).toEqual([0, false]);
    const given = JSON.parse((await commandIn(world, ['status', live, '--json'])).out) as object;
    expect(given).toMatchObject({ clock: { mode: 'live' } });
    await end(live);

    const list = await commandIn(world, ['status', '--model', model]);
    const rows = list.out.split('\n').map((line) => line.trim().split(/\s{2,}/u));
    expect(rows[0]?.slice(0, 3)).toEqual(['retrain', 'clock', 'step']);
    expect(rows.find(([id]) => id === live)?.[1]).toBe('live');
    expect(rows.find(([id]) => id === replayed)?.[1]).toBe('replay');
    const records = JSON.parse(
      (await commandIn(world, ['status', '--model', model, '--json'])).out,
    ) as unknown;
    expect(records).toMatchObject([
      { retrainId: live, clock: { mode: 'live' } },
      { retrainId: replayed, clock: { mode: 'replay' } },
    ]);
  });

  it('tells what a retrain says of itself without a record of it, and without a registry', async () => {
    const { retrainId, ...input } = world.api.world.input(model);
    await startRetrain(world.link, input);
    for (const environment of [{}, { CONTENDER_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing' }]) {
      const { exitCode, out } = await commandIn(world, ['status', retrainId], environment);
      expect(exitCode).toBe(0);
      expect(out).toContain(`${retrainId}  step extract`);
      expect(out).toContain(NOT_KNOWN);
      const { out: given } = await commandIn(world, ['status', retrainId, '--json'], environment);
      expect(JSON.parse(given)).toMatchObject({ clock: null });
    }
  });

  it.each(['retrain:tw-nowhere:2020-01-01T00:00:00.000Z', 'nonsense', '-1 or 1=1'])(
    'refuses what is no retrain: %s',
    async (id) => {
      const answer = await commandIn(world, ['status', '--json', '--', id]);
      expect(answer.exitCode).not.toBe(0);
      expect(JSON.parse(answer.out)).toMatchObject({ error: { code: 'WORKFLOW_UNKNOWN' } });
    },
  );
});
