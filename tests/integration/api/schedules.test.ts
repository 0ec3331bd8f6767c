import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drillScheduleId } from '../../../contracts/ids.ts';
import type { ModelSpec } from '../../../contracts/spec.ts';
import { putDrillSchedule, putMissingDrillSchedule } from '../../../control/drill-schedule.ts';
import { putSchedules } from '../../../control/put-schedules.ts';
import { listSchedules, type ScheduleFacts } from '../../../control/schedules.ts';
import { lookAtSchedules } from '../../../workers/schedule-watch.ts';
import { spec } from '../registry/world.ts';
import { DrillWorld } from './drill-world.ts';

const REASON = 'servers are being replaced';

let world: DrillWorld;
let operator: string;
let model: string;
beforeAll(async () => {
  world = await DrillWorld.open();
  operator = await world.api.token('olga', 'operator');
  model = await world.model(['a']);
  await putSchedules(world.environment.client, spec(model));
}, 120_000);
afterAll(() => world.close());

async function listed(query: string, token = operator): Promise<readonly ScheduleFacts[]> {
  const answer = await world.api.ask('GET', `/schedules${query}`, { token });
  expect(answer.status, answer.text).toBe(200);
  return answer.body['items'] as readonly ScheduleFacts[];
}

const one = async (of: string, kind: string): Promise<ScheduleFacts | undefined> =>
  (await listed(`?model=${of}&kind=${kind}`))[0];

const command = (body: object, token = operator, of = model) =>
  world.api.ask('POST', `/models/${of}/schedule`, { token, body: { reason: REASON, ...body } });

describe('the list of schedules', () => {
  it('has retrains, drills and scores, each with the field that sets it, and by kind those alone', async () => {
    expect((await listed(`?model=${model}`)).map(({ kind, field, last }) => [kind, field, last])).toEqual([
      ['retrain', 'retrain.cron', null],
      ['drill', 'drill.cron', null],
      ['scoring', 'scoring.delayMinutes', null],
    ]);
    const [drill] = await listed(`?model=${model}&kind=drill`);
    expect(drill).toMatchObject({ kind: 'drill', cron: '0 6 * * 6', zone: 'Asia/Taipei', paused: false });
    // Saturday 06:00 in Taipei, at a moment of the model's own in the half hour after.
    expect(drill?.next[0]?.slice(11)).toMatch(/^22:[0-2]/u);
    for (const query of ['?kind=nonsense', '?kind=', '?paused=maybe', '?kind=drill&kind=retrain']) {
      const answer = await world.api.ask('GET', `/schedules${query}`, { token: operator });
      expect(answer.body['code'], query).toBe('REQUEST_INVALID');
    }
    const stranger = await world.api.token('eve', 'viewer@other-model');
    expect(await listed('', stranger)).toEqual([]);
  });

  it('pauses and resumes one kind and no other, and writes down which', async () => {
    const paused = await command({ action: 'pause', kind: 'drill' });
    expect(paused.body).toMatchObject({ kind: 'drill', paused: true, note: `olga: ${REASON}` });
    expect((await listed('?paused=true')).map(({ kind }) => kind)).toEqual(['drill']);
    expect((await one(model, 'retrain'))?.paused).toBe(false);
    // Neither a spec that is put again nor the worker that looks for missing ones lets it go on.
    await putSchedules(world.environment.client, spec(model));
    await look();
    expect((await one(model, 'drill'))?.paused).toBe(true);
    expect((await command({ action: 'resume', kind: 'drill' })).body).toMatchObject({ paused: false });
    expect((await command({ action: 'pause' })).body).toMatchObject({ kind: 'retrain', paused: true });
    await command({ action: 'resume' });
    const audit = await world.api.registry.auditPage({ model, before: null, limit: 4 });
    expect(audit.map(({ command: name, facts }) => [name, facts['kind']])).toEqual([
      ['resume-schedule', 'retrain'],
      ['pause-schedule', 'retrain'],
      ['resume-schedule', 'drill'],
      ['pause-schedule', 'drill'],
    ]);
    expect((await command({ action: 'pause', kind: 'decay' })).body['code']).toBe('REQUEST_INVALID');
    const viewer = await world.api.token('vera', 'viewer');
    expect((await command({ action: 'pause', kind: 'drill' }, viewer)).status).toBe(403);
    const bare = await world.api.world.model();
    expect((await command({ action: 'pause', kind: 'scoring' }, operator, bare)).body['code']).toBe(
      'SCHEDULE_UNKNOWN',
    );
    // What was not there was not paused, and no audit says so.
    const bareAudit = await world.api.registry.auditPage({ model: bare, before: null, limit: 100 });
    expect(bareAudit.map(({ command: name }) => name)).not.toContain('pause-schedule');
  });

  it('says how the last run ended: passed, and nothing on record where there was nothing to do', async () => {
    await command({ action: 'trigger', kind: 'drill' });
    await expect
      .poll(() => one(model, 'drill'), { timeout: 30_000 })
      .toMatchObject({
        last: { outcome: 'open' },
      });
    await world.report(model, 'a');
    await expect
      .poll(() => one(model, 'drill'), { timeout: 30_000 })
      .toMatchObject({
        last: { outcome: 'passed' },
      });
    const first = await world.api.world.model();
    await putSchedules(world.environment.client, spec(first));
    await command({ action: 'trigger', kind: 'drill' }, operator, first);
    await expect
      .poll(() => one(first, 'drill'), { timeout: 30_000 })
      .toMatchObject({
        last: { outcome: 'nothing', reference: '' },
      });
  });
});

