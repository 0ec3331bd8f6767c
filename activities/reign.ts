import { notificationEvent } from '../contracts/notification.ts';
import { ModelSpec } from '../contracts/spec.ts';
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
  readonly monitor: 'guard' | 'decay';
  readonly subject: string;
  readonly number: number | null;
  readonly threshold: number;
  readonly text: string;
  /** What the system has already started. */
  readonly action: string;
  readonly emergencyRetrain: string | null;
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
        spec: ModelSpec.parse(view.spec),
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
        }),
      });
    },
  };
}
