import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aboutModel, guardId, TASK_QUEUES } from '../../../contracts/ids.ts';
import type { GuardInput, RetrainInput, RetrainResult, RetrainState } from '../../../contracts/retrain.ts';
import { writeSimulatedFolder } from '../../../extraction/simulated-folder.ts';
import { decisionInstant } from '../../../market/rules.ts';
import { shippedCalendar } from '../../../market/shipped-calendar.ts';
import { simulateMarket } from '../../../market/simulator.ts';
import type { RetrainRecord } from '../../../registry/retrains.ts';
import type { WatchRecord } from '../../../registry/watch-records.ts';
import { CLOCK, smallSpec, SmallWorld, until } from '../../e2e/small-world.ts';

/** A market whose signal turns round twenty sessions after the first champion was made, and stays so for two years. */
const FROM = '2018-01-02';
const MADE_AT = 265;
const FLIP = 285;
const SESSIONS = 720;
const LONG_AFTER = FLIP + 385;
const MINUTES = 60_000;
const COOLDOWN = 20;

const calendar = shippedCalendar('XTAI');
const dates = calendar.between(FROM, '2027-12-31');
const dateAt = (position: number): string => dates[position] ?? '';
const decidedAt = (position: number): string => decisionInstant(calendar, dateAt(position));

let world: SmallWorld;
let folder: string;

beforeAll(async () => {
  world = await SmallWorld.start();
  folder = join(world.dataDir, 'turning-market');
  const market = simulateMarket({
    ...{ seed: 7, symbols: 40, sessions: SESSIONS, from: FROM },
    ...{ plantedRankIc: 0.35, flipSession: FLIP },
  });
  await writeSimulatedFolder({ outDir: folder, market });
}, 4 * MINUTES);
afterAll(async () => {
  await world.stop();
}, MINUTES);

async function firstChampion(model: string, decay: Readonly<Record<string, unknown>>): Promise<number> {
  await world.applySpec(smallSpec(model, folder, { decay: { cooldownSessions: COOLDOWN, ...decay } }));
  const result = await world.result(await world.startRetrain(model, decidedAt(MADE_AT)));
  if (result.epoch === null) throw new Error(`${result.outcome}: ${result.reason}`);
  return result.epoch;
}

/** Ends a guard and begins another for the same reign after a session: the machine was off in between. */
async function guardAgainFrom(model: string, epoch: number, afterSession: string): Promise<void> {
  await world.endGuard(model, epoch);
  await world.replay.workflow.start<(input: GuardInput) => Promise<void>>('guardChampion', {
    workflowId: guardId(model, epoch),
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    taskQueue: TASK_QUEUES.control,
    typedSearchAttributes: aboutModel(model, { step: 'guard' }),
    args: [
      {
        ...{ model, epoch, clock: CLOCK, afterSession },
        ...{ measuredSessions: 0, consecutiveErrors: 0, correlationId: `e2e/${model}` },
      },
    ],
  });
}

type Emergency = (input: RetrainInput) => Promise<RetrainResult>;

const emergencies = async (model: string): Promise<readonly RetrainRecord[]> =>
  (await world.registry.listRetrains({ model, limit: 20 })).filter(({ trigger }) => trigger === 'decay');

const decisions = (model: string): Promise<readonly WatchRecord[]> =>
  world.registry.watchRecords({ model, epoch: null, decisionsOnly: true, limit: 500 });

