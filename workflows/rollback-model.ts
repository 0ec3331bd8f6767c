import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { RollbackInput, RollbackResult } from '../contracts/retrain.ts';
import { acknowledgement, control } from './activity-proxies.ts';

const ACKNOWLEDGEMENT_TIMEOUT_MS = 30_000;

/**
 * Takes a model back to an earlier champion. Valid in every state: it needs neither the new version, nor the training
 * stack, nor a gate; a reason and an audit row are enough.
 */
export async function rollbackModel(input: RollbackInput): Promise<RollbackResult> {
  upsertSearchAttributes({ ModelName: [input.model], Step: ['rollback'] });
  setCurrentDetails(`Rolling back **${input.model}** for ${input.actor.subject}: ${input.reason}`);
  const swap = await control.rollbackChampion.executeWithOptions({ summary: `roll back ${input.model}` }, [
    input,
  ]);
  const answer = await acknowledgement.awaitAcknowledgement.executeWithOptions(
    { summary: 'acknowledged by servers' },
    [
      {
        model: input.model,
        epoch: swap.epoch,
        committedAt: swap.committedAt,
        timeoutMs: ACKNOWLEDGEMENT_TIMEOUT_MS,
        correlationId: input.correlationId,
      },
    ],
  );
  setCurrentDetails(
    `**${input.model}** answers with version ${String(swap.toVersion)} again, epoch ${String(swap.epoch)}, ${answer.status} after ${answer.elapsedMs.toFixed(0)} ms. Reason: ${input.reason}`,
  );
  return {
    model: input.model,
    fromVersion: swap.fromVersion ?? swap.toVersion,
    toVersion: swap.toVersion,
    epoch: swap.epoch,
    status: answer.status,
    missingServers: [...answer.missingServers],
    elapsedMs: answer.elapsedMs,
  };
}
