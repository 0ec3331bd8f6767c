import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { ReignMeasurement } from '../../../activities/reign-measure.ts';
import type { WatchOutcome } from '../../../activities/watch.ts';
import type { GuardInput } from '../../../contracts/retrain.ts';
import { agreeable, CALM, SPEC, withWorkers, type AllActivities } from './retrain-world.ts';

/** The reign that was guarded last; each gets an epoch of its own. */
export const reign = { epoch: 100 };

export const QUIET: ReignMeasurement = {
  current: true,
  action: 'none',
  reason: '',
  summary: 'quiet',
  decay: { alarm: false, reason: '', number: null, threshold: 0 },
  guard: { number: null, threshold: 0.02 },
  page: null,
  openChallengers: 0,
};

export const BROKEN: ReignMeasurement = {
  ...QUIET,
  action: 'rollback',
  reason: 'all rows have the same score',
};

/** What the measurement says when a rollback must not be automatic. */
export const HELD: ReignMeasurement = {
  ...QUIET,
  action: 'hold',
  reason: 'loss; autoRollback is off',
  page: {
    severity: 'CRITICAL',
    subject: 'drawdown beyond the previous champion',
    number: 0.05,
    threshold: 0.02,
    text: 'loss; autoRollback is off',
    action: 'none',
  },
};

/** When the session after the last one before the reign is decided. */
export const FIRST_DECISION = '2019-07-02T00:00:00.000Z';

export const ALARM: WatchOutcome = {
  ...CALM,
  decision: 'retrain',
  reason: 'true-decay: worth it',
  statistic: 7,
  ...{ told: true, monitor: 'decay' },
};

/** The watch of each session, by how many came before. */
export function watching(outcome: (count: number) => WatchOutcome): Pick<AllActivities, 'watchSession'> {
  let count = 0;
  return {
    watchSession: () => {
      count += 1;
      return Promise.resolve(outcome(count));
    },
  };
}

export interface Watch {
  readonly calls: string[];
  readonly pages: string[];
  readonly rollbacks: string[];
  /** Sessions measured before, as each measurement was told. */
  readonly measured: number[];
}

/** Guards a reign that ends after `sessions`; `measure` says what each session shows. */
export async function guard(
  environment: TestWorkflowEnvironment,
  sessions: number,
  measure: (count: number) => ReignMeasurement | 'away',
  changes: Partial<AllActivities> = {},
  clock: GuardInput['clock'] = { mode: 'live' },
): Promise<Watch> {
  const told: number[] = [];
  const calls: string[] = [];
  const pages: string[] = [];
  const rollbacks: string[] = [];
  let begun = 0;
  let measured = 0;
  const now = (): number => 0;
  const activities: AllActivities = {
    ...agreeable(calls, now),
    beginGuard: () => {
      begun += 1;
      return Promise.resolve({
        spec: SPEC,
        current: begun <= sessions && rollbacks.length === 0,
        versionNumber: 2,
        previousNumber: 1,
        successor: null,
      });
    },
    measureReign: ({ measuredSessions }) => {
      told.push(measuredSessions);
      measured += 1;
      const answer = measure(measured);
      return answer === 'away'
        ? Promise.reject(ApplicationFailure.nonRetryable('the folder is away', 'FOLDER_AWAY'))
        : Promise.resolve(answer);
    },
    pageGuard: (input) => {
      pages.push(`${input.severity}: ${input.monitor} ${input.subject}`);
      return Promise.resolve();
    },
    rollbackChampion: (input) => {
      rollbacks.push(input.reason);
      return Promise.resolve({
        model: 'tw-alpha',
        epoch: reign.epoch + 1,
        fromVersion: 2,
        toVersion: 1,
        versionId: 'c'.repeat(64),
        committedAt: new Date(0).toISOString(),
      });
    },
    ...changes,
  };
  reign.epoch += 2;
  const input: GuardInput = {
    model: 'tw-alpha',
    epoch: reign.epoch,
    clock,
    afterSession: '2019-07-01',
    measuredSessions: 0,
    consecutiveErrors: 0,
    correlationId: 'test',
  };
  await withWorkers(environment, activities, async () => {
    const handle = await environment.client.workflow.start('guardChampion', {
      workflowId: `guard:tw-alpha:${String(reign.epoch)}`,
      taskQueue: 'control',
      args: [input],
    });
    await handle.result();
    const rollback = environment.client.workflow.getHandle(
      `rollback:tw-alpha:guard:tw-alpha:${String(reign.epoch)}`,
    );
    await rollback.result().catch(() => undefined);
    // An emergency that a test lets begin ends at once; without one there is nothing to wait for.
    const retrain = environment.client.workflow.getHandle(`retrain:tw-alpha:${FIRST_DECISION}`);
    await retrain.result().catch(() => undefined);
  });
  return { calls, pages, rollbacks, measured: told };
}
