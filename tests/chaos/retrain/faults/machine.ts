import { until } from '../../swap/swap-fleet.ts';
import { startSidecar } from '../../../deep/training/own-sidecar.ts';
import type { Retrain } from '../../../e2e/small-world.ts';
import { judgedRetrain, overNow } from '../judged-retrain.ts';
import { Hold } from '../points.ts';
import { isRunning, type RetrainFleet, withClient } from '../retrain-fleet.ts';
import { always, type Fault } from './fault.ts';
import type { Clock, FaultyFleet } from './faulty-fleet.ts';

const DAY_MS = 86_400_000;

/** Longer than the heartbeat timeout: another sidecar has done its work when it goes on with it. */
const stoppedSidecar: Fault = {
  names: ['fault/sidecar-stopped-and-continued'],
  impossible: always,
  run: ({ fleet }) =>
    judgedRetrain(fleet, 'fault/sidecar-stopped-and-continued', async ({ model, start }) => {
      fleet.forgetFolds();
      const retrain = await start();
      await until('an attempt at a trial', async () =>
        (await isRunning(retrain, 'runTrial')) ? true : null,
      );
      fleet.signal('sidecar', 'SIGSTOP');
      const other = startSidecar(fleet.world);
      try {
        await until('the trials were fitted by the other sidecar', async () =>
          (await stepOf(fleet, model)) === 'train' ? null : true,
        );
      } finally {
        fleet.signal('sidecar', 'SIGCONT');
        await other.stop();
      }
      return overNow('trials taken over, the first sidecar goes on with its own');
    }),
};

const clockJump = (name: Clock, days: number): Fault => {
  const cell = `fault/clock-jump/${name}/${days > 0 ? 'ahead' : 'back'}`;
  return {
    names: [cell],
    impossible: always,
    run: (world) =>
      judgedRetrain(world.fleet, cell, async ({ start }) => {
        try {
          const retrain = await start();
          await until('the training', async () => ((await isRunning(retrain, 'runTrial')) ? true : null));
          world.turnClock(name, days * DAY_MS);
          await until('the end', async () =>
            (await retrain.describe()).status.name === 'RUNNING' ? null : true,
          );
        } finally {
          world.turnClock(name, 0);
        }
        return overNow(`a day ${days > 0 ? 'ahead' : 'back'} from the training on`);
      }),
  };
};

const needsDisks = ({ surroundings }: FaultyFleet): string | null =>
  surroundings.disks === null ? 'a file system of its own can only be mounted by root' : null;

/** Full while trials are fitted, until an attempt has failed by it. */
const fullArtifactStore: Fault = {
  names: ['fault/disk-full/artifacts'],
  impossible: needsDisks,
  run: ({ fleet, surroundings: { disks } }) =>
    judgedRetrain(fleet, 'fault/disk-full/artifacts', async ({ model, start }) => {
      if (disks === null) throw new Error('there is no disk to fill');
      fleet.forgetFolds();
      let said = '';
      try {
        const hold = await Hold.place(fleet.link, model, 'validate', 'in');
        const retrain = await start();
        await until('the end of the validation', async () => ((await hold.isReached()) ? true : null));
        disks.artifacts.fill();
        await hold.release();
        said = await until('an attempt that failed', () => failedAttempt(retrain));
      } finally {
        disks.artifacts.free();
      }
      if (!said.includes('ArtifactStoreUnavailable')) throw new Error(`it failed by something else: ${said}`);
      return overNow(`no byte left: ${said}`);
    }),
};

/** Full until Postgres itself has refused to write. */
const fullDatabase: Fault = {
  names: ['fault/disk-full/database'],
  impossible: needsDisks,
  run: ({ fleet, surroundings: { disks } }) =>
    judgedRetrain(fleet, 'fault/disk-full/database', async ({ start }) => {
      if (disks === null) throw new Error('there is no disk to fill');
      const retrain = await start();
      await until('the training', async () => ((await isRunning(retrain, 'runTrial')) ? true : null));
      let refused = '';
      try {
        disks.postgres.fill();
        refused = await writesUntilRefused(fleet);
      } finally {
        disks.postgres.free();
      }
      await until('a database that writes again', () =>
        withClient(fleet.world, async (client) => {
          await client.query('drop table if exists chaos_ballast');
          return true;
        }),
      );
      return overNow(refused);
    }),
};

async function writesUntilRefused(fleet: RetrainFleet): Promise<string> {
  try {
    await withClient(fleet.world, (client) =>
      client.query(`create table chaos_ballast as
        select repeat(md5(n::text), 30) as filler from generate_series(1, 2000000) n`),
    );
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  throw new Error('the disk of the database is not full');
}

const stepOf = (fleet: RetrainFleet, model: string): Promise<string> =>
  withClient(fleet.world, async (client) => {
    const { rows } = await client.query<{ step: string }>('select step from retrains where model = $1', [
      model,
    ]);
    return rows[0]?.step ?? '';
  });

/** What the newest failed attempt at something pending said. */
async function failedAttempt(retrain: Retrain): Promise<string | null> {
  const { raw } = await retrain.describe();
  for (const { activityType, lastFailure } of raw.pendingActivities ?? []) {
    const type = lastFailure?.applicationFailureInfo?.type ?? '';
    if (type !== '') return `${activityType?.name ?? ''} failed by ${type}`;
  }
  return null;
}

export const MACHINE_FAULTS: readonly Fault[] = [
  stoppedSidecar,
  fullArtifactStore,
  fullDatabase,
  ...(['control', 'compute'] as const).flatMap((name) => [clockJump(name, 1), clockJump(name, -1)]),
];
