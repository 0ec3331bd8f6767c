import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RetrainInput, RetrainResult, RetrainState } from '../../../contracts/retrain.ts';
import { writeSimulatedFolder } from '../../../extraction/simulated-folder.ts';
import { decisionInstant } from '../../../market/rules.ts';
import { shippedCalendar } from '../../../market/shipped-calendar.ts';
import { simulateMarket } from '../../../market/simulator.ts';
import type { RetrainRecord } from '../../../registry/retrains.ts';
import type { WatchRecord } from '../../../registry/watch-records.ts';
import { guardAgain } from '../../e2e/guard-again.ts';
import { smallSpec, SmallWorld, until } from '../../e2e/small-world.ts';

/** A market whose signal turns round ten sessions after the first champion was made, and stays so. */
const FROM = '2018-01-02';
const MADE_AT = 265;
const FLIP = 275;
/** The machine was off from the end of the first cooldown until 400 sessions after the turn. */
const LONG_AFTER = FLIP + 400;
const SESSIONS = LONG_AFTER + 25;
const MINUTES = 60_000;
const COOLDOWN = 15;
const MODEL = 'tw-turned';

const calendar = shippedCalendar('XTAI');
const dates = calendar.between(FROM, '2027-12-31');
const dateAt = (position: number): string => dates[position] ?? '';
const decidedAt = (position: number): string => decisionInstant(calendar, dateAt(position));
const positionOf = (asOf: string): number => dates.indexOf(asOf.slice(0, 10));

let world: SmallWorld;
let epoch: number;

beforeAll(async () => {
  world = await SmallWorld.start();
  const folder = join(world.dataDir, 'turning-market');
  const market = simulateMarket({
    ...{ seed: 7, symbols: 40, sessions: SESSIONS, from: FROM },
    ...{ plantedRankIc: 0.35, flipSession: FLIP },
  });
  await writeSimulatedFolder({ outDir: folder, market });
  const decay = { cooldownSessions: COOLDOWN, action: 'reduce-only' };
  await world.applySpec(smallSpec(MODEL, folder, { decay }));
  const result = await world.result(await world.startRetrain(MODEL, decidedAt(MADE_AT)));
  if (result.epoch === null) throw new Error(`${result.outcome}: ${result.reason}`);
  epoch = result.epoch;
}, 8 * MINUTES);
afterAll(async () => {
  await world.stop();
}, MINUTES);

type Emergency = (input: RetrainInput) => Promise<RetrainResult>;

/** Oldest first. */
const emergencies = async (): Promise<readonly RetrainRecord[]> =>
  (await world.registry.listRetrains({ model: MODEL, limit: 20 }))
    .filter(({ trigger }) => trigger === 'decay')
    .toReversed();

const decisions = (): Promise<readonly WatchRecord[]> =>
  world.registry.watchRecords({ model: MODEL, epoch: null, decisionsOnly: true, limit: 500 });

const restraint = async (): Promise<string> => (await world.registry.champion({ model: MODEL })).side.action;

