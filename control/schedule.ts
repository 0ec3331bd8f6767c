import { ScheduleNotFoundError, ScheduleOverlapPolicy, type Client } from '@temporalio/client';
import { ContenderError } from '../contracts/error.ts';
import { aboutModel, scheduleId, TASK_QUEUES } from '../contracts/ids.ts';
import type { Market } from '../contracts/primitives.ts';
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

export interface ScheduleFacts {
  readonly model: string;
  readonly cron: string;
  /** The market's zone, in which the cron line is read. */
  readonly zone: string;
  readonly paused: boolean;
  readonly note: string;
  /** ISO instants. */
  readonly next: string[];
  readonly recent: { readonly scheduledAt: string; readonly startedAt: string }[];
  readonly missedCatchup: number;
}

/** There is no schedule of that model: its spec was applied without one. */
export class ScheduleUnknown extends ContenderError {
  readonly code = 'SCHEDULE_UNKNOWN';
  readonly kind = 'refused';
}

/** Null when the model has no schedule. */
export async function describeSchedule(
  client: Client,
  model: string,
  market: Market,
): Promise<ScheduleFacts | null> {
  try {
    const { spec, state, info } = await client.schedule.getHandle(scheduleId(model)).describe();
    return {
      model,
      // The server keeps a cron line as the calendar it means, with the line itself as its comment.
      cron: (spec.calendars ?? []).map(({ comment }) => comment ?? '').join('; '),
      zone: marketRules(market).zone,
      paused: state.paused,
      note: state.note ?? '',
      next: info.nextActionTimes.map((time) => time.toISOString()),
      recent: info.recentActions.map(({ scheduledAt, takenAt }) => ({
        scheduledAt: scheduledAt.toISOString(),
        startedAt: takenAt.toISOString(),
      })),
      missedCatchup: info.numActionsMissedCatchupWindow,
    };
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

/** Pauses, resumes or triggers the schedule of a model. Throws ScheduleUnknown. */
export async function commandSchedule(
  client: Client,
  command: {
    readonly model: string;
    readonly market: Market;
    readonly action: 'pause' | 'resume' | 'trigger';
    readonly reason: string;
    readonly subject: string;
  },
): Promise<ScheduleFacts> {
  const { model, market, action, reason, subject } = command;
  const handle = client.schedule.getHandle(scheduleId(model));
  const note = `${subject}: ${reason}`.slice(0, 500);
  try {
    if (action === 'pause') await handle.pause(note);
    else if (action === 'resume') await handle.unpause(note);
    else await handle.trigger();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
  const facts = await describeSchedule(client, model, market);
  if (facts !== null) return facts;
  throw new ScheduleUnknown(`${model} has no schedule`, {
    remedy: 'Put one in force: npm run contender -- apply -f FILE',
  });
}
