import { type ActivityInterfaceFor, proxyActivities } from '@temporalio/workflow';
import type { AdoptionActivities } from '../activities/adoption.ts';
import type { AlertingActivities } from '../activities/alerting.ts';
import type { ApprovalActivities } from '../activities/approval.ts';
import type { ChampionBackupActivities } from '../activities/champion-backup.ts';
import type { ChallengerActivities } from '../activities/challengers.ts';
import type { DecayOutlookActivities } from '../activities/decay-outlook.ts';
import type { DrillActivities } from '../activities/drill.ts';
import type { GatePeopleActivities } from '../activities/gate-people.ts';
import type { JudgingActivities } from '../activities/judging.ts';
import type { PackagingActivities } from '../activities/packaging.ts';
import type { ReignRecordActivities } from '../activities/reign.ts';
import type { ReignMeasureActivities } from '../activities/reign-measure.ts';
import type { RebuildActivities, ReproductionActivities } from '../activities/reproduction.ts';
import type { RetrainRecordActivities } from '../activities/retrain-record.ts';
import type { ScorePlanActivities, ScoreRunActivities } from '../activities/scoring/score-run.ts';
import type { SessionClockActivities } from '../activities/session-clock.ts';
import type { ShadowActivities } from '../activities/shadow.ts';
import type { SnapshotActivities } from '../activities/snapshot.ts';
import type { SwapActivities } from '../activities/swap.ts';
import type { SidecarActivities, TrialActivities } from '../activities/trials.ts';
import type { WatchActivities } from '../activities/watch.ts';
import { UNIT_RULES, type GateUnit } from '../contracts/gate-catalogue.ts';
import { TASK_QUEUES } from '../contracts/ids.ts';

/**
 * Which failures are retried is decided at the edge of each activity: a refusal or a wrong call leaves it as a
 * non-retryable failure that carries its stable code, an unreachable part as a retryable one. The proxies below bound
 * how long that may go on.
 */

/** Registry writes take milliseconds; ten minutes of retries outlive a restart of Postgres, then the retrain fails aloud. */
export const control = proxyActivities<
  RetrainRecordActivities &
    SessionClockActivities &
    ApprovalActivities &
    GatePeopleActivities &
    SwapActivities &
    ScorePlanActivities
>({
  taskQueue: TASK_QUEUES.control,
  startToCloseTimeout: '30 seconds',
  scheduleToCloseTimeout: '10 minutes',
  retry: { initialInterval: '250 milliseconds', backoffCoefficient: 2, maximumInterval: '10 seconds' },
});

/**
 * What the guard of a reign asks and records. Nobody starts a guard again: a registry that is away for a long weekend must not
 * leave a champion unguarded, hence a week. Attempts that keep failing are told of while they do (rule activities-fail).
 */
export const guarding = proxyActivities<SessionClockActivities & ReignRecordActivities>({
  taskQueue: TASK_QUEUES.control,
  startToCloseTimeout: '30 seconds',
  scheduleToCloseTimeout: '7 days',
  retry: { initialInterval: '250 milliseconds', backoffCoefficient: 2, maximumInterval: '1 minute' },
});

/** Looking and writing takes milliseconds; an escalation outlives an hour without a registry, since nobody else would page. */
export const alerting = proxyActivities<AlertingActivities>({
  taskQueue: TASK_QUEUES.control,
  startToCloseTimeout: '30 seconds',
  scheduleToCloseTimeout: '1 hour',
  retry: { initialInterval: '250 milliseconds', backoffCoefficient: 2, maximumInterval: '10 seconds' },
});

/** Waits for servers, hence longer than a write; the registry tells at once when all have answered. */
export const acknowledgement = proxyActivities<SwapActivities>({
  taskQueue: TASK_QUEUES.control,
  startToCloseTimeout: '2 minutes',
  scheduleToCloseTimeout: '10 minutes',
  heartbeatTimeout: '15 seconds',
  retry: { initialInterval: '250 milliseconds', backoffCoefficient: 2, maximumInterval: '5 seconds' },
});

/** Waits for servers that load a version, a minute at most; what is repeated is known by its key, and changes nothing. */
export const drilling = proxyActivities<DrillActivities>({
  taskQueue: TASK_QUEUES.control,
  startToCloseTimeout: '2 minutes',
  scheduleToCloseTimeout: '10 minutes',
  heartbeatTimeout: '15 seconds',
  retry: { initialInterval: '250 milliseconds', backoffCoefficient: 2, maximumInterval: '5 seconds' },
});

/**
 * Reads a whole market and writes a snapshot: minutes on a large one. The heartbeat tells a killed worker from a slow one
 * within twenty seconds; a repeated extraction gives the same bytes.
 */
export const data = proxyActivities<SnapshotActivities & RebuildActivities & ChampionBackupActivities>({
  taskQueue: TASK_QUEUES.data,
  startToCloseTimeout: '30 minutes',
  scheduleToCloseTimeout: '2 hours',
  heartbeatTimeout: '20 seconds',
  retry: {
    initialInterval: '1 second',
    backoffCoefficient: 2,
    maximumInterval: '30 seconds',
    maximumAttempts: 10,
  },
});

