import type { AlertSeries } from '../contracts/alert.ts';
import { type Monitor, notificationEvent } from '../contracts/notification.ts';
import type { ModelSpec } from '../contracts/spec.ts';
import { storedSpec } from '../contracts/stored-spec.ts';
import type { Registry } from '../registry/registry.ts';
import { freeText, notificationEnvelope } from './notification-envelope.ts';
import type { Workbench } from './workbench.ts';

export interface BeginGuardInput {
  readonly model: string;
  readonly epoch: number;
}

export interface ReignPlan {
  readonly spec: ModelSpec;
  /** False when another epoch has begun: the guard has nothing left to watch. */
  readonly current: boolean;
  readonly versionNumber: number;
  readonly previousNumber: number | null;
  /** Epoch of the reign in force when a rollback began it: nobody started a guard for it; null otherwise. */
  readonly successor: number | null;
}

export interface PageInput {
  readonly model: string;
  readonly epoch: number;
  readonly session: string;
  readonly severity: 'WARNING' | 'CRITICAL';
  readonly monitor: Monitor;
  readonly subject: string;
  readonly number: number | null;
  /** Null: there is no single bound. */
  readonly threshold: number | null;
  readonly text: string;
  /** What the system has already started. */
  readonly action: string;
  readonly emergencyRetrain: string | null;
  /** Absent in requests of before 0.2.0: nothing that was reported could be said to be over. */
  readonly over?: boolean;
  readonly correlationId: string;
}

export interface ReignRecordActivities {
  beginGuard(input: BeginGuardInput): Promise<ReignPlan>;
  pageGuard(input: PageInput): Promise<void>;
}

export function reignRecordActivities(bench: Workbench): ReignRecordActivities {
  const { registry } = bench;
  return {
    beginGuard: async ({ model, epoch }) => {
      const view = await registry.champion({ model });
      return {
        // A spec that an earlier release stored lacks the fields of this one: it meant their defaults.
        spec: storedSpec(view.spec),
        current: view.epoch === epoch && view.champion !== null,
        versionNumber: view.champion?.number ?? 0,
        previousNumber: view.rollbackTarget,
        successor: view.epoch !== epoch && view.reign?.cause === 'rollback' ? view.epoch : null,
      };
    },
    pageGuard: async (input) => {
      const view = await registry.champion({ model: input.model });
      if (view.champion === null) return;
      await registry.enqueueNotification({
        event: notificationEvent({
          ...notificationEnvelope(bench, {
            model: input.model,
            retrainId: null,
            asOf: null,
            session: input.session,
            correlationId: input.correlationId,
          }),
          kind: 'alarm',
          severity: input.severity,
          monitor: input.monitor,
          champion: { number: view.champion.number, id: view.champion.id },
          statistic: input.subject,
          number: input.number,
          threshold: input.threshold,
          comparison: '<=',
          reason: freeText(input.text),
          action: input.action,
          emergencyRetrain: input.emergencyRetrain,
          over: input.over ?? false,
          series:
            input.monitor === 'decay' ? await rankIcSeries(registry, input.model, view.champion.id) : [],
        }),
      });
    },
  };
}

/** Sessions drawn in a mail: half a year says whether an IC has fallen. */
const DRAWN_SESSIONS = 125;
const AVERAGED_SESSIONS = 20;

/** The champion's rank IC as people look at it: means of a month of matured sessions. Nothing while there are too few. */
async function rankIcSeries(
  registry: Pick<Registry, 'liveResults'>,
  model: string,
  versionId: string,
): Promise<AlertSeries[]> {
  const results = await registry.liveResults({ model, versionId });
  const known = results.flatMap(({ rankIc }) => (rankIc === null ? [] : [rankIc]));
  const points = known
    .map((_, row) => known.slice(Math.max(0, row + 1 - AVERAGED_SESSIONS), row + 1))
    .map((month) => month.reduce((sum, value) => sum + value, 0) / month.length)
    .slice(-DRAWN_SESSIONS);
  if (points.length < 2) return [];
  return [
    { title: `Mean rank IC of ${String(AVERAGED_SESSIONS)} sessions`, unit: 'rank IC', points, bound: 0 },
  ];
}
