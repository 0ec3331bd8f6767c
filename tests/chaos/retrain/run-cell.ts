import { RetrainStep } from '../../../contracts/retrain.ts';
import type { Retrain } from '../../e2e/small-world.ts';
import { until } from '../swap/swap-fleet.ts';
import { type Cell, cellName } from './cells.ts';
import { type CellResult, judgedRetrain, overNow } from './judged-retrain.ts';
import type { Planted } from './plants.ts';
import { COMMITS, Hold } from './points.ts';
import { isRunning, type RetrainFleet } from './retrain-fleet.ts';

/** A kill that came too late hit another moment; everything is tried again with another retrain. */
const ATTEMPTS = 5;

class MomentMissed extends Error {}

/** What a cell needs: the retrain that is killed in, and nothing else. */
interface Subject {
  readonly model: string;
  readonly retrain: Retrain;
}

/** Does what is needed before the retrain starts; the answer, called once it runs, kills and tells what stood then. */
type Prepared = (subject: Subject) => Promise<string>;

/**
 * One retrain with one kill -9 in each of the cells, which are of different steps: stops it at the moment, kills the victim
 * there, lets the supervisor start it again, and follows the retrain to the next and to its end.
 */
export async function runCells(
  fleet: RetrainFleet,
  cells: readonly Cell[],
  planted: Planted | null = null,
): Promise<CellResult> {
  const steps = RetrainStep.options;
  const inOrder = cells.toSorted((a, b) => steps.indexOf(a.step) - steps.indexOf(b.step));
  const name = inOrder.map(cellName).join(' ');
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await judgedRetrain(
        fleet,
        name,
        async ({ model, start }) => {
          if (inOrder.some(({ step }) => step === 'train' || step === 'package')) fleet.forgetFolds();
          const prepared: Prepared[] = [];
          for (const cell of inOrder) prepared.push(await prepare(fleet, cell, model));
          const retrain = await start();
          const told: string[] = [];
          for (const kill of prepared) told.push(await kill({ model, retrain }));
          return overNow(told.join('; '));
        },
        { planted },
      );
    } catch (error) {
      if (!(error instanceof MomentMissed) || attempt === ATTEMPTS) throw error;
    }
  }
}

async function prepare(fleet: RetrainFleet, cell: Cell, model: string): Promise<Prepared> {
  const { step, moment, victim } = cell;
  if (victim === 'sidecar') {
    return moment === 'before'
      ? killWhileWorking(fleet, cell, step === 'train' ? 'runTrial' : 'fitFinal')
      : killSidecarAtRename(fleet, cell, moment);
  }
  // The compute worker commits nothing of this step.
  if (step === 'validate' && victim === 'compute') return killWhileWorking(fleet, cell, 'validateSnapshot');
  const hold = await Hold.place(fleet.link, model, step, moment === 'before' ? 'before' : 'in');
  return async (subject) => {
    await until(`${cellName(cell)}: somebody at the point`, async () =>
      (await hold.isReached()) ? true : null,
    );
    if (await stands(fleet, subject.model, step)) throw new Error(`${cellName(cell)}: committed before`);
    return moment === 'after'
      ? await killAfterCommit(fleet, cell, subject.model, hold)
      : await killAtPoint(fleet, cell, hold);
  };
}

/** Kills while Temporal knows of an attempt that has not answered: the victim is stopped, looked at, and killed. */
function killWhileWorking(fleet: RetrainFleet, { victim }: Cell, activity: string): Prepared {
  return async ({ retrain }) => {
    await until(`an attempt at ${activity}`, async () =>
      (await isRunning(retrain, activity)) ? true : null,
    );
    fleet.signal(victim, 'SIGSTOP');
    if (!(await isRunning(retrain, activity))) {
      fleet.signal(victim, 'SIGCONT');
      throw new MomentMissed(`${activity} was done before ${victim} stood still`);
    }
    await fleet.killAndRestart(victim);
    return `${activity} under way`;
  };
}

/** Kills the sidecar at either side of the rename that publishes what a fit made. */
function killSidecarAtRename(fleet: RetrainFleet, { step }: Cell, moment: 'in' | 'after'): Prepared {
  const { firstPredictions, nativeModel } = fleet.expected;
  const sha256 = step === 'train' ? firstPredictions : nativeModel;
  fleet.forgetArtifact(sha256);
  fleet.holdSidecar(moment, sha256);
  return async () => {
    try {
      await until('the rename', () => (fleet.sidecarIsHeld(sha256) ? true : null));
      await fleet.killAndRestart('sidecar', () => {
        fleet.releaseSidecar(sha256);
      });
    } finally {
      fleet.releaseSidecar(sha256);
    }
    return moment === 'in' ? 'artifact written, not published' : 'artifact published, nobody told';
  };
}

/** The point is let go of once the victim is dead, while it is being started again. */
async function killAtPoint(fleet: RetrainFleet, { victim }: Cell, hold: Hold): Promise<string> {
  await fleet.killAndRestart(victim, () => released(hold));
  return 'not committed';
}

/** The committer is stopped while its COMMIT is on its way, so that it cannot hear of the end of it before the kill. */
async function killAfterCommit(
  fleet: RetrainFleet,
  { step, victim }: Cell,
  model: string,
  hold: Hold,
): Promise<string> {
  const { committer } = COMMITS[step];
  fleet.signal(committer, 'SIGSTOP');
  try {
    await hold.release();
    await until('the commit', async () => ((await stands(fleet, model, step)) ? true : null));
    await fleet.killAndRestart(victim);
  } finally {
    if (victim !== committer) fleet.signal(committer, 'SIGCONT');
  }
  return 'committed, nobody told';
}

/** When Postgres itself was killed, once it is there again. */
async function released(hold: Hold): Promise<void> {
  await until('the release of the point', async () => {
    await hold.release();
    return true;
  });
}

async function stands({ link }: RetrainFleet, model: string, step: Cell['step']): Promise<boolean> {
  const rows = await link.query(COMMITS[step].stands, [model]);
  return rows.length > 0;
}
