import { ParentClosePolicy, patched, startChild } from '@temporalio/workflow';
import type { WatchOutcome } from '../activities/watch.ts';
import type { SessionTick } from '../activities/session-clock.ts';
import { aboutModel, retrainId, rollbackId, SYSTEM_ACTOR, TASK_QUEUES } from '../contracts/ids.ts';
import type { GuardInput, RetrainInput, RetrainResult, Trigger } from '../contracts/retrain.ts';
import { evaluation, guarding } from './activity-proxies.ts';
import { stepFailure } from './failure.ts';
import { rollbackModel } from './rollback-model.ts';

/**
 * What happens with a reign's session after its close, beside the guard: results are written, the decay rule is asked, and
 * what was decided is done. The spec's action comes before the emergency retrain, so that the retrain is judged against
 * whatever then answers. Null when the results could not be made; that pages and decides nothing.
 */
export async function watchSession(input: GuardInput, tick: SessionTick): Promise<WatchOutcome | null> {
  const watched = await ask(input, tick);
  if (watched === null || !watched.current) return watched;
  const acted = await act(input, tick, watched);
  const retrain = retrainOf(watched);
  const emergencyRetrain = retrain === null ? null : retrainId(input.model, tick.decisionInstant);
  // Histories from before told of what was decided anew only, and of no end: an alarm that stood for weeks seemed over.
  const whileItHolds = patched('conditions-told-while-they-hold') && isNamed(watched);
  if (whileItHolds) await tellEnds(input, tick, watched);
  if (whileItHolds ? watched.monitor !== null : watched.told && watched.decision !== 'watch') {
    await page(input, tick, watched, {
      subject: SUBJECT[watched.monitor ?? 'decay'],
      severity: SEVERITY[watched.decision],
      text: `${watched.reason}${acted}`,
      action: ACTION_TEXT[watched.decision],
      emergencyRetrain,
    });
  }
  if (retrain !== null) await startRetrain(input, tick, retrain, watched.reason);
  return watched;
}

const SEVERITY: Readonly<Record<WatchOutcome['decision'], 'WARNING' | 'CRITICAL'>> = {
  watch: 'WARNING',
  'repair-data': 'CRITICAL',
  retrain: 'CRITICAL',
  cooldown: 'CRITICAL',
  standing: 'CRITICAL',
  'not-worth': 'WARNING',
  released: 'WARNING',
  'drift-retrain': 'WARNING',
};

const ACTION_TEXT: Readonly<Record<WatchOutcome['decision'], string>> = {
  watch: 'none',
  'repair-data': 'none: no retrain is started; mend the data or the software, then look again',
  retrain: 'an emergency retrain was started; it skips no gate and no approval',
  cooldown: 'none: the last emergency retrain is too recent',
  standing: 'none: the alarm stands',
  'not-worth':
    'none: a retrain costs more than it is expected to save; start one yourself if you know better',
  released: 'the alarm is released',
  'drift-retrain': 'a retrain was started; it skips no gate and no approval',
};

async function ask(input: GuardInput, tick: SessionTick): Promise<WatchOutcome | null> {
  try {
    return await evaluation.watchSession.executeWithOptions({ summary: `results of ${tick.session}` }, [
      {
        model: input.model,
        epoch: input.epoch,
        session: tick.session,
        decisionInstant: tick.decisionInstant,
        correlationId: input.correlationId,
      },
    ]);
  } catch (error) {
    const { kind, message } = stepFailure(error);
    if (kind === 'cancelled') throw error;
    await guarding.pageGuard({
      ...{ model: input.model, epoch: input.epoch, session: tick.session, severity: 'WARNING' },
      ...{ monitor: 'results', subject: 'a session without results', number: null, threshold: 0 },
      text: `The results of ${tick.session} could not be made: ${message}`,
      action:
        'none: the session says nothing about the model; look at the compute worker and the market data',
      emergencyRetrain: null,
      correlationId: input.correlationId,
    });
    return null;
  }
}

