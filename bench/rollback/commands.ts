import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Fleet, MODEL, VERSIONS } from './fleet.ts';

/** Between two looks at whether all have acknowledged: part of the time measured, and work for the same database. */
const ASK_EVERY_MS = 5;

/** Milliseconds from the command to the last acknowledgement, as the one who commands sees it. */
export async function rollBack(
  { registry }: Fleet,
  toVersion: number,
): Promise<{ readonly epoch: number; readonly tookMs: number }> {
  const key = randomUUID();
  const started = performance.now();
  const { epoch } = await registry.rollback({
    model: MODEL,
    toVersion,
    reason: 'bench',
    actor: { subject: 'bench', roles: ['operator'] },
    idempotencyKey: key,
    correlationId: key,
  });
  while ((await registry.swapStatus({ model: MODEL, epoch })).status !== 'complete')
    await delay(ASK_EVERY_MS);
  return { epoch, tookMs: performance.now() - started };
}

/** A metric, added up over all servers. */
export async function total({ servers }: Fleet, metric: string): Promise<number> {
  const texts = await Promise.all(servers.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()));
  const pattern = new RegExp(`^${metric}\\S* (\\S+)`, 'mu');
  return texts.reduce((sum, text) => sum + Number(pattern.exec(text)?.[1]), 0);
}

/** The version a number of swaps later, in the order that keeps the target warm or evicted. */
export const warmTarget = (swap: number): number => (swap % 2) + 1;
export const coldTarget = (swap: number): number => ((swap + 2) % VERSIONS) + 1;
