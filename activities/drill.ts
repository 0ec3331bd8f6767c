import { CancelledFailure, Context } from '@temporalio/activity';
import { setTimeout as delay } from 'node:timers/promises';
import type { DrillInput, RollbackDrill } from '../contracts/drill.ts';
import type { Registry } from '../registry/registry.ts';
import type { Workbench } from './workbench.ts';

export interface OpenDrillInput extends Omit<DrillInput, 'idempotencyKey'> {
  readonly idempotencyKey: string;
}

export interface DrillRef {
  readonly drill: number;
  readonly correlationId: string;
}

/** Activities of the `control` queue that rehearse the way back. None of them moves anything. */
export interface DrillActivities {
  openDrill(input: OpenDrillInput): Promise<RollbackDrill>;
  awaitDrill(input: DrillRef): Promise<void>;
  endDrill(input: DrillRef): Promise<RollbackDrill>;
}

/** A large version takes seconds to load, and a server rehearses one model after the other. */
const PATIENCE_SECONDS = 60;
/** How often the registry is asked who has reported. */
const POLL_MS = 50;

export function drillActivities({ registry }: Pick<Workbench, 'registry'>): DrillActivities {
  return {
    openDrill: ({ correlationId: _, ...input }) =>
      registry.openDrill({ ...input, patienceSeconds: PATIENCE_SECONDS }),
    awaitDrill: async ({ drill }) => {
      await awaitReports(registry, drill, Context.current().cancellationSignal);
    },
    endDrill: ({ drill }) => registry.endDrill({ id: drill }),
  };
}

/**
 * Until every server that is there has reported, the epoch has moved, or the time is up. Throws CancelledFailure when it is
 * `stopped` before: nothing is known then, and the next worker waits on.
 */
export async function awaitReports(
  registry: Pick<Registry, 'drillAwaits'>,
  drill: number,
  stopped?: AbortSignal,
): Promise<void> {
  while (await registry.drillAwaits({ id: drill })) {
    if (stopped?.aborted === true) throw new CancelledFailure('stopped before every server had reported');
    await delay(POLL_MS);
  }
}
