import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OpenDrillInput } from '../../../activities/drill.ts';
import type { DrillInput, DrillOutcome, RollbackDrill } from '../../../contracts/drill.ts';
import { agreeable, timeSkippingEnvironment, withWorkers } from './retrain-world.ts';

let environment: TestWorkflowEnvironment;
beforeEach(async () => {
  environment = await timeSkippingEnvironment();
}, 120_000);
afterEach(async () => {
  await environment.teardown();
});

const INPUT: DrillInput = {
  ...{ model: 'tw-alpha', trigger: 'manual', reason: 'a test asks for it', idempotencyKey: 'one' },
  ...{ actor: { subject: 'olga', roles: ['operator'] }, correlationId: 'test' },
};
const DRILL: RollbackDrill = {
  ...{ id: 7, model: 'tw-alpha', epoch: 2, champion: 2, target: 1, targetId: 'a'.repeat(64) },
  ...{ trigger: 'manual', requestedBy: 'olga', reason: 'a test asks for it', result: null, endedReason: '' },
  ...{ openedAt: '2026-01-01T00:00:00.000Z', deadline: '2026-01-01T00:01:00.000Z', endedAt: null },
  ...{ waitedFor: ['server-a'], servers: [] },
};

/** Runs the workflow over a registry that answers as given; what was asked of it, in order. */
async function run(
  given: Partial<DrillInput>,
  opened: () => Promise<RollbackDrill> = () => Promise.resolve(DRILL),
): Promise<{
  readonly outcome: DrillOutcome;
  readonly calls: readonly string[];
  readonly keys: readonly string[];
}> {
  const calls: string[] = [];
  const keys: string[] = [];
  const activities = {
    ...agreeable([], () => 0),
    openDrill: ({ idempotencyKey }: OpenDrillInput) => {
      calls.push('open');
      keys.push(idempotencyKey);
      return opened();
    },
    awaitDrill: () => {
      calls.push('await');
      return Promise.resolve();
    },
    endDrill: async () => {
      calls.push('end');
      const drill = await opened();
      return { ...drill, result: drill.result ?? 'passed', endedAt: '2026-01-01T00:00:02.000Z' };
    },
  };
  const outcome = await withWorkers(environment, activities, () =>
    environment.client.workflow.execute<(input: DrillInput) => Promise<DrillOutcome>>('drillRollback', {
      ...{ workflowId: 'drill:tw-alpha:one', taskQueue: 'control', args: [{ ...INPUT, ...given }] },
    }),
  );
  return { outcome, calls, keys };
}

const refused = (type: string) => (): Promise<RollbackDrill> =>
  Promise.reject(
    ApplicationFailure.create({
      ...{ message: `refused: ${type}`, type, nonRetryable: true, details: [{ kind: 'refused' }] },
    }),
  );

describe('the workflow that rehearses the way back', () => {
  it('opens the drill under its key, waits for the servers, and ends it by what they found', async () => {
    const { outcome, calls, keys } = await run({});
    expect(outcome.drill).toMatchObject({ id: 7, result: 'passed' });
    expect(calls).toEqual(['open', 'await', 'end']);
    expect(keys).toEqual(['one']);
  });

  it('waits for nobody when the drill was over as it was opened: skipped, or asked for again', async () => {
    const skipped: RollbackDrill = { ...DRILL, result: 'skipped', endedReason: 'a swap is under way' };
    const { outcome, calls } = await run({ trigger: 'schedule' }, () => Promise.resolve(skipped));
    expect(outcome).toMatchObject({ drill: { result: 'skipped' }, reason: 'a swap is under way' });
    expect(calls).toEqual(['open', 'end']);
  });

  it('takes the run of the schedule as the key, since each has the same input', async () => {
    const { keys } = await run({ trigger: 'schedule', idempotencyKey: null });
    expect(keys[0]).toMatch(/^drill:tw-alpha:one:[0-9a-f-]{36}$/u);
  });

  it('finds nothing to do on schedule where there is no way back, and tells a person instead', async () => {
    const { outcome, calls } = await run({ trigger: 'schedule' }, refused('NO_PREVIOUS_CHAMPION'));
    expect(outcome).toEqual({ drill: null, reason: 'refused: NO_PREVIOUS_CHAMPION' });
    expect(calls).toEqual(['open']);
  });

  it.each(['NO_PREVIOUS_CHAMPION', 'SWAP_UNDER_WAY', 'NO_SERVERS', 'ROLE_MISSING'])(
    'fails with %s for a person',
    async (type) => {
      await expect(run({}, refused(type))).rejects.toMatchObject({ cause: { cause: { type } } });
    },
  );
});
