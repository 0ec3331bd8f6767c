import {
  type ChildWorkflowHandle,
  continueAsNew,
  ParentClosePolicy,
  patched,
  setCurrentDetails,
  sleep,
  startChild,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { ReignPlan } from '../activities/reign.ts';
import type { ReignMeasurement } from '../activities/reign-measure.ts';
import type { SessionTick } from '../activities/session-clock.ts';
import { aboutModel, guardId, retrainId, rollbackId, SYSTEM_ACTOR, TASK_QUEUES } from '../contracts/ids.ts';
import type { GuardInput, RetrainInput, RetrainResult } from '../contracts/retrain.ts';
import { evaluation, guarding } from './activity-proxies.ts';
import { awaitSession } from './await-session.ts';
import { stepFailure } from './failure.ts';
import { measureSession } from './measure-session.ts';
import { rollbackModel } from './rollback-model.ts';
import { watchSession } from './watch-session.ts';

/**
 * Watches one reign for as long as it lasts: the new champion against the previous one on every session. It rolls back by
 * itself when the measurement says so, asks for an emergency retrain when the decay rule fires, and ends when another epoch
 * has begun; when that is a rollback's, which nobody else guards, it hands over to a guard of its own. A measurement that
 * could not be made holds and pages; it never rolls back and never passes.
 */
export async function guardChampion(input: GuardInput): Promise<void> {
  upsertSearchAttributes({ ModelName: [input.model], Step: ['guard'] });
  // Histories from before go on as they began: rollbacks in the first sessions only, no guard after a rollback.
  const wholeReign = patched('guard-for-the-whole-reign');
  // Those from before were asked about decay by the guard's own measurement.
  const watched = patched('results-watched');
  let { afterSession, measuredSessions, consecutiveErrors } = input;
  for (;;) {
    const { model, epoch } = input;
    const plan = await onceMended(input, afterSession, () => guarding.beginGuard({ model, epoch }));
    if (!plan.current) {
      if (wholeReign && plan.successor !== null) await handOver(input, plan.successor, afterSession);
      return;
    }
    const request = { spec: plan.spec, clock: input.clock, after: afterSession };
    const measured = measuredSessions;
    const tick = await nextSession(input, afterSession, () =>
      awaitSession(
        { ...request, asOf: `${afterSession}T00:00:00.000Z` },
        ({ session }) => {
          show(input, plan, measured, `next session ${session}`);
        },
        guarding,
      ),
    );
    if (tick === null) {
      show(input, plan, measured, 'the replayed market data has ended, and the guard with it');
      return;
    }

    const measurement = await measureSession(input, plan, tick, { measuredSessions, watched }, (minutes) =>
      page(input, tick, 'CRITICAL', sourceAway(minutes, plan.spec.guard.maxAwayMinutes)),
    );
    if (measurement === null) {
      consecutiveErrors += 1;
      if (consecutiveErrors === plan.spec.guard.maxConsecutiveErrors) {
        await page(input, tick, 'CRITICAL', {
          monitor: 'guard',
          subject: 'sessions without a measurement',
          number: consecutiveErrors,
          threshold: plan.spec.guard.maxConsecutiveErrors - 1,
          text: 'The guard cannot measure the champion. It holds: a source that is away says nothing about the model.',
          action: 'none; look at the compute worker and the market data',
          emergencyRetrain: null,
        });
      }
    } else {
      if (!measurement.current) return;
      consecutiveErrors = 0;
      measuredSessions += 1;
      show(input, plan, measuredSessions, measurement.summary);
      const over = wholeReign
        ? await actOn(input, tick, measurement)
        : await act(input, plan, tick, measurement, measuredSessions);
      if (over && !wholeReign) return;
      // Histories from before, and measurements of before, know no challengers beside those of retrains.
      if (!over && patched('challengers-beside')) {
        const summaries = await scoreChallengers(input, tick, measurement);
        show(input, plan, measuredSessions, [measurement.summary, ...summaries].join('\n\n'));
      }
    }
    if (watched) {
      const results = await watchSession(input, tick);
      if (results?.current === true && measurement !== null) {
        show(input, plan, measuredSessions, `${measurement.summary}\n\n${results.summary}`);
      }
    }
    afterSession = tick.session;
    if (workflowInfo().continueAsNewSuggested) {
      await continueAsNew<typeof guardChampion>({
        ...input,
        afterSession,
        measuredSessions,
        consecutiveErrors,
      });
    }
  }
}

/** Challengers cannot harm the champion: what goes wrong with them is told, and the guard goes on. */
async function scoreChallengers(
  input: GuardInput,
  tick: SessionTick,
  { openChallengers }: ReignMeasurement,
): Promise<readonly string[]> {
  if (openChallengers === 0) return [];
  const { model, epoch } = input;
  const { session, decisionInstant, calendarSha256 } = tick;
  try {
    const { summaries } = await evaluation.scoreChallengers.executeWithOptions(
      { summary: `challengers on ${session}` },
      [{ model, epoch, session, decisionInstant, calendarSha256 }],
    );
    return summaries;
  } catch (error) {
    const { kind, message } = stepFailure(error);
    if (kind === 'cancelled') throw error;
    await page(input, tick, 'WARNING', {
      monitor: 'guard',
      subject: 'challengers that could not be scored',
      ...{ number: openChallengers, threshold: 0, text: message, emergencyRetrain: null },
      action: 'none; the champion is not touched, the session is missing from their shadows',
    });
    return [];
  }
}

/** Null when a replay has no further session; the live calendar that has run out is for people to mend. */
async function nextSession(
  input: GuardInput,
  after: string,
  ask: () => Promise<SessionTick>,
): Promise<SessionTick | null> {
  if (input.clock.mode !== 'replay') return await onceMended(input, after, ask);
  try {
    return await ask();
  } catch (error) {
    if (stepFailure(error).code === 'CALENDAR_EXHAUSTED') return null;
    throw error;
  }
}

/** What only people can mend, and what a guard would end by: a champion that nobody guards, and nobody knows. */
const MENDED_BY_PEOPLE: readonly string[] = ['STORED_SPEC_INVALID', 'CALENDAR_EXHAUSTED'];
const LOOK_AGAIN_MS = 15 * 60_000;

/** Asks until people have mended what stands in the way; pages them once. */
async function onceMended<T>(input: GuardInput, session: string, ask: () => Promise<T>): Promise<T> {
  for (let told = false; ; told = true) {
    try {
      return await ask();
    } catch (error) {
      const { code, message } = stepFailure(error);
      // Histories from before ended here.
      if (!MENDED_BY_PEOPLE.includes(code) || !patched('what-people-mend-is-waited-for')) throw error;
      if (!told) {
        await page(input, { session }, 'CRITICAL', {
          monitor: 'guard',
          subject: 'what keeps the guard from its work',
          ...{ number: null, threshold: 0, text: `${code}: ${message}`, emergencyRetrain: null },
          action: 'none: the champion answers and nobody watches it; the guard looks again every 15 minutes',
        });
      }
      await sleep(LOOK_AGAIN_MS, { summary: `until ${code} is mended` });
    }
  }
}

/** A reign that a rollback began is guarded like any other; whoever of two guards asks first starts it. */
async function handOver(input: GuardInput, epoch: number, afterSession: string): Promise<void> {
  try {
    await startChild(guardChampion, {
      workflowId: guardId(input.model, epoch),
      taskQueue: TASK_QUEUES.control,
      parentClosePolicy: ParentClosePolicy.ABANDON,
      typedSearchAttributes: aboutModel(input.model, { step: 'guard' }),
      staticSummary: `Guard of ${input.model}, epoch ${String(epoch)}`,
      args: [{ ...input, epoch, afterSession, measuredSessions: 0, consecutiveErrors: 0 }],
    });
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'WorkflowExecutionAlreadyStartedError') throw error;
  }
}

