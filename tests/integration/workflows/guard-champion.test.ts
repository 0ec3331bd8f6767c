import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReignMeasurement } from '../../../activities/reign.ts';
import { ModelSpec } from '../../../contracts/spec.ts';
import type { GuardInput } from '../../../contracts/retrain.ts';
import {
  agreeable,
  SPEC,
  timeSkippingEnvironment,
  withWorkers,
  type AllActivities,
} from './retrain-world.ts';

let environment: TestWorkflowEnvironment;
let epoch = 100;

beforeEach(async () => {
  environment = await timeSkippingEnvironment();
}, 120_000);
afterEach(async () => {
  await environment.teardown();
});

const QUIET: ReignMeasurement = {
  current: true,
  action: 'none',
  reason: '',
  summary: 'quiet',
  decay: { alarm: false, reason: '', number: null, threshold: 0 },
  guard: { number: null, threshold: 0.02 },
};

interface Watch {
  readonly calls: string[];
  readonly pages: string[];
  readonly rollbacks: string[];
}

/** Guards a reign that ends after `sessions`; `measure` says what each session shows. */
async function guard(
  sessions: number,
  measure: (count: number) => ReignMeasurement | 'away',
  changes: Partial<AllActivities> = {},
): Promise<Watch> {
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
      return Promise.resolve({ spec: SPEC, current: begun <= sessions, versionNumber: 2, previousNumber: 1 });
    },
    measureReign: () => {
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
        epoch: epoch + 1,
        fromVersion: 2,
        toVersion: 1,
        versionId: 'c'.repeat(64),
        committedAt: new Date(0).toISOString(),
      });
    },
    ...changes,
  };
  epoch += 2;
  const input: GuardInput = {
    model: 'tw-alpha',
    epoch,
    clock: { mode: 'live' },
    afterSession: '2019-07-01',
    measuredSessions: 0,
    consecutiveErrors: 0,
    correlationId: 'test',
  };
  await withWorkers(environment, activities, async () => {
    const handle = await environment.client.workflow.start('guardChampion', {
      workflowId: `guard:tw-alpha:${String(epoch)}`,
      taskQueue: 'control',
      args: [input],
    });
    await handle.result();
    const rollback = environment.client.workflow.getHandle(
      `rollback:tw-alpha:guard:tw-alpha:${String(epoch)}`,
    );
    await rollback.result().catch(() => undefined);
  });
  return { calls, pages, rollbacks };
}

describe('guardChampion', () => {
  it('ends quietly when another epoch has begun', async () => {
    const { pages, rollbacks } = await guard(3, () => QUIET);
    expect([pages, rollbacks]).toEqual([[], []]);
  });

  it('rolls back by itself, once, when a bound is crossed in the guarded sessions', async () => {
    const { rollbacks } = await guard(20, (count) =>
      count < 4
        ? QUIET
        : { ...QUIET, action: 'rollback', reason: 'drawdown 5 % beyond the previous champion' },
    );
    expect(rollbacks).toEqual(['guard: drawdown 5 % beyond the previous champion']);
  });

  it('waits past a session that the market cancelled while it slept, and measures the next one', async () => {
    const measured: string[] = [];
    let asked = 0;
    const tick = (session: string) => ({
      session,
      decisionInstant: `${session}T06:30:00.000Z`,
      wakeAt: new Date(0).toISOString(),
      calendarSha256: '4'.repeat(64),
    });
    await guard(2, () => QUIET, {
      // The typhoon of 2019-08-09 was announced on its eve: asked for the session after the 8th, twice with two answers.
      nextSession: ({ after }) => {
        if (after === '2019-08-12') return Promise.resolve(tick('2019-08-13'));
        asked += 1;
        return Promise.resolve(tick(asked === 1 ? '2019-08-09' : '2019-08-12'));
      },
      measureReign: ({ session }) => {
        measured.push(session);
        return Promise.resolve(QUIET);
      },
    });
    expect(measured).toEqual(['2019-08-12', '2019-08-13']);
  });

  it('pages instead of rolling back when the spec says so', async () => {
    const spec = ModelSpec.parse({ ...SPEC, guard: { autoRollback: false } });
    let begun = 0;
    const { rollbacks, pages } = await guard(2, () => ({ ...QUIET, action: 'rollback', reason: 'loss' }), {
      beginGuard: () => {
        begun += 1;
        return Promise.resolve({ spec, current: begun <= 2, versionNumber: 2, previousNumber: 1 });
      },
    });
    expect(rollbacks).toEqual([]);
    expect(pages).toContain('CRITICAL: guard drawdown beyond the previous champion');
  });

  it('holds and pages, and never rolls back, when nothing can be measured', async () => {
    const { rollbacks, pages } = await guard(4, () => 'away');
    expect(rollbacks).toEqual([]);
    expect(pages).toEqual(['CRITICAL: guard sessions without a measurement']);
  });

  it('starts one emergency retrain when the decay rule fires', async () => {
    const { calls, pages } = await guard(2, (count) =>
      count === 1
        ? { ...QUIET, decay: { alarm: true, reason: 'CUSUM 5.1 > 4.2', number: 5.1, threshold: 4.2 } }
        : QUIET,
    );
    expect(pages).toEqual(['CRITICAL: decay decay of the rank IC']);
    expect(calls).toContain('beginRetrain');
  });

  it('no longer rolls back by itself after the guarded sessions', async () => {
    const { rollbacks, pages } = await guard(SPEC.guard.sessions + 2, (count) =>
      count <= SPEC.guard.sessions ? QUIET : { ...QUIET, action: 'rollback', reason: 'late loss' },
    );
    expect(rollbacks).toEqual([]);
    expect(pages).toContain('WARNING: guard drawdown beyond the previous champion');
  });
});
