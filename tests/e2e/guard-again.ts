import { aboutModel, guardId, TASK_QUEUES } from '../../contracts/ids.ts';
import type { GuardInput } from '../../contracts/retrain.ts';
import { CLOCK, type SmallWorld } from './small-world.ts';

/** Begins another guard for the same reign after a session, as when the machine was off in between. */
export async function guardAgain(
  world: SmallWorld,
  { model, epoch, afterSession }: Pick<GuardInput, 'model' | 'epoch' | 'afterSession'>,
): Promise<void> {
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
