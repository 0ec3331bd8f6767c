import { type NotificationEvent, notificationEvent } from '../contracts/notification.ts';
import type { ModelSpec } from '../contracts/spec.ts';
import { storedSpec } from '../contracts/stored-spec.ts';
import type { RetrainInput, RetrainOutcome, RetrainStep } from '../contracts/retrain.ts';
import type { GateVerdict, Verdict } from '../contracts/verdict.ts';
import { RetrainOpen } from '../registry/errors.ts';
import { freeText, notificationEnvelope } from './notification-envelope.ts';
import type { Workbench } from './workbench.ts';

/** The champion a retrain is judged against, pinned when the retrain begins. */
export interface ChampionRef {
  readonly versionId: string;
  readonly number: number;
  readonly epoch: number;
  readonly recipeHash: string;
  readonly probation: boolean;
}

/** Everything a retrain pins at its start; thresholds, calendars and fees are read here and never in workflow code. */
export interface RetrainPlan {
  readonly retrainId: string;
  readonly correlationId: string;
  readonly specNumber: number;
  readonly spec: ModelSpec;
  readonly champion: ChampionRef | null;
  /** Epoch of the model now; 0 before the first champion. */
  readonly epoch: number;
  /** Workflow id of an open retrain this emergency supersedes. */
  readonly superseded: string | null;
}

export interface BeginRetrainInput {
  readonly retrainId: string;
  readonly input: RetrainInput;
}

export interface RecordStepInput {
  readonly retrainId: string;
  readonly correlationId: string;
  readonly step: RetrainStep;
}

export interface FinishRetrainInput {
  readonly retrainId: string;
  readonly model: string;
  readonly asOf: string;
  readonly outcome: RetrainOutcome;
  readonly step: RetrainStep;
  readonly reason: string;
  readonly code: string;
  readonly verdict: Verdict | null;
  readonly verdicts: readonly GateVerdict[];
  readonly correlationId: string;
}

/** Activities of the `control` queue that keep the record of a retrain. */
export interface RetrainRecordActivities {
  beginRetrain(input: BeginRetrainInput): Promise<RetrainPlan>;
  recordStep(input: RecordStepInput): Promise<void>;
  /** Writes the final state and enqueues the notification that goes with it, once per retrain. */
  finishRetrain(input: FinishRetrainInput): Promise<void>;
}

export function retrainRecordActivities(bench: Workbench): RetrainRecordActivities {
  const { registry } = bench;
  return {
    beginRetrain: async ({ retrainId, input }) => {
      const { specNumber, spec, champion, epoch, superseded } = await registry
        .createRetrain({ ...input, retrainId })
        .catch(async (error: unknown) => {
          if (error instanceof RetrainOpen && input.trigger === 'schedule')
            await tellNeverBegun(bench, input, error);
          throw error;
        });
      const { correlationId } = input;
      return {
        ...{ retrainId, correlationId, specNumber, champion, epoch, superseded },
        spec: input.emergency ? emergencySpec(spec) : spec,
      };
    },
    recordStep: ({ retrainId, step }) => registry.setRetrainStep({ retrainId, step }),
    finishRetrain: async (input) => {
      const { retrainId, outcome, step, reason, code, verdict } = input;
      const notification = endNotification(bench, input);
      await registry.finishRetrain({ retrainId, outcome, step, reason, code, verdict, notification });
    },
  };
}

/** Nobody waits for the answer of a schedule: without a word, a month's retrain would be missed by whoever expects it. */
async function tellNeverBegun(
  bench: Workbench,
  input: RetrainInput,
  { message, details }: RetrainOpen,
): Promise<void> {
  const { model, asOf, correlationId } = input;
  const { spec } = await bench.registry.currentSpec({ model });
  await bench.registry.enqueueNotification({
    event: notificationEvent({
      ...notificationEnvelope(bench, { model, retrainId: null, asOf, session: null, correlationId }),
      kind: 'schedule-missed',
      severity: 'WARNING',
      nominalAt: asOf,
      catchupHours: storedSpec(spec).retrain.catchupHours,
      standing: String(details['retrainId']),
      reason: freeText(message),
      nextAt: null,
      retrainCommand: `npm run contender -- retrain ${model} --as-of ${asOf}`,
    }),
  });
}

/** An emergency skips no gate and no approval; its shadow is shorter only where the spec says so. */
function emergencySpec(stored: ModelSpec): ModelSpec {
  const { decay } = storedSpec(stored);
  if (decay.shadowSessions === null) return stored;
  return { ...stored, shadow: { ...stored.shadow, sessions: decay.shadowSessions } };
}

/** A promotion is told by the swap. */
function endNotification(bench: Workbench, input: FinishRetrainInput): NotificationEvent | null {
  const { retrainId, model, outcome, step, asOf, correlationId } = input;
  const code = /^[A-Za-z][A-Za-z0-9_]{0,79}$/u.test(input.code) ? input.code : 'UNKNOWN';
  const reason = freeText(input.reason);
  const envelope = notificationEnvelope(bench, { model, retrainId, asOf, session: null, correlationId });
  if (outcome === 'failed') {
    const retrainCommand = `npm run contender -- retrain ${model} --as-of ${asOf}`;
    return notificationEvent({
      ...envelope,
      kind: 'failed',
      severity: 'ERROR',
      step,
      code,
      reason,
      remedy: null,
      retrainCommand,
    });
  }
  if (outcome === 'promoted') return null;
  return notificationEvent({
    ...envelope,
    kind: 'retrain-refused',
    severity: 'INFO',
    outcome,
    step,
    code,
    reason,
    verdicts: [...input.verdicts],
  });
}
