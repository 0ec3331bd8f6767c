import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type Client,
} from '@temporalio/client';
import type { DrillInput } from '../contracts/drill.ts';
import { aboutModel, drillScheduleId, SYSTEM_ACTOR, TASK_QUEUES } from '../contracts/ids.ts';
import type { ModelSpec } from '../contracts/spec.ts';
import { storedSpec } from '../contracts/stored-spec.ts';
import { marketRules } from '../market/rules.ts';
import type { Registry } from '../registry/registry.ts';

/** Late is better than next week, as long as it is the same day. */
const CATCHUP = '12 hours';
/** A server rehearses one model after the other: of fifty at once, the last would be out of time, and called failed. */
const SPREAD = '30 minutes';

/** Has the way back of a model rehearsed by itself, in the market's zone; removes the schedule when the spec wants none. */
export async function putDrillSchedule(client: Client, { model, market, drill }: ModelSpec): Promise<void> {
  const handle = client.schedule.getHandle(drillScheduleId(model));
  if (!drill.schedule) {
    await handle.delete().catch((error: unknown) => {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
    });
    return;
  }
  const input: DrillInput = {
    ...{ model, trigger: 'schedule', actor: SYSTEM_ACTOR, reason: 'scheduled' },
    ...{ idempotencyKey: null, correlationId: drillScheduleId(model) },
  };
  const options = {
    spec: {
      cronExpressions: [drill.cron],
      timezone: marketRules(market).zone,
      jitter: SPREAD as '30 minutes',
    },
    action: {
      type: 'startWorkflow' as const,
      workflowType: 'drillRollback',
      workflowId: `drill:${model}`,
      taskQueue: TASK_QUEUES.control,
      args: [input],
      typedSearchAttributes: aboutModel(model, { trigger: 'schedule' }),
      staticSummary: `Rehearses the way back of ${model}`,
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: CATCHUP as '12 hours' },
  };
  const bringUpToDate = () => handle.update((previous) => ({ ...previous, ...options }));
  try {
    await bringUpToDate();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    try {
      await client.schedule.create({ scheduleId: drillScheduleId(model), ...options });
    } catch (raced) {
      // Somebody who applies a spec and a control worker that finds it missing may both put it.
      if (!(raced instanceof ScheduleAlreadyRunning)) throw raced;
      await bringUpToDate();
    }
  }
}

/**
 * Puts the schedule of drills of a model whose spec wants one and which has none: it was applied by a release that knew no drills,
 * or past Temporal. What somebody changed or paused stays as it is. True when it was put.
 */
export async function putMissingDrillSchedule(
  client: Client,
  registry: Pick<Registry, 'currentSpec'>,
  model: string,
): Promise<boolean> {
  const { spec, number } = await registry.currentSpec({ model });
  const wanted = storedSpec(spec);
  if (!wanted.drill.schedule) return false;
  try {
    await client.schedule.getHandle(drillScheduleId(model)).describe();
    return false;
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
  await putDrillSchedule(client, wanted);
  // A spec that came into force meanwhile has put its own, or taken it away, before this one was.
  const now = await registry.currentSpec({ model });
  if (now.number !== number) await putDrillSchedule(client, storedSpec(now.spec));
  return true;
}
