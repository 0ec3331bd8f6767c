import type { WorkflowHandle } from '@temporalio/client';
import { aboutModel, scoreId, TASK_QUEUES } from '../contracts/ids.ts';
import type { ScoreInput, ScoreResult } from '../contracts/score.ts';
import { translateFailure } from './temporal-link.ts';
import type { TemporalLink } from './temporal-link.ts';

/** Starts the scoring of a universe, or joins the one of the same session and version that is under way. */
export async function startScoring(
  { live }: TemporalLink,
  input: ScoreInput,
): Promise<WorkflowHandle<(input: ScoreInput) => Promise<ScoreResult>>> {
  const { model, session, version } = input;
  try {
    return await live.workflow.start<(input: ScoreInput) => Promise<ScoreResult>>('scoreModel', {
      workflowId: scoreId(model, session ?? 'newest', version),
      taskQueue: TASK_QUEUES.control,
      typedSearchAttributes: aboutModel(model, { trigger: 'manual' }),
      staticSummary: `Scores the universe of ${model} on ${session ?? 'the newest session'}`,
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'USE_EXISTING',
      args: [input],
    });
  } catch (error) {
    throw translateFailure(error);
  }
}