describe('a retrain that is started by hand from its schedule', () => {
  it('is refused beside an open one, and leaves no row in the audit', async () => {
    const busy = await world.api.world.model();
    await putSchedules(world.environment.client, spec(busy));
    const { retrainId } = await world.api.world.candidate(busy, 1);
    const refused = await command({ action: 'trigger', kind: 'retrain' }, operator, busy);
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ code: 'RETRAIN_OPEN' });
    expect(refused.text).toContain(retrainId);
    expect((await one(busy, 'retrain'))?.recent).toEqual([]);
    // What else happens by itself does not wait for it.
    for (const body of [
      { action: 'pause', kind: 'retrain' },
      { action: 'trigger', kind: 'drill' },
    ]) {
      expect((await command(body, operator, busy)).status).toBe(200);
    }
    const audit = await world.api.registry.auditPage({ model: busy, before: null, limit: 100 });
    expect(audit.map(({ command: name }) => name).filter((name) => name.endsWith('-schedule'))).toEqual([
      'trigger-schedule',
      'pause-schedule',
    ]);
  });
});

const look = (): Promise<void> =>
  lookAtSchedules(world.environment.client, world.api.registry, {
    ...{ info: () => undefined, warn: () => undefined, error: () => undefined },
  });

describe('the rule of a schedule', () => {
  it.each(['0 3 1 * *', '*/15 9-17 * * 1-5', '30 7 1,15 */3 0', '5 0 * 2 6', '0 */6 1-7 * *'])(
    'is the cron line that set it: %s',
    async (cron) => {
      const set = spec('tw-cron', { drill: { cron } });
      await putDrillSchedule(world.environment.client, set);
      const [facts] = await listSchedules(
        { client: world.environment.client, registry: world.api.registry },
        [{ model: 'tw-cron', market: 'XTAI' }],
        'drill',
      );
      expect(facts?.cron).toBe(cron);
    },
  );
});

describe('the control worker that looks at schedules', () => {
  it('puts that of drills where it is missing, and none where the spec wants none', async () => {
    const [missing, without] = [
      await world.api.world.model(),
      await world.api.world.model({ drill: { schedule: false } }),
    ];
    expect(await one(missing, 'drill')).toBeUndefined();
    await look();
    expect(await one(missing, 'drill')).toMatchObject({ cron: '0 6 * * 6', paused: false });
    expect(await one(without, 'drill')).toBeUndefined();
  });

  it('takes a spec of a release that knew no drills to mean the defaults', async () => {
    const { drill: _, ...earlier } = spec('tw-earlier');
    const registry = { currentSpec: () => Promise.resolve(recordOf(earlier as ModelSpec, 1)) };
    const { client } = world.environment;
    expect(await putMissingDrillSchedule(client, registry, 'tw-earlier')).toBe(true);
    expect(await putMissingDrillSchedule(client, registry, 'tw-earlier')).toBe(false);
    await client.schedule.getHandle(drillScheduleId('tw-earlier')).delete();
  });

  it('leaves none behind when a spec that wants none comes into force meanwhile', async () => {
    const wanted = spec('tw-raced');
    const off = { ...wanted, drill: { ...wanted.drill, schedule: false } };
    const given = [recordOf(wanted, 1), recordOf(off, 2)];
    const { client } = world.environment;
    const registry = { currentSpec: () => Promise.resolve(given.shift() ?? recordOf(off, 2)) };
    await putMissingDrillSchedule(client, registry, 'tw-raced');
    await expect(client.schedule.getHandle(drillScheduleId('tw-raced')).describe()).rejects.toThrow();
  });

  it('may put it at the same time as whoever applies the spec', async () => {
    const raced = spec('tw-twice');
    const { client } = world.environment;
    await Promise.all(Array.from({ length: 5 }, () => putDrillSchedule(client, raced)));
    await client.schedule.getHandle(drillScheduleId('tw-twice')).delete();
  });
});

const recordOf = (given: ModelSpec, number: number) => ({
  ...{ model: given.model, number, spec: given, author: 'ana', secondPerson: null, loosened: [] },
  ...{ secondAsDeputy: false, hash: 'a'.repeat(64), recordedAt: '2026-01-01T00:00:00.000Z' },
});
