import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RetrainResult, RetrainState, RetrainStep } from '../../contracts/retrain.ts';
import { query } from '../e2e/registry-state.ts';
import { decidedAt, type Retrain, SmallWorld, until } from '../e2e/small-world.ts';
import { type FinalState, finalState } from './final-state.ts';

/**
 * kill -9 of every process, once each, in the middle of a retrain. What is left behind has to be what an undisturbed run of
 * the same retrain leaves behind: the same version id, verdicts, shadow, ledger, reign and audit.
 */
const UNDISTURBED = 'tw-undisturbed';
const AS_OF = decidedAt(265);
const MINUTES = 60_000;
/** PENDING_ACTIVITY_STATE_STARTED of Temporal's API. */
const STARTED = 2;

interface Kill {
  readonly victim: string;
  readonly moment: string;
  /** True at the moment of the kill. */
  readonly isNow: (retrain: Retrain) => Promise<boolean>;
}

const KILLS: readonly Kill[] = [
  { victim: 'compute', moment: 'while it validates the snapshot', isNow: running('validateSnapshot') },
  { victim: 'sidecar', moment: 'while it fits trials', isNow: running('runTrial') },
  { victim: 'temporal', moment: 'while trials are fitted', isNow: running('runTrial') },
  { victim: 'control', moment: 'in the middle of the shadow', isNow: shadowedSessions(1) },
  { victim: 'postgres', moment: 'while a shadow session is scored', isNow: running('scoreShadowSession') },
  { victim: 'server-a', moment: 'before the swap it has to acknowledge', isNow: atStep('approve') },
];

let world: SmallWorld;
let expected: FinalState;

beforeAll(async () => {
  world = await SmallWorld.start({ durable: true });
  const { result } = await retrained(UNDISTURBED);
  expected = await finalState(world, UNDISTURBED, result, UNDISTURBED);
}, 10 * MINUTES);
afterAll(async () => {
  await world.stop();
}, MINUTES);

async function retrained(
  model: string,
  during: (retrain: Retrain) => Promise<void> = () => Promise.resolve(),
): Promise<{ readonly result: RetrainResult; readonly seconds: number }> {
  await world.givenModel(model);
  const started = performance.now();
  const retrain = await world.startRetrain(model, AS_OF, {
    clock: { mode: 'replay', secondsPerSession: 1, approvalSecondsPerSession: 600 },
  });
  await during(retrain);
  const result = await world.result(retrain);
  if (result.epoch !== null) await until('end of the guard', () => ended(model, result.epoch ?? 0));
  return { result, seconds: (performance.now() - started) / 1000 };
}

async function ended(model: string, epoch: number): Promise<boolean> {
  await world.endGuard(model, epoch);
  return true;
}

/** I1: one champion, and it is the one of the newest reign. I3: the audit chain verifies. I6: final, and final once. */
async function expectInvariants(model: string): Promise<void> {
  const view = await world.registry.champion({ model });
  const reigns = await world.registry.reigns({ model });
  expect(reigns.map(({ epoch, versionId }) => ({ epoch, versionId }))).toEqual([
    { epoch: view.epoch, versionId: view.champion?.id },
  ]);
  expect(await world.registry.verifyAudit({ model: null, anchor: null })).toMatchObject({ ok: true });
  const runs = await query(
    world,
    'select status, finished_at is not null as final from retrains where model = $1',
    [model],
  );
  expect(runs).toEqual([{ status: 'promoted', final: true }]);
}

/** An attempt of the activity is being worked on. */
function running(activity: string): Kill['isNow'] {
  return async (retrain) => {
    const { raw } = await retrain.describe();
    return (raw.pendingActivities ?? []).some(
      ({ activityType, state }) => activityType?.name === activity && Number(state) === STARTED,
    );
  };
}

function shadowedSessions(sessions: number): Kill['isNow'] {
  return async (retrain) => {
    const state = await retrain.query<RetrainState>('state');
    return state.shadowSessions.length === sessions;
  };
}

function atStep(step: RetrainStep): Kill['isNow'] {
  return async (retrain) => (await retrain.query<RetrainState>('state')).step === step;
}

describe('kill -9 in the middle of a retrain', () => {
  it('the undisturbed run promotes a version', () => {
    expect(expected).toMatchObject({ outcome: 'promoted', verdict: 'pass' });
    expect(expected.reigns).toHaveLength(1);
    expect(expected.counts).toMatchObject({
      reigns: 1,
      versions: 1,
      trials: 8,
      approvals: 1,
      open_retrains: 0,
    });
  });

  it.for(KILLS)(
    'of $victim $moment leaves the same final state',
    { timeout: 10 * MINUTES },
    async ({ victim, isNow }) => {
      const model = `tw-killed-${victim}`;
      const { result, seconds } = await retrained(model, async (retrain) => {
        await until(`the moment to kill ${victim}`, () => isNow(retrain));
        const pid = world.kill(victim);
        await world.restarted(victim, pid);
      });

      expect(await finalState(world, model, result, UNDISTURBED)).toEqual(expected);
      await expectInvariants(model);
      expect(world.supervisor.restarts()[victim]).toBeGreaterThan(0);
      process.stdout.write(`kill -9 of ${victim}: same final state after ${seconds.toFixed(0)} s\n`);
    },
  );
});
