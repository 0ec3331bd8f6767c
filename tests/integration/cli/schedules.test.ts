import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ScheduleKind } from '../../../contracts/schedule.ts';
import { putSchedules } from '../../../control/put-schedules.ts';
import type { ScheduleFacts } from '../../../control/schedules.ts';
import { DrillWorld } from '../api/drill-world.ts';
import { spec } from '../registry/world.ts';
import { commandIn, endStarted } from './command.ts';

/** `contender schedules` before a real Temporal and a real registry. */
const REASON = 'the data vendor moves this week';

let world: DrillWorld;
let operator: string;
let model: string;
beforeAll(async () => {
  world = await DrillWorld.open();
  operator = await world.api.token('olga', 'operator');
  model = await world.model([]);
  await putSchedules(world.environment.client, spec(model));
}, 120_000);
afterEach(() => endStarted(world));
afterAll(() => world.close());

const schedules = (...args: readonly string[]) => commandIn(world, ['schedules', ...args]);

async function facts(...args: readonly string[]): Promise<ScheduleFacts> {
  const { exitCode, out, err } = await schedules(...args, '--json');
  expect(exitCode, err).toBe(0);
  const answer = JSON.parse(out) as ScheduleFacts | readonly [ScheduleFacts];
  return 'model' in answer ? answer : answer[0];
}

const command = (action: string, ...args: readonly string[]) =>
  facts(action, model, '--reason', REASON, '--token', operator, ...args);
const listed = (kind: string) => facts('list', '--model', model, '--kind', kind);

/** What the audit of a model says was done to its schedules, the newest first. */
async function recorded(of: string): Promise<readonly unknown[]> {
  const audit = await world.api.registry.auditPage({ model: of, before: null, limit: 100 });
  return audit
    .filter(({ command: name }) => name.endsWith('-schedule'))
    .map(({ command: name, actor, facts: { kind, reason } }) => [name, actor, kind, reason]);
}

describe('contender schedules', () => {
  it.each(ScheduleKind.options)('pauses, resumes and triggers that of kind %s and no other', async (kind) => {
    const others = ScheduleKind.options.filter((one) => one !== kind);
    const before = (await recorded(model)).length;
    expect(await command('pause', '--kind', kind)).toMatchObject({
      ...{ model, kind, paused: true, note: `olga: ${REASON}` },
    });
    expect(await listed(kind)).toMatchObject({ kind, paused: true });
    for (const other of others) expect(await listed(other)).toMatchObject({ kind: other, paused: false });
    expect((await schedules('list', '--model', model, '--kind', kind)).out).toContain(
      `PAUSED olga: ${REASON}`,
    );
    // Paused again it is paused, and who did so is on record.
    expect(await command('pause', '--kind', kind)).toMatchObject({ paused: true });

    // Also while it is paused; what comes of it is seen by whoever lists them.
    await command('trigger', '--kind', kind);
    await expect
      .poll(async () => (await listed(kind)).recent.length, { timeout: 30_000, interval: 200 })
      .toBe(1);
    expect(await listed(kind)).toMatchObject({ paused: true });

    const resumed = await command('resume', '--kind', kind);
    expect(resumed).toMatchObject({ kind, paused: false });
    expect(Date.parse(resumed.next[0] ?? '')).toBeGreaterThan(Date.now());
    expect((await recorded(model)).slice(0, -before || undefined)).toEqual(
      ['resume', 'trigger', 'pause', 'pause'].map((one) => [`${one}-schedule`, 'olga', kind, REASON]),
    );
  });

  it('means retrains where no kind is given', async () => {
    expect(await command('pause')).toMatchObject({ kind: 'retrain', paused: true });
    expect(await command('resume')).toMatchObject({ kind: 'retrain', paused: false });
  });

  it('tells how a triggered drill ended: no server is there', async () => {
    const drilled = await world.model([]);
    await putSchedules(world.environment.client, spec(drilled));
    const args = ['--kind', 'drill', '--reason', REASON, '--token', operator];
    await facts('trigger', drilled, ...args);
    await expect
      .poll(async () => (await facts('list', '--model', drilled, '--kind', 'drill')).last?.outcome, {
        ...{ timeout: 30_000, interval: 200 },
      })
      .toBe('skipped');
    expect((await schedules('list', '--model', drilled)).out).toMatch(/drill .* skipped \(\d+\): no server/u);
  });

  it('lists none in words for a model without schedules', async () => {
    const bare = await world.api.world.model();
    const { exitCode, out } = await schedules('list', '--model', bare);
    expect([exitCode, out]).toEqual([0, expect.stringContaining('No schedules.')]);
    expect((await schedules('list', '--model', bare, '--json')).out.trim()).toBe('[]');
  });
});

