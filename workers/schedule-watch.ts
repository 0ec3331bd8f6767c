import { Client, Connection } from '@temporalio/client';
import type { ActivityLog } from '../activities/edge.ts';
import type { Config } from '../config/config.ts';
import { scheduleId } from '../contracts/ids.ts';
import { notificationEvent } from '../contracts/notification.ts';
import type { Registry } from '../registry/registry.ts';

/** A schedule that missed its window is noticed within a minute; the windows themselves are hours. */
const LOOK_EVERY_MS = 60_000;

export interface ScheduleWatch {
  stop(): void;
}

/**
 * Tells people when a scheduled retrain did not start in its catch-up window, which Temporal only counts. The dedupe key
 * holds the nominal time, so every miss is told once, whoever looks and however often.
 */
export function watchSchedules(config: Config, registry: Registry, log: ActivityLog): ScheduleWatch {
  let looking = false;
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    look(config, registry)
      .catch((error: unknown) => {
        log.warn({ err: error }, 'schedules could not be looked at');
      })
      .finally(() => {
        looking = false;
      });
  }, LOOK_EVERY_MS);
  timer.unref();
  return {
    stop: () => {
      clearInterval(timer);
    },
  };
}

async function look(config: Config, registry: Registry): Promise<void> {
  const connection = await Connection.connect({ address: config.temporalAddress });
  try {
    const client = new Client({ connection, namespace: config.temporalNamespace });
    for (const model of await registry.listModels()) await lookAt(client, registry, model);
  } finally {
    await connection.close();
  }
}

async function lookAt(client: Client, registry: Registry, model: string): Promise<void> {
  const handle = client.schedule.getHandle(scheduleId(model));
  const description = await handle.describe().catch(() => null);
  if (description === null || description.info.numActionsMissedCatchupWindow === 0) return;
  const { spec } = await registry.currentSpec({ model });
  const missed = description.info.numActionsMissedCatchupWindow;
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
      // Temporal says how many were missed, not which: the count is what tells two misses apart.
      occurredAt: new Date().toISOString(),
      correlationId: `schedule:${model}:${String(missed)}`,
      temporalUrl: null,
      nominalAt: lastNominal(description.info.recentActions.at(-1)?.scheduledAt, missed),
      catchupHours: spec.retrain.catchupHours,
      reason: `${String(missed)} scheduled retrains of ${model} have missed their window of ${String(spec.retrain.catchupHours)} hours so far`,
      nextAt: next === null ? null : next.toISOString(),
      retrainCommand: `npm run contender -- retrain ${model}`,
    }),
  });
}

/**
 * The dedupe key is made of the nominal time. Temporal does not keep that of a missed start, so the last start that
 * happened, moved by the count, stands for it: another miss gives another key.
 */
function lastNominal(lastStart: Date | undefined, missed: number): string {
  return new Date((lastStart?.getTime() ?? 0) + missed).toISOString();
}
