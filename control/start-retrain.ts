import type { WorkflowHandle } from '@temporalio/client';
import { aboutModel, retrainId, TASK_QUEUES } from '../contracts/ids.ts';
import type { RetrainInput, RetrainResult } from '../contracts/retrain.ts';
import { clientFor, translateFailure } from './temporal-link.ts';
import type { TemporalLink } from './temporal-link.ts';

export interface StartedRetrain {
  readonly retrainId: string;
  readonly handle: WorkflowHandle<(input: RetrainInput, challenger?: number) => Promise<RetrainResult>>;
}

/**
 * Starts the eight steps; with the number of a named challenger, the promotion of that version on its own record. Throws
 * RetrainExists when the same model and as-of run already.
 */
export async function startRetrain(
  link: TemporalLink,
  input: RetrainInput,
  challenger: number | null = null,
): Promise<StartedRetrain> {
  const id = retrainId(input.model, input.asOf);
  try {
    const handle = await clientFor(link, input.clock).workflow.start<
      (input: RetrainInput, challenger?: number) => Promise<RetrainResult>
    >('retrainModel', {
      workflowId: id,
      taskQueue: TASK_QUEUES.control,
      typedSearchAttributes: aboutModel(input.model, { trigger: input.trigger }),
      staticSummary:
        challenger === null
          ? `Retrain of ${input.model} as of ${input.asOf}`
          : `Promotion of version ${String(challenger)} of ${input.model}`,
      // Once it has ended it may be run again: the same data, recipe and seed give the same version, linked.
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      args: challenger === null ? [input] : [input, challenger],
    });
    return { retrainId: id, handle };
  } catch (error) {
    throw translateFailure(error);
  }
}
