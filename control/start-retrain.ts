import type { WorkflowHandle } from '@temporalio/client';
import { aboutModel, retrainId, TASK_QUEUES } from '../contracts/ids.ts';
import type { RetrainInput, RetrainResult } from '../contracts/retrain.ts';
import { clientFor, translateFailure } from './temporal-link.ts';
import type { TemporalLink } from './temporal-link.ts';

export interface StartedRetrain {
  readonly retrainId: string;
  readonly handle: WorkflowHandle<(input: RetrainInput) => Promise<RetrainResult>>;
}

/** Starts the eight steps. Throws RetrainExists when the same model and as-of run already. */
export async function startRetrain(link: TemporalLink, input: RetrainInput): Promise<StartedRetrain> {
  const id = retrainId(input.model, input.asOf);
  try {
    const handle = await clientFor(link, input.clock).workflow.start<
      (input: RetrainInput) => Promise<RetrainResult>
    >('retrainModel', {
      workflowId: id,
      taskQueue: TASK_QUEUES.control,
      typedSearchAttributes: aboutModel(input.model, { trigger: input.trigger }),
      staticSummary: `Retrain of ${input.model} as of ${input.asOf}`,
      // Once it has ended it may be run again: the same data, recipe and seed give the same version, linked.
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      args: [input],
    });
    return { retrainId: id, handle };
  } catch (error) {
    throw translateFailure(error);
  }
}
