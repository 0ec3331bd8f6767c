import { ScheduleNotFoundError, ScheduleOverlapPolicy, type Client } from '@temporalio/client';
import { aboutModel, scoreScheduleId, SYSTEM_ACTOR, TASK_QUEUES } from '../contracts/ids.ts';
import type { ScoreInput } from '../contracts/score.ts';
import type { ModelSpec } from '../contracts/spec.ts';
import { minuteAfterClose } from '../market/after-close.ts';
import { marketRules } from '../market/rules.ts';
import { shippedCalendar } from '../market/shipped-calendar.ts';

/** A session that nobody scored within a day is asked for by name. */
const CATCHUP = '12 hours';

/**
 * Scores the universe of a model after every session, in the market's zone; removes the schedule when the spec wants none. It
 * fires on every day of the week: which days are sessions (make-up Saturdays, typhoons) is asked of the calendar then.
 */
export async function putScoreSchedule(client: Client, spec: ModelSpec): Promise<void> {
  const { model, market, scoring } = spec;
  const handle = client.schedule.getHandle(scoreScheduleId(model));
  if (!scoring.schedule) {
    await handle.delete().catch((error: unknown) => {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
    });
    return;
  }
  const minute = minuteAfterClose(shippedCalendar(market), scoring.delayMinutes);
  const input: ScoreInput = {
    ...{ model, session: null, version: null, trigger: 'schedule', requestedBy: SYSTEM_ACTOR.subject },
    correlationId: `score-schedule:${model}`,
  };
  const options = {
    spec: {
      cronExpressions: [`${String(minute % 60)} ${String(Math.floor(minute / 60))} * * *`],
      timezone: marketRules(market).zone,
    },
    action: {
      type: 'startWorkflow' as const,
      workflowType: 'scoreModel',
      workflowId: `score:${model}`,
      taskQueue: TASK_QUEUES.control,
      args: [input],
      typedSearchAttributes: aboutModel(model, { trigger: 'schedule' }),
      staticSummary: `Scores the universe of ${model} after the close`,
    },
    // A run that still waits for data does not cost the next session its scores.
    policies: { overlap: ScheduleOverlapPolicy.BUFFER_ONE, catchupWindow: CATCHUP as '12 hours' },
  };
  try {
    await handle.update((previous) => ({ ...previous, ...options }));
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    await client.schedule.create({ scheduleId: scoreScheduleId(model), ...options });
  }
}