/** True when the guard rolled back. What it may do was decided with the measurement: limits, freeze, cooldown. */
async function actOn(input: GuardInput, tick: SessionTick, measurement: ReignMeasurement): Promise<boolean> {
  if (measurement.action === 'rollback' && (await rolledBack(input, tick, measurement))) return true;
  const { page: asked } = measurement;
  if (asked !== null) {
    await page(input, tick, asked.severity, { ...asked, monitor: 'guard', emergencyRetrain: null });
  }
  if (measurement.decay.alarm) await startEmergency(input, tick, measurement);
  return false;
}

/** Waits for the swap: a rollback that is refused (frozen, another epoch) is told, not lost. */
async function rolledBack(
  input: GuardInput,
  tick: SessionTick,
  measurement: ReignMeasurement,
): Promise<boolean> {
  try {
    await (await rollBack(input, measurement.reason)).result();
    return true;
  } catch (error) {
    const { kind, message } = stepFailure(error);
    if (kind === 'cancelled') throw error;
    await page(input, tick, 'CRITICAL', {
      ...guardAlarm(measurement, 'none: the rollback was refused'),
      subject: 'an automatic rollback that failed',
      text: `${measurement.reason}; the rollback failed: ${message}`,
    });
    return false;
  }
}

/** As guards of before the whole reign was guarded go on. True when the reign is over. */
async function act(
  input: GuardInput,
  plan: ReignPlan,
  tick: SessionTick,
  measurement: ReignMeasurement,
  measuredSessions: number,
): Promise<boolean> {
  const guarding = measuredSessions <= plan.spec.guard.sessions;
  if (measurement.action === 'rollback' && guarding && plan.previousNumber !== null) {
    if (plan.spec.guard.autoRollback) {
      await rollBack(input, measurement.reason);
      return true;
    }
    await page(
      input,
      tick,
      'CRITICAL',
      guardAlarm(measurement, 'none: autoRollback is off; a rollback is asked for'),
    );
  } else if (measurement.action !== 'none') {
    await page(
      input,
      tick,
      'WARNING',
      guardAlarm(measurement, 'none; the guarded sessions are over, or there is nothing to go back to'),
    );
  }
  if (measurement.decay.alarm) await startEmergency(input, tick, measurement);
  return false;
}