/** How long fits may take, each inside the next: the sidecar stops a fit itself before Temporal gives it up. */
export interface TrainingLimits {
  /** In the message to the sidecar (`maxSeconds`). */
  readonly fitSeconds: number;
  readonly startToCloseSeconds: number;
  readonly scheduleToCloseSeconds: number;
  /** Hard stop of the step; infinite where nobody waits to a deadline. */
  readonly stepSeconds: number;
}

/**
 * Shares of the step: what is left is for queueing, for another attempt after a kill, and for saying so. All trials are scheduled
 * at once, so that schedule-to-close is the hard stop of the step.
 */
const FIT_SHARE = 0.8;
const ATTEMPT_SHARE = 0.85;
const QUEUEING_SHARE = 0.95;

/** The limits of a training step with a hard stop (`training.maxMinutes`; a minute at least). */
export function limitsOfStep(stepSeconds: number): TrainingLimits {
  return {
    fitSeconds: Math.floor(FIT_SHARE * stepSeconds),
    startToCloseSeconds: Math.floor(ATTEMPT_SHARE * stepSeconds),
    scheduleToCloseSeconds: Math.floor(QUEUEING_SHARE * stepSeconds),
    stepSeconds,
  };
}

const SPARE_SECONDS = 60;
const SIX_HOURS = 6 * 3600;

/** The limits of fits that nobody waits for to a deadline: however many there are, each may take its time. */
export function limitsOfFit(fitSeconds: number): TrainingLimits {
  const startToCloseSeconds = fitSeconds + SPARE_SECONDS;
  const scheduleToCloseSeconds = Math.max(SIX_HOURS, 2 * startToCloseSeconds);
  return { fitSeconds, startToCloseSeconds, scheduleToCloseSeconds, stepSeconds: Number.POSITIVE_INFINITY };
}

/**
 * One fit per activity. Ten attempts outlive a sidecar that is killed and restarted; finished folds are not fitted again, an
 * unfinished one goes on from its last fifty trees.
 */
export function trainingWithin(limits: TrainingLimits): ActivityInterfaceFor<SidecarActivities> {
  return proxyActivities<SidecarActivities>({
    taskQueue: TASK_QUEUES.training,
    startToCloseTimeout: `${String(limits.startToCloseSeconds)} seconds`,
    scheduleToCloseTimeout: `${String(limits.scheduleToCloseSeconds)} seconds`,
    heartbeatTimeout: '20 seconds',
    retry: {
      initialInterval: '1 second',
      backoffCoefficient: 2,
      maximumInterval: '30 seconds',
      maximumAttempts: 10,
    },
  });
}

/** Statistics and scoring: seconds to minutes, all of it pure given its artifacts, hence safe to repeat. */
export const evaluation = proxyActivities<
  ReproductionActivities &
    TrialActivities &
    PackagingActivities &
    JudgingActivities &
    ShadowActivities &
    ReignMeasureActivities &
    ChallengerActivities &
    DecayOutlookActivities &
    AdoptionActivities &
    WatchActivities
>({
  taskQueue: TASK_QUEUES.evaluation,
  startToCloseTimeout: '15 minutes',
  scheduleToCloseTimeout: '1 hour',
  heartbeatTimeout: '20 seconds',
  retry: {
    initialInterval: '1 second',
    backoffCoefficient: 2,
    maximumInterval: '30 seconds',
    maximumAttempts: 10,
  },
});

/**
 * A whole universe: loads a market and scores it, a minute for ten thousand symbols. Not retried for ever: data that do not
 * come are the workflow's to wait for.
 */
export const scoring = proxyActivities<ScoreRunActivities>({
  taskQueue: TASK_QUEUES.evaluation,
  startToCloseTimeout: '30 minutes',
  scheduleToCloseTimeout: '2 hours',
  heartbeatTimeout: '20 seconds',
  retry: {
    initialInterval: '1 second',
    backoffCoefficient: 2,
    maximumInterval: '30 seconds',
    maximumAttempts: 20,
  },
});

/** A worker that is gone shows by its heartbeats within this; a shorter attempt shows it by its own end. */
const HEARTBEAT_SECONDS = 20;
/** Units wait for each other on a small machine, and for a worker that is being restarted. */
const UNIT_QUEUEING_SECONDS = 900;

/**
 * One unit of gates: each attempt has the spec's time limit, the number of attempts is the unit's own. What comes after the
 * last one is an `error`, for which the retrain waits.
 */
export function gateUnit(unit: GateUnit, timeLimitSeconds: number): Pick<typeof evaluation, 'runGateUnit'> {
  const { attempts, firstPauseSeconds, maximumPauseSeconds } = UNIT_RULES[unit];
  const longest = attempts * (timeLimitSeconds + maximumPauseSeconds) + UNIT_QUEUEING_SECONDS;
  return proxyActivities<JudgingActivities>({
    taskQueue: TASK_QUEUES.evaluation,
    startToCloseTimeout: `${String(timeLimitSeconds)} seconds`,
    scheduleToCloseTimeout: `${String(longest)} seconds`,
    ...(timeLimitSeconds > HEARTBEAT_SECONDS
      ? { heartbeatTimeout: `${String(HEARTBEAT_SECONDS)} seconds` }
      : {}),
    retry: {
      initialInterval: `${String(firstPauseSeconds)} seconds`,
      backoffCoefficient: 2,
      maximumInterval: `${String(maximumPauseSeconds)} seconds`,
      maximumAttempts: attempts,
    },
  });
}
