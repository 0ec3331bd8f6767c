import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guardId } from '../../../contracts/ids.ts';
import type { RetrainResult } from '../../../contracts/retrain.ts';
import { decidedAt, type Retrain, SmallWorld, until } from '../../e2e/small-world.ts';
import { copyOfSources, edit } from './other-release.ts';

/**
 * A release is installed while a retrain is in its shadow. The new release's retrain does one thing more at the start, which
 * no history of the old one has: were the open retrain handed to it, Temporal would refuse to go on with it.
 */
const MINUTES = 60_000;
const OPEN = 'tw-open';
const LATER = 'tw-later';
const CLOCK = { mode: 'replay', secondsPerSession: 1, approvalSecondsPerSession: 600 } as const;

let world: SmallWorld;
let newRelease: string;
let firstBuild: string;
let openResult: RetrainResult;

beforeAll(async () => {
  newRelease = copyOfSources();
  edit(
    newRelease,
    'workflows/retrain-model.ts',
    /(export async function retrainModel\([^)]*\): Promise<RetrainResult> \{)/u,
    '$1\n  await sleep(1);',
  );

  world = await SmallWorld.start();
  await world.givenModel(OPEN, { shadow: shadowOf(7) });
  const retrain = await world.startRetrain(OPEN, decidedAt(265), { clock: CLOCK });
  await world.stateWhen(retrain, ({ shadowSessions }) => shadowSessions.length === 3);
  [firstBuild = ''] = await buildsOf(retrain);
  await world.stop({ keep: true });

  world = await SmallWorld.start({ root: newRelease, dataDir: world.dataDir });
  openResult = await world.result(world.replay.workflow.getHandle(retrain.workflowId));
}, 10 * MINUTES);
afterAll(async () => {
  await world.stop();
  rmSync(newRelease, { recursive: true, force: true });
}, MINUTES);

function shadowOf(sessions: number) {
  return {
    sessions,
    minPairing: 0.5,
    minRankAgreement: -1,
    maxPaperLoss: 1,
    maxDrawdown: 1,
    maxFeatureSkew: 100,
  };
}

/** Ids of the builds that worked on a workflow, in order of their first task. */
async function buildsOf(handle: Pick<Retrain, 'fetchHistory'>): Promise<readonly string[]> {
  const { events } = await handle.fetchHistory();
  const ids = (events ?? []).map(
    (event) => event.workflowTaskCompletedEventAttributes?.deploymentVersion?.buildId ?? '',
  );
  return [...new Set(ids)].filter((id) => id !== '');
}

describe('a new release while a retrain is open', () => {
  it('the open retrain ends as it would have: seven sessions, signed, promoted, on the build it began with', async () => {
    expect(openResult).toMatchObject({ outcome: 'promoted', verdict: 'pass', epoch: 1 });
    const days = await world.registry.shadowDays({ retrainId: openResult.retrainId });
    expect(days).toHaveLength(7);
    expect(await buildsOf(world.replay.workflow.getHandle(openResult.retrainId))).toEqual([firstBuild]);
    expect(firstBuild).toMatch(/^[0-9a-f]{64}$/u);
  });

  it('a retrain begun after it runs on the new build', { timeout: 5 * MINUTES }, async () => {
    await world.givenModel(LATER);
    const retrain = await world.startRetrain(LATER, decidedAt(265), { clock: CLOCK });
    const result = await world.result(retrain);
    expect(result.outcome).toBe('promoted');
    const [build, ...others] = await buildsOf(retrain);
    expect(others).toEqual([]);
    expect(build).toMatch(/^[0-9a-f]{64}$/u);
    expect(build).not.toBe(firstBuild);
    await world.endGuard(LATER, 1);
  });

  it('the guard of the reign that the old build opened goes on with the new one', async () => {
    const guard = world.replay.workflow.getHandle(guardId(OPEN, 1));
    await until('a task of the guard on the new build', async () =>
      (await buildsOf(guard)).some((build) => build !== firstBuild),
    );
    await world.endGuard(OPEN, 1);
  });
});
