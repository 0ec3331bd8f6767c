import { ScheduleNotFoundError, ScheduleOverlapPolicy, type Client } from '@temporalio/client';
import { aboutModel, scheduleId, TASK_QUEUES } from '../contracts/ids.ts';
import type { ModelSpec } from '../contracts/spec.ts';
import { marketRules } from '../market/rules.ts';

/**
 * The schedule of a model: cron in the market's zone, one retrain at a time (SKIP), and a bounded catch-up, since a retrain
 * that starts a month late would only look fresh. Creates it or brings it up to date.
 */
export async function putSchedule(client: Client, spec: ModelSpec): Promise<void> {
  const { model, market, retrain } = spec;
  const options = {
    spec: { cronExpressions: [retrain.cron], timezone: marketRules(market).zone },
    action: {
      type: 'startWorkflow' as const,
      workflowType: 'scheduledRetrain',
      workflowId: `scheduled:${model}`,
      taskQueue: TASK_QUEUES.control,
      args: [{ model }],
      typedSearchAttributes: aboutModel(model, { trigger: 'schedule' }),
      staticSummary: `Starts the scheduled retrain of ${model}`,
    },
    policies: {
      overlap: ScheduleOverlapPolicy.SKIP,
      catchupWindow: `${String(retrain.catchupHours)} hours` as const,
    },
  };
  const handle = client.schedule.getHandle(scheduleId(model));
  try {
    await handle.update((previous) => ({ ...previous, ...options }));
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    await client.schedule.create({ scheduleId: scheduleId(model), ...options });
  }
}