describe('contender schedules, told what cannot be', () => {
  const reason = ['--reason', REASON];
  const refusals: readonly (readonly [string, readonly string[], number, string])[] = [
    ['an unknown model', ['pause', 'tw-nowhere', ...reason], 1, 'MODEL_UNKNOWN'],
    ['a name that no model has', ['pause', '../tw', ...reason], 1, 'MODEL_UNKNOWN'],
    ['an unknown kind', ['pause', 'MODEL', '--kind', 'decay', ...reason], 2, 'USAGE'],
    ['an empty kind', ['pause', 'MODEL', '--kind', '', ...reason], 2, 'USAGE'],
    ['no reason', ['trigger', 'MODEL'], 2, 'USAGE'],
    ['an empty reason', ['pause', 'MODEL', '--reason', ''], 2, 'USAGE'],
    ['blanks for a reason', ['pause', 'MODEL', '--reason', '   '], 2, 'USAGE'],
    ['a reason that hides text', ['pause', 'MODEL', '--reason', 'for the\u202Enight'], 2, 'USAGE'],
    ['a reason without an end', ['pause', 'MODEL', '--reason', 'x'.repeat(2001)], 2, 'USAGE'],
    ['another action', ['delete', 'MODEL', ...reason], 2, 'USAGE'],
    ['two models', ['pause', 'MODEL', 'MODEL', ...reason], 2, 'USAGE'],
    ['an unknown model to list', ['list', '--model', 'tw-nowhere'], 1, 'MODEL_UNKNOWN'],
    ['an unknown kind to list', ['list', '--kind', 'all'], 2, 'USAGE'],
  ];
  it.each(refusals)('%s is refused, and changes nothing', async (_, args, exitCode, code) => {
    const [before, audit] = [await listed('retrain'), await recorded(model)];
    const given = args.map((arg) => (arg === 'MODEL' ? model : arg));
    const token = args[0] === 'list' ? [] : ['--token', operator];
    const answer = await schedules(...given, ...token, '--json');
    expect([answer.exitCode, JSON.parse(answer.out)]).toMatchObject([exitCode, { error: { code } }]);
    expect(await listed('retrain')).toEqual(before);
    expect(await recorded(model)).toEqual(audit);
  });

  it.each(['pause', 'resume', 'trigger'])(
    '%s of a kind without a schedule writes down nothing',
    async (action) => {
      const without = await world.api.world.model({ drill: { schedule: false } });
      await putSchedules(world.environment.client, spec(without, { drill: { schedule: false } }));
      const args = [action, without, '--kind', 'drill', '--reason', REASON, '--token', operator];
      const answer = await schedules(...args, '--json');
      expect([answer.exitCode, JSON.parse(answer.out)]).toMatchObject([
        1,
        { error: { code: 'SCHEDULE_UNKNOWN' } },
      ]);
      const said = await schedules(...args);
      expect(said.err).toContain(`${without} has no schedule of that kind (drill)`);
      expect(await recorded(without)).toEqual([]);
    },
  );

  it('a token of nobody, of a viewer or of another model changes nothing', async () => {
    const audit = await recorded(model);
    const args = ['pause', model, '--reason', REASON, '--json'];
    for (const [token, code] of [
      [[], 'IDENTITY_MISSING'],
      [['--token', 'nonsense'], 'TOKEN_INVALID'],
      [['--token', await world.api.token('vera', 'viewer')], 'ROLE_MISSING'],
      [['--token', await world.api.token('rita', 'researcher')], 'ROLE_MISSING'],
      [['--token', await world.api.token('eve', 'operator@other-model')], 'ROLE_MISSING'],
    ] as const) {
      const answer = await schedules(...args, ...token);
      expect(answer.exitCode).toBe(1);
      expect(JSON.parse(answer.out)).toMatchObject({ error: { code } });
    }
    expect(await listed('retrain')).toMatchObject({ paused: false });
    expect(await recorded(model)).toEqual(audit);
  });

  it('a Temporal that is away is said, and nothing is written down', async () => {
    const audit = await recorded(model);
    const away = { CONTENDER_TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const args = ['schedules', 'pause', model, '--reason', REASON, '--token', operator, '--json'];
    const answer = await commandIn(world, args, away);
    expect(answer.exitCode).toBe(3);
    expect(JSON.parse(answer.out)).toMatchObject({ error: { code: 'PART_UNREACHABLE' } });
    expect(await recorded(model)).toEqual(audit);
  });
});
