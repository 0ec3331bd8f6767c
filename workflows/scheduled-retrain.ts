import { ParentClosePolicy, startChild, workflowInfo } from '@temporalio/workflow';
import { aboutModel, retrainId, SYSTEM_ACTOR, TASK_QUEUES } from '../contracts/ids.ts';
import { retrainModel } from './retrain-model.ts';

/**
 * What a model's schedule starts. The nominal time of the schedule, not the time at which a worker got to it, is the
 * as-of instant: a late start sees the same data as a punctual one.
 */
export async function scheduledRetrain(input: { readonly model: string }): Promise<void> {
  const info = workflowInfo();
  const nominal = info.typedSearchAttributes.get({ name: 'TemporalScheduledStartTime', type: 'DATETIME' });
  const asOf = (nominal instanceof Date ? nominal : info.startTime).toISOString();
  await startChild(retrainModel, {
    workflowId: retrainId(input.model, asOf),
    taskQueue: TASK_QUEUES.control,
    parentClosePolicy: ParentClosePolicy.ABANDON,
    typedSearchAttributes: aboutModel(input.model, { trigger: 'schedule' }),
    staticSummary: `Retrain of ${input.model} as of ${asOf}`,
    args: [
      {
        model: input.model,
        asOf,
        trigger: 'schedule',
        requester: SYSTEM_ACTOR,
        clock: { mode: 'live' },
        emergency: false,
        allowProbation: false,
        reason: 'scheduled',
        correlationId: `${retrainId(input.model, asOf)}/${info.runId.slice(0, 8)}`,
      },
    ],
  });
}
