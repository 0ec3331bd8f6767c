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
  readonly registry: Pick<Registry, 'drillOfKey' | 'drillPage'>;
}

export interface AskedDrill {
  readonly model: string;
  readonly actor: Actor;
  /** Null: nobody said why. */
  readonly reason: string | null;
  /** The same key is the same drill. */
  readonly key: string;
}

export interface DrillPatience {
  /** What is waited for: that the servers are told, or what came of it. */
  readonly until: 'opened' | 'ended';
  readonly patienceMs: number;
}

/** Temporal that takes longer to take a command is as good as away. */
const START_PATIENCE_MS = 5000;
/** How often the registry is asked whether the drill is open. */
const POLL_MS = 100;

/**
 * Has the way back of a model rehearsed, and gives what came of it, or the drill as it stands once it is open or patience is over.
 * It is the drill of that key and no other: one that somebody else asked for, or the same person before, is named in the refusal.
 * Other than a rollback it is nobody's last resort: without Temporal there is none.
 *
 * @throws WorkflowRefusal (NO_PREVIOUS_CHAMPION, DRILL_OPEN, SWAP_UNDER_WAY, NO_SERVERS, ROLE_MISSING), DrillUnanswered
 */
export async function drillByHand(
  { link, registry }: DrillMeans,
  { model, actor, reason, key }: AskedDrill,
  { until, patienceMs }: DrillPatience,
): Promise<RollbackDrill> {
  const input: DrillInput = {
    ...{ model, trigger: 'manual', actor, reason: reason ?? 'asked for by hand' },
    ...{ idempotencyKey: key, correlationId: key },
  };
  const enough = new AbortController();
  let drill: RollbackDrill | null;
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
    drill = await Promise.race([
      handle.result().then((outcome) => outcome.drill),
      delay(patienceMs, null, { ref: false }),
      ...(until === 'opened' ? [openedUnder(registry, key, enough.signal)] : []),
    ]);
  } catch (error) {
    throw translateFailure(error);
  } finally {
    enough.abort();
  }
  if (drill !== null) return drill;
  // In this order: a drill that opens between the two is found by its key, and not taken for somebody else's.
  const [newest] = await registry.drillPage({ model, before: null, limit: 1 });
  drill = await registry.drillOfKey({ key });
  if (drill !== null) return drill;
  const remedy =
    'See what is down with contender doctor; asked again under the same key it is the same drill.';
  const details = { model, workflowId: drillId(model, key) };
  if (newest?.result !== null) {
    throw new DrillUnanswered(`the drill of ${model} was taken by no control worker`, { remedy, details });
  }
  const { id, requestedBy } = newest;
  throw new DrillUnanswered(
    `the drill of ${model} was taken by no control worker; drill ${String(id)}, asked for by ${requestedBy}, is another one and still open`,
    { remedy, details: { ...details, drill: id, requestedBy } },
  );
}

/** The drill once it is open; null when nobody waits for it any more. */
async function openedUnder(
  registry: Pick<Registry, 'drillOfKey'>,
  key: string,
  enough: AbortSignal,
): Promise<RollbackDrill | null> {
  while (!enough.aborted) {
    const drill = await registry.drillOfKey({ key });
    if (drill !== null) return drill;
    await delay(POLL_MS, null, { ref: false });
  }
  return null;
}
