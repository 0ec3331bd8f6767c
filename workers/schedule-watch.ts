import { Client } from '@temporalio/client';
import type { ActivityLog } from '../activities/edge.ts';
import type { Config } from '../config/config.ts';
import { scheduleId } from '../contracts/ids.ts';
import { notificationEvent } from '../contracts/notification.ts';
import { putMissingDrillSchedule } from '../control/drill-schedule.ts';
import { openLine } from '../control/temporal-line.ts';
import type { Registry } from '../registry/registry.ts';
import { lookRegularly, type Watch } from './look-regularly.ts';

/** A schedule that missed its window is noticed within a minute; the windows themselves are hours. */
const LOOK_EVERY_MS = 60_000;
const HOUR_MS = 3_600_000;
/** A year and a day: the rarest sensible schedule is yearly. */
const LOOK_BACK_MS = 366 * 24 * HOUR_MS;

/**
 * Tells people when a scheduled retrain did not start in its catch-up window. The dedupe key holds the nominal time, so every
 * miss is told once, whoever looks and however often. Puts schedules of drills that are missing.
 */
export function watchSchedules(config: Config, registry: Registry, log: ActivityLog): Watch {
  return lookRegularly(
    LOOK_EVERY_MS,
    () => look(config, registry, log),
    log,
    'schedules could not be looked at',
  );
}

async function look(config: Config, registry: Registry, log: ActivityLog): Promise<void> {
  const { connection, close } = await openLine(config.temporalAddress);
  try {
    const client = new Client({ connection, namespace: config.temporalNamespace });
    await lookAtSchedules(client, registry, log);
  } finally {
    await close();
  }
}

/** What is wrong with one model keeps no other from being looked at. */
export async function lookAtSchedules(client: Client, registry: Registry, log: ActivityLog): Promise<void> {
  for (const model of await registry.listModels()) {
    try {
      await lookAt(client, registry, model);
      if (await putMissingDrillSchedule(client, registry, model))
        log.info({ model }, 'drills of the way back are scheduled from now on');
    } catch (error) {
      log.warn({ err: error, model }, 'the schedules of a model could not be looked at');
    }
  }
}

async function lookAt(client: Client, registry: Registry, model: string): Promise<void> {
  const description = await client.schedule
    .getHandle(scheduleId(model))
    .describe()
    .catch(() => null);
  if (description === null || description.info.numActionsMissedCatchupWindow === 0) return;
  const { spec } = await registry.currentSpec({ model });
  const windowMs = spec.retrain.catchupHours * HOUR_MS;
  const missed = await lastMissed(client, model, description.info, new Date(Date.now() - windowMs));
  if (missed === null) return;
  const nominalAt = missed.toISOString();
  const next = description.info.nextActionTimes[0] ?? null;
  await registry.enqueueNotification({
    event: notificationEvent({
      kind: 'schedule-missed',
      severity: 'ERROR',
      model,
      retrain: null,
      run: null,
      asOf: null,
      session: null,
      occurredAt: new Date().toISOString(),
      correlationId: `schedule:${model}:${nominalAt}`,
      temporalUrl: null,
      nominalAt,
      catchupHours: spec.retrain.catchupHours,
      standing: null,
      reason: `The retrain due at ${nominalAt} did not start within ${String(spec.retrain.catchupHours)} hours.`,
      nextAt: next === null ? null : next.toISOString(),
      retrainCommand: `npm run contender -- retrain ${model} --as-of ${nominalAt}`,
    }),
  });
}

/** What a schedule says about itself, as far as a miss can be told from it. */
export interface ScheduleFacts {
  readonly createdAt: Date;
  readonly recentActions: readonly { readonly scheduledAt: Date }[];
}

/**
 * The newest nominal time up to `until` at which no retrain started; null when the newest one did start. Temporal only counts
 * what it missed, so the nominal times of the schedule are held against the starts it remembers.
 */
export async function lastMissed(
  client: Client,
  model: string,
  facts: ScheduleFacts,
  until: Date,
): Promise<Date | null> {
  const from = new Date(Math.max(facts.createdAt.getTime(), until.getTime() - LOOK_BACK_MS));
  if (from >= until) return null;
  const { startTime } = await client.workflowService.listScheduleMatchingTimes({
    namespace: client.options.namespace,
    scheduleId: scheduleId(model),
    startTime: timestamp(from),
    endTime: timestamp(until),
  });
  const newest = startTime.at(-1);
  if (newest === undefined) return null;
  const nominal = new Date(Number(newest.seconds ?? 0) * 1000);
  const started = facts.recentActions.some(({ scheduledAt }) => scheduledAt.getTime() === nominal.getTime());
  return started ? null : nominal;
}

type MatchingTimes = Parameters<Client['workflowService']['listScheduleMatchingTimes']>[0];
type Timestamp = NonNullable<Extract<MatchingTimes, object>['startTime']>;

/**
 * An instant in the form of the Temporal API. Its types want a 64-bit integer class; the encoder takes plain numbers as well,
 * and seconds since 1970 are exact in one.
 */
const timestamp = (instant: Date): Timestamp =>
  ({ seconds: Math.floor(instant.getTime() / 1000) }) as unknown as Timestamp;
