import type { WorkflowHandle } from '@temporalio/client';
import { setTimeout as delay } from 'node:timers/promises';
import type { RetrainState } from '../contracts/retrain.ts';
import { WorkflowRefusal } from '../control/temporal-link.ts';
import type { CliContext } from './context.ts';
import { withRegistry } from './registry.ts';

export interface AskedPromotion {
  readonly retrainId: string;
  /** Null when no worker took it up in time: it is under way. */
  readonly evidenceHash: string | null;
  readonly needed: number;
  readonly expiresAt: string | null;
}

/** Taking a challenger over is a matter of a second; a worker that is being restarted comes back within this. */
const PATIENCE_MS = 60_000;
const POLL_MS = 200;

/**
 * Waits until quant leads are asked for their signatures under a challenger.
 *
 * @throws WorkflowRefusal with the code of the rule that refused it
 */
export async function untilAsked(context: CliContext, handle: WorkflowHandle): Promise<AskedPromotion> {
  const retrainId = handle.workflowId;
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const { status } = await handle.describe();
    // One that never began has no record: its failure is the answer.
    if (status.name === 'FAILED') await handle.result();
    const approval = (await stateOf(handle))?.approval ?? null;
    if (approval !== null && status.name === 'RUNNING') {
      const { evidenceHash, needed, expiresAt } = approval;
      return { retrainId, evidenceHash, needed, expiresAt };
    }
    if (status.name !== 'RUNNING') {
      const { code, reason } = await withRegistry(context, (registry) => registry.getRetrain({ retrainId }));
      throw new WorkflowRefusal(code, reason, null);
    }
    await delay(POLL_MS);
  }
  return { retrainId, evidenceHash: null, needed: 0, expiresAt: null };
}

/** Null while no worker answers. */
async function stateOf(handle: WorkflowHandle): Promise<RetrainState | null> {
  try {
    return await handle.query<RetrainState>('state');
  } catch {
    return null;
  }
}

export function askedText({ retrainId, evidenceHash, needed, expiresAt }: AskedPromotion): string {
  if (evidenceHash === null) {
    return `Started ${retrainId}; no worker has taken it up yet\nWatch it: contender status ${retrainId}`;
  }
  return [
    `Started ${retrainId}: its gates and its shadow stand, ${String(needed)} quant lead(s) sign until ${expiresAt ?? ''}`,
    `Evidence ${evidenceHash}`,
    `contender approve ${retrainId} --reason "..." or contender reject ${retrainId} --reason "..."`,
  ].join('\n');
}
