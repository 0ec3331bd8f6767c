import { setTimeout as delay } from 'node:timers/promises';
import { rollbackId, TASK_QUEUES } from '../contracts/ids.ts';
import type { RollbackInput, RollbackResult } from '../contracts/retrain.ts';
import type { Registry } from '../registry/registry.ts';
import { translateFailure } from './temporal-link.ts';
import type { TemporalLink } from './temporal-link.ts';

export interface RollbackMeans {
  /** Null: Temporal does not answer. */
  readonly link: TemporalLink | null;
  readonly registry: Registry;
  /** Told why the registry is asked without a workflow. */
  readonly onFallback: (reason: string) => void;
}

/** Temporal that takes longer to take a command is as good as away. */
const START_PATIENCE_MS = 2000;
/** A rollback takes well under a second; a workflow that has not ended by then has no worker, and nobody waits for one. */
const WORKFLOW_PATIENCE_MS = 3000;
/** How long the servers are waited for; what is missing then is named. */
const SERVER_PATIENCE_MS = 10_000;
const POLL_MS = 20;

/**
 * Takes a model back, by the workflow if Temporal and a worker answer, else by the registry alone. Telling the registry
 * afterwards under the same key has no second effect, whichever of the two comes first.
 *
 * @throws WorkflowRefusal, and the refusals of `registry.rollback`
 */
export async function rollbackModel(means: RollbackMeans, input: RollbackInput): Promise<RollbackResult> {
  if (means.link === null) {
    means.onFallback('Temporal does not answer');
    return rollbackDirectly(means.registry, input);
  }
  const { link } = means;
  let handle;
  try {
    handle = await link.within(START_PATIENCE_MS, () =>
      link.live.workflow.start<(input: RollbackInput) => Promise<RollbackResult>>('rollbackModel', {
        workflowId: rollbackId(input.model, input.idempotencyKey),
        taskQueue: TASK_QUEUES.control,
        workflowIdConflictPolicy: 'USE_EXISTING',
        staticSummary: `Rollback of ${input.model}`,
        args: [input],
      }),
    );
  } catch {
    means.onFallback('Temporal does not answer');
    return rollbackDirectly(means.registry, input);
  }
  try {
    const result = await Promise.race([handle.result(), delay(WORKFLOW_PATIENCE_MS, null, { ref: false })]);
    if (result !== null) return result;
  } catch (error) {
    throw translateFailure(error);
  }
  means.onFallback('No worker answers');
  return rollbackDirectly(means.registry, input);
}

/** Rolls back with nothing but the registry. */
async function rollbackDirectly(registry: Registry, input: RollbackInput): Promise<RollbackResult> {
  const { model } = input;
  const swap = await registry.rollback(input);
  const deadline = performance.now() + SERVER_PATIENCE_MS;
  let status = await registry.swapStatus({ model, epoch: swap.epoch });
  while (status.status !== 'complete' && performance.now() < deadline) {
    await delay(POLL_MS);
    status = await registry.swapStatus({ model, epoch: swap.epoch });
  }
  const last = status.lastAcknowledgedAt;
  return {
    model,
    fromVersion: swap.fromVersion ?? swap.toVersion,
    toVersion: swap.toVersion,
    epoch: swap.epoch,
    status: status.status,
    missingServers: status.missing.map(({ server }) => server),
    elapsedMs: last === null ? 0 : Math.max(0, Date.parse(last) - Date.parse(swap.committedAt)),
  };
}
