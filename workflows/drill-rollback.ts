import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { DrillInput, DrillOutcome, RollbackDrill } from '../contracts/drill.ts';
import { drilling } from './activity-proxies.ts';
import { stepFailure } from './failure.ts';

/** What a schedule finds on most models now and then; a person is told. */
const NOTHING_TO_DRILL: readonly string[] = ['NO_PREVIOUS_CHAMPION', 'DRILL_OPEN', 'MODEL_UNKNOWN'];

/**
 * Rehearses the way back of a model on every server, and changes nothing that answers. A swap or a rollback that comes meanwhile
 * goes first: the drill then ends as yielded.
 */
export async function drillRollback(input: DrillInput): Promise<DrillOutcome> {
  const { model, correlationId } = input;
  const { workflowId, runId } = workflowInfo();
  upsertSearchAttributes({ ModelName: [model], Step: ['drill'] });
  setCurrentDetails(
    `Rehearsing the way back of **${model}** for ${input.actor.subject}; nothing that answers changes`,
  );
  // A schedule starts every run with the same input.
  const idempotencyKey = input.idempotencyKey ?? `${workflowId}:${runId}`;
  let opened: RollbackDrill;
  try {
    opened = await drilling.openDrill.executeWithOptions({ summary: `what to rehearse for ${model}` }, [
      { ...input, idempotencyKey },
    ]);
  } catch (error) {
    const { code, message } = stepFailure(error);
    if (input.trigger !== 'schedule' || !NOTHING_TO_DRILL.includes(code)) throw error;
    setCurrentDetails(`Nothing to rehearse for **${model}**: ${message}`);
    return { drill: null, reason: message };
  }
  const about = { drill: opened.id, correlationId };
  if (opened.result === null) {
    await drilling.awaitDrill.executeWithOptions(
      { summary: `version ${String(opened.target)} on every server` },
      [about],
    );
  }
  const drill = await drilling.endDrill.executeWithOptions({ summary: 'what the servers found' }, [about]);
  setCurrentDetails(
    `Drill ${String(drill.id)} of **${model}**, version ${String(drill.target)}: ${drill.result ?? 'open'}. ${drill.endedReason}`,
  );
  return { drill, reason: drill.endedReason };
}