describe('a market whose signal turns round', () => {
  it(
    'alarms, diagnoses, tells consumers to reduce at once, and refuses the emergency retrain right after the turn',
    async () => {
      const model = 'tw-turned';
      const epoch = await firstChampion(model, { action: 'reduce-only' });

      const [emergency] = await until(
        'the first emergency to end',
        async () => {
          const found = await emergencies(model);
          return found.length > 0 && found.at(-1)?.status !== 'open' ? found.slice(-1) : null;
        },
        8 * MINUTES,
      );

      const alarmed = (await decisions(model)).findLast(({ decision }) => decision === 'retrain');
      expect(alarmed).toMatchObject({ alarm: true, standing: true, action: 'reduce-only', epoch });
      expect(alarmed?.diagnosis).not.toBeNull();
      expect(['data-fault', 'parity-break', 'bug']).not.toContain(alarmed?.diagnosis);
      expect(alarmed?.statistic ?? 0).toBeGreaterThan(alarmed?.threshold ?? Infinity);
      // The label of a session is known six sessions later; the estimate of the turn is off by a few.
      const onset = dates.indexOf(alarmed?.onset ?? '');
      expect(Math.abs(onset - FLIP)).toBeLessThanOrEqual(8);
      expect(alarmed?.state).toMatchObject({
        economics: { counterfactual: expect.stringContaining('bps') as string },
      });
      expect((await world.registry.champion({ model })).side).toMatchObject({
        ...{ action: 'reduce-only', subject: 'system' },
      });

      expect(emergency).toMatchObject({ emergency: true, status: 'refused', asOf: alarmed?.decidedAt });
      expect(emergency?.reason).toContain('recovery');
      expect((await world.registry.champion({ model })).epoch).toBe(epoch);
    },
    10 * MINUTES,
  );

  it(
    'starts no second emergency inside the cooldown, keeps the restraint while the alarm stands, and records why',
    async () => {
      const model = 'tw-turned';
      const [first] = (await emergencies(model)).slice(-1);
      const begun = dates.indexOf(first?.asOf.slice(0, 10) ?? '');
      await until(
        'the cooldown to pass',
        async () => {
          const [newest] = await world.registry.watchRecords({
            model,
            epoch: null,
            decisionsOnly: false,
            limit: 1,
          });
          return dates.indexOf(newest?.session ?? '') >= begun + COOLDOWN + 2;
        },
        8 * MINUTES,
      );

      const later = (await emergencies(model)).slice(0, -1);
      for (const { asOf } of later) {
        expect(dates.indexOf(asOf.slice(0, 10)) - begun).toBeGreaterThanOrEqual(COOLDOWN);
      }
      const records = await decisions(model);
      const within = records.filter(({ session }) => {
        const distance = dates.indexOf(session) - begun;
        return distance > 0 && distance < COOLDOWN;
      });
      expect(within.length).toBe(COOLDOWN - 1);
      expect(within.every(({ standing }) => standing)).toBe(true);
      expect(within.map(({ decision }) => decision)).not.toContain('retrain');
      expect((await world.registry.champion({ model })).side.action).toBe('reduce-only');

      const live = await world.registry.liveResults({ model, versionId: null });
      const champion = live.filter(({ role }) => role === 'champion');
      const sessions = champion.map(({ session }) => session);
      expect(new Set(sessions).size).toBe(sessions.length);
      const watched = dates.slice(dates.indexOf(sessions[0] ?? ''), dates.indexOf(sessions.at(-1) ?? '') + 1);
      expect(sessions).toEqual(watched);
      const epoch = champion[0]?.epoch ?? 0;
      await world.endGuard(model, epoch);
    },
    10 * MINUTES,
  );

  it(
    'ends in a swap when the turn lies 400 sessions back, and the new champion serves without restraint',
    async () => {
      const model = 'tw-learnt';
      const epoch = await firstChampion(model, { action: 'halt', cooldownSessions: 12 });
      await guardAgainFrom(model, epoch, dateAt(LONG_AFTER));

      await until(
        'consumers to be told',
        async () => {
          const { side } = await world.registry.champion({ model });
          return side.action === 'halt';
        },
        8 * MINUTES,
      );
      // The first ones may still know too few sessions since the decay was seen; they are refused, and asked again.
      const retrain = await until(
        'an emergency retrain that recovers',
        async () => {
          const [newest] = await emergencies(model);
          if (newest === undefined) return null;
          const handle = world.replay.workflow.getHandle<Emergency>(newest.retrainId);
          const state = await handle.query<RetrainState>('state');
          return state.verdicts.some(({ gate, verdict }) => gate === 'recovery' && verdict === 'pass')
            ? newest
            : null;
        },
        25 * MINUTES,
      );
      const behind = dates.indexOf(retrain.asOf.slice(0, 10)) - FLIP;
      expect(behind).toBeGreaterThan(385);
      const handle = world.replay.workflow.getHandle<Emergency>(retrain.retrainId);
      const asked = await until(
        'the leads to be asked',
        async () => {
          const state = await handle.query<RetrainState>('state');
          return state.finished || state.approval !== null ? state : null;
        },
        15 * MINUTES,
      );
      expect(asked).toMatchObject({ finished: false, reason: '' });
      await world.decide(handle, asked.approval?.evidenceHash ?? '');
      const result = await until(
        'the swap',
        async () => ((await handle.describe()).status.name === 'RUNNING' ? null : await handle.result()),
        15 * MINUTES,
      );
      expect(result).toMatchObject({ outcome: 'promoted', epoch: epoch + 1 });
      await until(
        'the restraint to be lifted',
        async () => {
          const { side } = await world.registry.champion({ model });
          return side.action === 'serve';
        },
        4 * MINUTES,
      );
    },
    60 * MINUTES,
  );
});
