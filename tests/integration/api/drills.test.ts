import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RollbackDrill } from '../../../contracts/drill.ts';
import { drillByHand } from '../../../control/drill.ts';
import { OPS } from '../registry/world.ts';
import { DIFFERS, DrillWorld } from './drill-world.ts';

const REASON = 'before the long weekend';

let world: DrillWorld;
let operator: string;
beforeAll(async () => {
  world = await DrillWorld.open();
  operator = await world.api.token('olga', 'operator');
}, 120_000);
afterAll(() => world.close());

const start = (model: string, body: object = {}, key = randomUUID(), token = operator) =>
  world.api.ask('POST', `/models/${model}/drills`, {
    ...{ token, key, body: { reason: REASON, until: 'opened', ...body } },
  });

async function newest(model: string): Promise<RollbackDrill> {
  const { body } = await world.api.ask('GET', `/models/${model}/drills`, { token: operator });
  const [first] = body['items'] as readonly RollbackDrill[];
  if (first === undefined) throw new Error(`${model} has no drill`);
  return first;
}

async function drilling(model: string): Promise<unknown> {
  const { body } = await world.api.ask('GET', '/models', { token: operator });
  const items = body['items'] as readonly { readonly model: string; readonly drill: unknown }[];
  return items.find((row) => row.model === model)?.drill;
}

describe('a drill that is asked for over the control API', () => {
  it('answers once it is open, shows who has reported, and ends with what they found', async () => {
    const model = await world.model(['a', 'b']);
    expect(await drilling(model)).toBeNull();
    const asked = await start(model);
    expect(asked, asked.text).toMatchObject({
      ...{ status: 200, body: { result: null, waitedFor: ['a', 'b'], servers: [], requestedBy: 'olga' } },
    });
    await world.report(model, 'a');
    expect(await drilling(model)).toEqual({ id: asked.body['id'], waitedFor: 2, reported: 1 });
    await world.report(model, 'b', DIFFERS);
    await expect.poll(async () => (await newest(model)).result, { timeout: 30_000 }).toBe('failed');
    expect((await newest(model)).servers).toMatchObject([
      { server: 'a', outcome: 'passed' },
      { server: 'b', outcome: 'failed', code: 'RECORDED_ROWS_DIFFER', remedy: DIFFERS.remedy },
    ]);
    expect(await drilling(model)).toBeNull();
  });

  it('is the same drill under the same key, also once it has ended, and another one is refused by name', async () => {
    const model = await world.model(['c']);
    const key = randomUUID();
    const first = await start(model, {}, key);
    expect((await start(model, {}, key)).body['id']).toBe(first.body['id']);
    const other = await start(model, {}, randomUUID(), await world.api.token('lee', 'quant-lead'));
    expect(other).toMatchObject({ status: 409, body: { code: 'DRILL_OPEN' } });
    expect(other.body['detail']).toContain(
      `drill ${String(first.body['id'])} of ${model} runs, asked for by`,
    );
    await world.report(model, 'c');
    await expect.poll(async () => (await newest(model)).result, { timeout: 30_000 }).toBe('passed');
    expect((await start(model, {}, key)).body['id']).toBe(first.body['id']);
    // The same key with another body is no repetition.
    expect((await start(model, { until: 'ended' }, key)).body['code']).toBe('IDEMPOTENCY_KEY_REUSED');
    expect((await newest(model)).id).toBe(first.body['id']);
  });

  it('is refused by field, by role, without a way back, without a server', async () => {
    const model = await world.model([]);
    for (const body of [
      { until: 'later' },
      { until: null },
      { reason: 'x' },
      { reason: 'a\u202eb' },
      { wait: 1 },
    ]) {
      expect(await start(model, body), JSON.stringify(body)).toMatchObject({
        ...{ status: 400, body: { code: 'REQUEST_INVALID' } },
      });
    }
    const viewer = await world.api.token('vera', 'viewer');
    expect((await start(model, {}, randomUUID(), viewer)).status).toBe(403);
    expect(await start(model)).toMatchObject({ status: 409, body: { code: 'NO_SERVERS' } });
    const first = await world.api.world.model();
    await world.api.world.champion(first, 5);
    expect(await start(first)).toMatchObject({ status: 409, body: { code: 'NO_PREVIOUS_CHAMPION' } });
    expect(await start('no-such-model')).toMatchObject({ status: 404, body: { code: 'MODEL_UNKNOWN' } });
  });

  it('does not pass an open drill of the same person for one that no worker has taken', async () => {
    const model = await world.model(['d']);
    const { link } = world;
    const ask = (key: string) =>
      drillByHand(
        { link, registry: world.api.registry },
        { model, actor: OPS, reason: REASON, key },
        { until: 'ended', patienceMs: 1500 },
      );
    const first = await ask('first');
    expect(first).toMatchObject({ result: null, requestedBy: OPS.subject });
    await world.stopWorker();
    await expect(ask('second')).rejects.toMatchObject({
      ...{ code: 'DRILL_UNANSWERED', details: { drill: first.id, requestedBy: OPS.subject } },
      message: expect.stringContaining(
        `drill ${String(first.id)}, asked for by ops, is another one`,
      ) as string,
    });
    // Asked for under its own key it is the one that was opened, whoever is there to lead it.
    expect(await ask('first')).toMatchObject({ id: first.id, result: null });
    // One that opens while the drills of the model are read is found by its key.
    let opened = false;
    const registry = {
      drillPage: () => {
        opened = true;
        return Promise.resolve([first]);
      },
      drillOfKey: () => Promise.resolve(opened ? first : null),
    };
    const late = { model, actor: OPS, reason: REASON, key: 'late' };
    expect(await drillByHand({ link, registry }, late, { until: 'ended', patienceMs: 1 })).toEqual(first);
    await world.startWorker();
  });
});
