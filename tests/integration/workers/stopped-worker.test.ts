import { SearchAttributeType } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drillActivities } from '../../../activities/drill.ts';
import { swapActivities } from '../../../activities/swap.ts';
import type { Workbench } from '../../../activities/workbench.ts';
import type { DrillInput, DrillOutcome, RollbackDrill } from '../../../contracts/drill.ts';
import type { RollbackInput, RollbackResult } from '../../../contracts/retrain.ts';
import type { SwapStatus } from '../../../registry/servers.ts';
import { workflowBundle } from '../workflows/retrain-world.ts';

/** A control worker that is stopped in the middle of a wait has learned nothing: the next one waits on. On a real server. */
let environment: TestWorkflowEnvironment;

beforeAll(async () => {
  const path = process.env['CONTENDER_TEST_TEMPORAL_CLI'];
  if (path === undefined)
    throw new Error('CONTENDER_TEST_TEMPORAL_CLI is not set; run the tests with npm test');
  environment = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path },
      searchAttributes: ['ModelName', 'Step'].map((name) => ({ name, type: SearchAttributeType.KEYWORD })),
    },
  });
}, 120_000);
afterAll(async () => {
  await environment.teardown();
});

const OPERATOR = { subject: 'olga', roles: ['operator' as const] };
const AT = '2026-01-01T00:00:00.000Z';

/** What the registry of these tests knows: whether the servers have spoken, how often it was asked, and what was made of it. */
class Standing {
  spoken = false;
  looks = 0;
  concluded = 0;

  get look(): boolean {
    this.looks += 1;
    return this.spoken;
  }

  /** Asked a few times more, or not any more. */
  async looked(): Promise<void> {
    const from = this.looks;
    while (this.looks < from + 3 && this.concluded === 0) await delay(10);
  }
}

async function workingDuring<T>(activities: object, during: () => Promise<T>): Promise<T> {
  const worker = await Worker.create({
    connection: environment.nativeConnection,
    taskQueue: 'control',
    activities,
    workflowBundle: await workflowBundle(),
    maxCachedWorkflows: 0,
    shutdownGraceTime: 100,
  });
  return await worker.runUntil(during);
}

/** The end of a workflow whose first worker is stopped while it waits. */
async function acrossAStop<Result>(
  type: string,
  input: object,
  activities: object,
  standing: Standing,
): Promise<Result> {
  const handle = await workingDuring(activities, async () => {
    const options = { workflowId: type, taskQueue: 'control', args: [input] };
    const started = await environment.client.workflow.start(type, options);
    await standing.looked();
    return started;
  });
  return await workingDuring(activities, async () => {
    await standing.looked();
    standing.spoken = true;
    return (await handle.result()) as Result;
  });
}

describe('a worker that is stopped while it waits for servers', () => {
  it('leaves a drill to the next one, which judges it when the servers have reported', async () => {
    const standing = new Standing();
    const drill: RollbackDrill = {
      ...{ id: 7, model: 'tw-alpha', epoch: 2, champion: 2, target: 1, targetId: 'a'.repeat(64) },
      ...{ trigger: 'manual', requestedBy: 'olga', reason: 'a test', result: null, endedReason: '' },
      ...{ openedAt: AT, deadline: AT, endedAt: null, waitedFor: ['server-a'], servers: [] },
    };
    const registry = {
      openDrill: () => Promise.resolve(drill),
      drillAwaits: () => Promise.resolve(!standing.look),
      endDrill: () => {
        standing.concluded += 1;
        return Promise.resolve({ ...drill, result: standing.spoken ? 'passed' : 'failed', endedAt: AT });
      },
    };
    const input: DrillInput = {
      ...{ model: 'tw-alpha', trigger: 'manual', reason: 'a test', idempotencyKey: 'one' },
      ...{ actor: OPERATOR, correlationId: 'test' },
    };
    const activities = drillActivities({ registry: registry as unknown as Workbench['registry'] });
    const outcome = await acrossAStop<DrillOutcome>('drillRollback', input, activities, standing);
    expect(outcome.drill?.result).toBe('passed');
    expect(standing.concluded).toBe(1);
  }, 120_000);

  it('leaves a swap to the next one, which calls it complete, and nobody is paged for servers that were about to answer', async () => {
    const standing = new Standing();
    const status = (spoken: boolean): SwapStatus => ({
      ...{ model: 'tw-alpha', epoch: 3, status: spoken ? 'complete' : 'partial' },
      acknowledged: spoken ? [{ server: 'server-a', epoch: 3 }] : [],
      missing: spoken ? [] : [{ server: 'server-a', epoch: 2 }],
      lastAcknowledgedAt: spoken ? AT : null,
    });
    const swap = {
      ...{ model: 'tw-alpha', epoch: 3, fromVersion: 2, toVersion: 1 },
      ...{ versionId: 'a'.repeat(64), committedAt: AT },
    };
    const registry = {
      rollback: () => Promise.resolve(swap),
      swapStatus: () => Promise.resolve(status(standing.look)),
      reigns: () => {
        standing.concluded += 1;
        return Promise.resolve([]);
      },
    };
    const input: RollbackInput = {
      ...{ model: 'tw-alpha', toVersion: null, expectedEpoch: null, reason: 'a test', actor: OPERATOR },
      ...{ idempotencyKey: 'one', correlationId: 'test' },
    };
    const activities = swapActivities({ registry } as unknown as Workbench);
    const result = await acrossAStop<RollbackResult>('rollbackModel', input, activities, standing);
    expect(result).toMatchObject({ status: 'complete', missingServers: [] });
    expect(standing.concluded).toBe(1);
  }, 120_000);
});