/** What was added to the reason; the champion in force may be another afterwards. */
async function act(input: GuardInput, tick: SessionTick, watched: WatchOutcome): Promise<string> {
  const { action } = watched;
  if (action === 'none') return '';
  if (action !== 'roll-back' && action !== 'safe-version') return `; consumers were told: ${action}`;
  const key = `decay:${input.model}:${String(input.epoch)}`;
  try {
    const handle = await startChild(rollbackModel, {
      workflowId: rollbackId(input.model, key),
      taskQueue: TASK_QUEUES.control,
      parentClosePolicy: ParentClosePolicy.ABANDON,
      args: [
        {
          model: input.model,
          toVersion: watched.safeVersion,
          reason: `decay: ${watched.reason}`.slice(0, 2000),
          actor: SYSTEM_ACTOR,
          expectedEpoch: input.epoch,
          idempotencyKey: key,
          correlationId: input.correlationId,
        },
      ],
    });
    const { toVersion } = await handle.result();
    return `; rolled back to version ${String(toVersion)}`;
  } catch (error) {
    const { kind, message } = stepFailure(error);
    if (kind === 'cancelled') throw error;
    await page(input, tick, watched, {
      ...{ severity: 'CRITICAL', subject: `${action} failed` },
      text: `${watched.reason}; the spec asks for ${action}, which failed: ${message}`,
      action: 'none: the decayed champion still answers; roll back or tell consumers yourself',
      emergencyRetrain: null,
    });
    return `; ${action} failed`;
  }
}

const retrainOf = ({ decision }: WatchOutcome): Extract<Trigger, 'decay' | 'drift'> | null =>
  decision === 'retrain' ? 'decay' : decision === 'drift-retrain' ? 'drift' : null;

async function startRetrain(
  input: GuardInput,
  tick: SessionTick,
  trigger: 'decay' | 'drift',
  reason: string,
): Promise<void> {
  const workflowId = retrainId(input.model, tick.decisionInstant);
  try {
    // By name: the retrain starts guards, so importing it here would be a cycle.
    await startChild<(input: RetrainInput) => Promise<RetrainResult>>('retrainModel', {
      workflowId,
      taskQueue: TASK_QUEUES.control,
      parentClosePolicy: ParentClosePolicy.ABANDON,
      typedSearchAttributes: aboutModel(input.model, { trigger }),
      staticSummary: `${trigger === 'decay' ? 'Emergency retrain' : 'Retrain after drift'} of ${input.model} as of ${tick.decisionInstant}`,
      args: [
        {
          model: input.model,
          asOf: tick.decisionInstant,
          trigger,
          requester: SYSTEM_ACTOR,
          clock: input.clock,
          emergency: trigger === 'decay',
          allowProbation: false,
          reason: reason.slice(0, 1000),
          correlationId: `${input.correlationId}/${trigger}-${tick.session}`,
        },
      ],
    });
  } catch (error) {
    // The same session's retrain already runs: one is enough.
    if (!(error instanceof Error) || error.name !== 'WorkflowExecutionAlreadyStartedError') throw error;
  }
}

/** An activity worker of an earlier release names no monitor. */
const isNamed = (watched: WatchOutcome): boolean => 'monitor' in watched;

const SUBJECT = {
  decay: 'evidence for decay (logarithm)',
  data: 'the data of the session',
  software: 'the scores of the session',
  drift: 'sessions in a row with drifted features',
} as const;

/** What people were told of and is over: the alert ends, in whichever severity it was raised. */
async function tellEnds(input: GuardInput, tick: SessionTick, watched: WatchOutcome): Promise<void> {
  for (const monitor of watched.ended) {
    const severities = monitor === 'decay' ? (['CRITICAL', 'WARNING'] as const) : (['CRITICAL'] as const);
    for (const severity of severities) {
      await guarding.pageGuard({
        ...{ model: input.model, epoch: input.epoch, session: tick.session, monitor, severity },
        ...{ subject: SUBJECT[monitor], number: null, threshold: null, over: true },
        text: `${SUBJECT[monitor]}: over. ${watched.reason}`,
        ...{ action: 'the alert is ended', emergencyRetrain: null, correlationId: input.correlationId },
      });
    }
  }
}

async function page(
  input: GuardInput,
  tick: SessionTick,
  watched: WatchOutcome,
  message: {
    readonly subject: string;
    readonly severity: 'WARNING' | 'CRITICAL';
    readonly text: string;
    readonly action: string;
    readonly emergencyRetrain: string | null;
  },
): Promise<void> {
  const monitor = isNamed(watched) ? (watched.monitor ?? 'decay') : 'decay';
  await guarding.pageGuard({
    ...{ model: input.model, epoch: input.epoch, session: tick.session },
    ...{ monitor, over: false, correlationId: input.correlationId },
    // The evidence is the number of the decay alarm; what is wrong elsewhere is said in words.
    ...(monitor === 'decay'
      ? { number: watched.statistic, threshold: watched.threshold }
      : { number: null, threshold: null }),
    ...message,
  });
}
