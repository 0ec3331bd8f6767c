import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiWorld } from './api-world.ts';

const REASON = 'judged in May';

let api: ApiWorld;
let lead: string;
let model: string;

beforeAll(async () => {
  api = await ApiWorld.open();
  lead = await api.token('lee', 'quant-lead');
  model = await api.world.model();
  await api.world.champion(model, 1);
  await api.world.champion(model, 2);
  const refused = await api.world.candidate(model, 3);
  await api.world.finish(refused, 'refused');
});
afterAll(() => api.close());

const add = (version: number, of = model, token = lead) =>
  api.ask('POST', `/models/${of}/challengers`, { token, body: { version, reason: REASON } });

describe('named challengers in the API', () => {
  it('are added, listed with how far their shadow is, and ended early as inconclusive', async () => {
    expect(await add(3)).toMatchObject({ status: 200, body: { version: 3, end: null, subject: 'lee' } });
    const listed = await api.ask('GET', `/models/${model}/challengers`, { token: lead });
    expect(listed.body).toMatchObject({ items: [{ version: 3, measured: 0, newest: null, reason: REASON }] });
    const path = `/models/${model}/challengers/3/end`;
    const ended = await api.ask('POST', path, { token: lead, body: { reason: 'enough seen' } });
    expect(ended.body).toMatchObject({ version: 3, end: { verdict: 'inconclusive', reason: 'enough seen' } });
    expect(await api.ask('POST', path, { token: lead, body: { reason: 'once more' } })).toMatchObject({
      ...{ status: 404, body: { code: 'CHALLENGER_UNKNOWN' } },
    });
  });

  it('are refused by name: the champion, a version nobody made, one a rollback withdrew, another model', async () => {
    expect(await add(2)).toMatchObject({ status: 409, body: { code: 'ALREADY_CHAMPION' } });
    expect(await add(9)).toMatchObject({ status: 404, body: { code: 'VERSION_UNKNOWN' } });
    expect(await add(1, 'nowhere')).toMatchObject({ status: 404, body: { code: 'MODEL_UNKNOWN' } });
    expect(await add(0)).toMatchObject({ status: 400 });
    const other = await api.world.model();
    await api.world.champion(other, 4);
    await api.world.champion(other, 5);
    await api.world.rollback(other);
    expect(await add(2, other)).toMatchObject({ status: 409, body: { code: 'VERSION_WITHDRAWN' } });
    const without = await api.world.model();
    await api.world.candidate(without, 6);
    expect(await add(1, without)).toMatchObject({
      ...{ status: 409, body: { code: 'CHALLENGER_WITHOUT_CHAMPION' } },
    });
  });

  it('are refused by name under a spec of another label', async () => {
    const moved = await api.world.model();
    await api.world.champion(moved, 7);
    const next = await api.world.candidate(moved, 8);
    await api.world.finish(next, 'refused');
    const { spec } = await api.registry.currentSpec({ model: moved });
    const label = { ...spec.label, horizonSessions: 10 };
    await api.registry.applySpec({
      ...{ spec: { ...spec, label }, secondPerson: null, reason: 'a longer horizon' },
      actor: { subject: 'ana', roles: ['researcher'] },
    });
    expect(await add(2, moved)).toMatchObject({ status: 409, body: { code: 'SHADOW_CHALLENGER_UNFIT' } });
  });
});

describe('the running comparison in the API', () => {
  const comparison = (query = '', of = model) =>
    api.ask('GET', `/models/${of}/comparison${query}`, { token: lead });

  it('is that of the reign in force, or of an earlier one', async () => {
    expect(await comparison()).toMatchObject({
      ...{ status: 200, body: { model, epoch: 2, version: 2, fromVersion: 1, sessions: 0, guard: null } },
    });
    expect((await comparison('?epoch=1')).body).toMatchObject({ epoch: 1, version: 1, opponents: [] });
  });

  it('of an epoch that never was, or before the first champion, is refused by name', async () => {
    expect(await comparison('?epoch=7')).toMatchObject({ status: 404, body: { code: 'REIGN_UNKNOWN' } });
    expect(await comparison('?epoch=0')).toMatchObject({ status: 400 });
    const young = await api.world.model();
    expect(await comparison('', young)).toMatchObject({ status: 404, body: { code: 'REIGN_UNKNOWN' } });
  });
});