describe('a market whose signal turns round', () => {
  it(
    'alarms, diagnoses, tells consumers to reduce at once, and refuses the emergency retrain right after the turn',
    async () => {
      const emergency = await until(
        'the first emergency to end',
        async () => {
          const [first] = await emergencies();
          return first !== undefined && first.status !== 'open' ? first : null;
        },
        8 * MINUTES,
      );

      const alarmed = (await decisions()).findLast(({ decision }) => decision === 'retrain');
      expect(alarmed).toMatchObject({ alarm: true, standing: true, action: 'reduce-only', epoch });
      expect(alarmed?.diagnosis).not.toBeNull();
      expect(['data-fault', 'parity-break', 'bug']).not.toContain(alarmed?.diagnosis);
      expect(alarmed?.statistic ?? 0).toBeGreaterThan(alarmed?.threshold ?? Infinity);
      // The label of a session is known six sessions later; the estimate of the turn is off by a few.
      const onset = dates.indexOf(alarmed?.onset ?? '');
      expect(Math.abs(onset - FLIP)).toBeLessThanOrEqual(8);
      expect(alarmed?.state).toMatchObject({
        economics: { counterfactual: expect.stringContaining(' bp of the book') as string },
      });
      expect((await world.registry.champion({ model: MODEL })).side).toMatchObject({
        ...{ action: 'reduce-only', subject: 'system' },
      });

      expect(emergency).toMatchObject({ emergency: true, status: 'refused', asOf: alarmed?.decidedAt });
      expect(emergency.reason).toContain('recovery');
      expect((await world.registry.champion({ model: MODEL })).epoch).toBe(epoch);
    },
    10 * MINUTES,
  );

  it(
    'starts no second emergency inside the cooldown, keeps the restraint while the alarm stands, and records why',
    async () => {
      const [first] = await emergencies();
      const begun = positionOf(first?.asOf ?? '');
      const distanceOf = ({ session }: { readonly session: string }): number =>
        dates.indexOf(session) - begun;
      await until(
        'the cooldown to pass',
        async () => {
          const [newest] = await world.registry.watchRecords({
            ...{ model: MODEL, epoch: null, decisionsOnly: false, limit: 1 },
          });
          return newest !== undefined && distanceOf(newest) >= COOLDOWN - 1;
        },
        8 * MINUTES,
      );
      await world.endGuard(MODEL, epoch);

      // The guard may have begun the next session before it was ended; what it asked for then comes after the cooldown.
      for (const { asOf } of (await emergencies()).slice(1)) {
        expect(positionOf(asOf) - begun).toBeGreaterThanOrEqual(COOLDOWN);
      }
      const within = (await decisions()).filter(
        (record) => distanceOf(record) > 0 && distanceOf(record) < COOLDOWN,
      );
      expect(within.length).toBe(COOLDOWN - 1);
      expect(within.every(({ standing }) => standing)).toBe(true);
      expect(within.map(({ decision }) => decision)).not.toContain('retrain');
      expect(await restraint()).toBe('reduce-only');

      const live = await world.registry.liveResults({ model: MODEL, versionId: null });
      const sessions = live.filter(({ role }) => role === 'champion').map(({ session }) => session);
      expect(new Set(sessions).size).toBe(sessions.length);
      const watched = dates.slice(dates.indexOf(sessions[0] ?? ''), dates.indexOf(sessions.at(-1) ?? '') + 1);
      expect(sessions).toEqual(watched);
    },
    10 * MINUTES,
  );

  it(
    'ends in a swap when the turn lies 400 sessions back, and the new champion serves without restraint',
    async () => {
      await until('no emergency to be open', async () =>
        (await emergencies()).every(({ status }) => status !== 'open'),
      );
      const before = (await emergencies()).length;
      await guardAgain(world, { model: MODEL, epoch, afterSession: dateAt(LONG_AFTER - 1) });

      const retrain = await until(
        'an emergency retrain that knows the turned market',
        async () => (await emergencies())[before],
        8 * MINUTES,
      );
      expect(positionOf(retrain.asOf)).toBeGreaterThanOrEqual(LONG_AFTER);
      const handle = world.replay.workflow.getHandle<Emergency>(retrain.retrainId);
      const asked = await until(
        'the leads to be asked',
        async () => {
          const state = await handle.query<RetrainState>('state');
          return state.finished || state.approval !== null ? state : null;
        },
        8 * MINUTES,
      );
      expect(asked).toMatchObject({ finished: false, reason: '' });
      expect(asked.verdicts.find(({ gate }) => gate === 'recovery')).toMatchObject({ verdict: 'pass' });
      expect(await restraint()).toBe('reduce-only');

      await world.decide(handle, asked.approval?.evidenceHash ?? '');
      const result = await until(
        'the swap',
        async () => ((await handle.describe()).status.name === 'RUNNING' ? null : await handle.result()),
        4 * MINUTES,
      );
      expect(result).toMatchObject({ outcome: 'promoted', epoch: epoch + 1 });
      await until('the restraint to be lifted', async () => (await restraint()) === 'serve', 4 * MINUTES);
      const ended = (await emergencies()).find(({ retrainId }) => retrainId === retrain.retrainId);
      expect(ended).toMatchObject({ status: 'promoted', emergency: true });
    },
    15 * MINUTES,
  );
});