async function rollBack(
  input: GuardInput,
  reason: string,
): Promise<ChildWorkflowHandle<typeof rollbackModel>> {
  const key = `guard:${input.model}:${String(input.epoch)}`;
  return await startChild(rollbackModel, {
    workflowId: rollbackId(input.model, key),
    taskQueue: TASK_QUEUES.control,
    parentClosePolicy: ParentClosePolicy.ABANDON,
    args: [
      {
        model: input.model,
        toVersion: null,
        reason: `guard: ${reason}`,
        actor: SYSTEM_ACTOR,
        // The reign it watched: two rollbacks never stack up.
        expectedEpoch: input.epoch,
        idempotencyKey: key,
        correlationId: input.correlationId,
      },
    ],
  });
}

function guardAlarm(measurement: ReignMeasurement, action: string): Alarm {
  const { number, threshold } = measurement.guard;
  return {
    monitor: 'guard',
    subject: measurement.page?.subject ?? 'a bound of the guard',
    number,
    threshold,
    text: measurement.reason,
    action,
    emergencyRetrain: null,
  };
}

async function startEmergency(
  input: GuardInput,
  tick: SessionTick,
  measurement: ReignMeasurement,
): Promise<void> {
  const { reason, number, threshold } = measurement.decay;
  const workflowId = retrainId(input.model, tick.decisionInstant);
  await page(input, tick, 'CRITICAL', {
    monitor: 'decay',
    subject: 'decay of the rank IC',
    number,
    threshold,
    text: reason,
    action: 'an emergency retrain was started; it skips no gate and no approval',
    emergencyRetrain: workflowId,
  });
  try {
    // By name: the retrain starts guards, so importing it here would be a cycle.
    await startChild<(input: RetrainInput) => Promise<RetrainResult>>('retrainModel', {
      workflowId,
      taskQueue: TASK_QUEUES.control,
      parentClosePolicy: ParentClosePolicy.ABANDON,
      typedSearchAttributes: aboutModel(input.model, { trigger: 'decay' }),
      staticSummary: `Emergency retrain of ${input.model} as of ${tick.decisionInstant}`,
      args: [
        {
          model: input.model,
          asOf: tick.decisionInstant,
          trigger: 'decay',
          requester: SYSTEM_ACTOR,
          clock: input.clock,
          emergency: true,
          allowProbation: false,
          reason,
          correlationId: `${input.correlationId}/decay-${tick.session}`,
        },
      ],
    });
  } catch (error) {
    // The same session's emergency already runs: one is enough.
    if (!(error instanceof Error) || error.name !== 'WorkflowExecutionAlreadyStartedError') throw error;
  }
}

const sourceAway = (minutes: number, bound: number): Alarm => ({
  monitor: 'guard',
  subject: 'minutes without a measurement',
  number: Math.round(minutes),
  threshold: bound,
  text: 'The guard cannot measure the champion. It holds and tries again: a source that is away says nothing about the model.',
  action: 'none; look at the compute worker and the market data',
  emergencyRetrain: null,
});

interface Alarm {
  readonly monitor: 'guard' | 'decay';
  readonly subject: string;
  readonly number: number | null;
  readonly threshold: number;
  readonly text: string;
  readonly action: string;
  readonly emergencyRetrain: string | null;
}

async function page(
  input: GuardInput,
  tick: Pick<SessionTick, 'session'>,
  severity: 'WARNING' | 'CRITICAL',
  alarm: Alarm,
): Promise<void> {
  await guarding.pageGuard({
    model: input.model,
    epoch: input.epoch,
    session: tick.session,
    severity,
    ...alarm,
    correlationId: input.correlationId,
  });
}

function show(input: GuardInput, plan: ReignPlan, measured: number, text: string): void {
  const back =
    plan.previousNumber === null
      ? 'no previous version to go back to'
      : `previous version ${String(plan.previousNumber)} kept warm`;
  setCurrentDetails(
    [
      `### Guard of ${input.model}, epoch ${String(input.epoch)}, version ${String(plan.versionNumber)}`,
      '',
      `${String(measured)} sessions measured; ${back}.`,
      '',
      text,
    ].join('\n'),
  );
}
