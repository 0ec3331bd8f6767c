import { afterAll, beforeAll, expect, test } from 'vitest';
import { OPS } from '../registry/world.ts';
import { ApiWorld } from './api-world.ts';

let api: ApiWorld;
beforeAll(async () => {
  api = await ApiWorld.open();
});
afterAll(() => api.close());

test('runs of batch scores are listed with how far they are, to whoever may see the model', async () => {
  const model = await api.world.model();
  await api.world.champion(model, 1);
  const { champion, epoch } = await api.registry.champion({ model });
  await api.registry.openScoreRun({
    ...{ model, session: '2019-07-01', versionId: champion?.id ?? '', epoch, isChampion: true },
    ...{ trigger: 'manual', requestedBy: OPS.subject },
  });
  const token = await api.token('vera', `viewer@${model}`);
  const { status, body, text } = await api.ask('GET', `/models/${model}/scores`, { token });
  expect(status, text).toBe(200);
  expect(body['items']).toMatchObject([
    { session: '2019-07-01', version: 1, epoch, isChampion: true, symbols: null, done: 0, files: null },
  ]);
  const stranger = await api.token('eve', 'viewer@other-model');
  expect((await api.ask('GET', `/models/${model}/scores`, { token: stranger })).status).toBe(404);
});

test('a run is refused by field, by role and for a model that nobody knows; without Temporal it is 503', async () => {
  const model = await api.world.model();
  const ask = async (body: unknown, role = 'researcher', of = model): Promise<unknown[]> => {
    const answer = await api.ask('POST', `/models/${of}/scores`, {
      token: await api.token('ana', role),
      body,
    });
    return [answer.status, answer.body['code']];
  };
  expect(await ask({ session: '2019-02-30' })).toEqual([400, 'REQUEST_INVALID']);
  expect(await ask({ session: '2019-07-01', version: 0 })).toEqual([400, 'REQUEST_INVALID']);
  expect(await ask({ session: '2019-07-01', champion: true })).toEqual([400, 'REQUEST_INVALID']);
  expect(await ask({}, 'viewer')).toEqual([403, 'NOT_ALLOWED']);
  expect(await ask({}, 'researcher', 'no-such-model')).toEqual([404, 'MODEL_UNKNOWN']);
  expect(await ask({ session: '2019-07-01' })).toEqual([503, 'PART_UNREACHABLE']);
});
