import { setTimeout as delay } from 'node:timers/promises';
import type { DrillInput, DrillOutcome, RollbackDrill } from '../contracts/drill.ts';
import { ContenderError } from '../contracts/error.ts';
import { aboutModel, drillId, TASK_QUEUES } from '../contracts/ids.ts';
import type { Actor } from '../contracts/primitives.ts';
import type { Registry } from '../registry/registry.ts';
import { translateFailure } from './temporal-link.ts';
import type { TemporalLink } from './temporal-link.ts';

/** No control worker took the drill, or it still runs. */
export class DrillUnanswered extends ContenderError {
  readonly code = 'DRILL_UNANSWERED';
  readonly kind = 'unreachable';
}

export interface DrillMeans {
  readonly link: TemporalLink;
  readonly registry: Pick<Registry, 'drillPage'>;
}

export interface AskedDrill {
  readonly model: string;
  readonly actor: Actor;
  /** Null: nobody said why. */
  readonly reason: string | null;
  /** The same key is the same drill. */
  readonly key: string;
}

/** Temporal that takes longer to take a command is as good as away. */
const START_PATIENCE_MS = 5000;

/**
 * Has the way back of a model rehearsed, and gives what came of it; after `patienceMs` the drill as it stands then. Other than a
 * rollback it is nobody's last resort: without Temporal there is none.
 *
 * @throws WorkflowRefusal (NO_PREVIOUS_CHAMPION, DRILL_OPEN, SWAP_UNDER_WAY, NO_SERVERS, ROLE_MISSING), DrillUnanswered
 */
export async function drillByHand(
  { link, registry }: DrillMeans,
  { model, actor, reason, key }: AskedDrill,
  patienceMs: number,
): Promise<RollbackDrill> {
  const input: DrillInput = {
    ...{ model, trigger: 'manual', actor, reason: reason ?? 'asked for by hand' },
    ...{ idempotencyKey: key, correlationId: key },
  };
  let outcome: DrillOutcome | null;
  try {
    const handle = await link.within(START_PATIENCE_MS, () =>
      link.live.workflow.start<(input: DrillInput) => Promise<DrillOutcome>>('drillRollback', {
        workflowId: drillId(model, key),
        taskQueue: TASK_QUEUES.control,
        typedSearchAttributes: aboutModel(model, { trigger: 'manual' }),
        staticSummary: `Rehearses the way back of ${model}`,
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        workflowIdConflictPolicy: 'USE_EXISTING',
        args: [input],
      }),
    );
    outcome = await Promise.race([handle.result(), delay(patienceMs, null, { ref: false })]);
  } catch (error) {
    throw translateFailure(error);
  }
  if (outcome !== null && outcome.drill !== null) return outcome.drill;
  const [newest] = await registry.drillPage({ model, before: null, limit: 1 });
  if (newest?.result === null && newest.requestedBy === actor.subject) return newest;
  throw new DrillUnanswered(`no control worker has taken the drill of ${model}`, {
    remedy: 'See what is down with contender doctor; asked again under the same key it is the same drill.',
    details: { model, workflowId: drillId(model, key) },
  });
}
