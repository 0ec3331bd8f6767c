import { setTimeout as delay } from 'node:timers/promises';
import type { RollbackInput, RollbackResult } from '../contracts/retrain.ts';
import type { CliContext } from './context.ts';
import { withRegistry } from './registry.ts';

/** How long the servers are waited for; what is missing then is named. */
const PATIENCE_MS = 10_000;
const POLL_MS = 20;

/** Rolls back with nothing but the registry: for when Temporal, or every worker, is down. */
export function rollbackDirectly(context: CliContext, input: RollbackInput): Promise<RollbackResult> {
  return withRegistry(context, async (registry) => {
    const { expectedEpoch: _any, ...command } = input;
    const swap = await registry.rollback(command);
    const deadline = performance.now() + PATIENCE_MS;
    let status = await registry.swapStatus({ model: input.model, epoch: swap.epoch });
    while (status.status !== 'complete' && performance.now() < deadline) {
      await delay(POLL_MS);
      status = await registry.swapStatus({ model: input.model, epoch: swap.epoch });
    }
    const last = status.lastAcknowledgedAt;
    return {
      model: input.model,
      fromVersion: swap.fromVersion ?? swap.toVersion,
      toVersion: swap.toVersion,
      epoch: swap.epoch,
      status: status.status,
      missingServers: status.missing.map(({ server }) => server),
      elapsedMs: last === null ? 0 : Math.max(0, Date.parse(last) - Date.parse(swap.committedAt)),
    };
  });
}
