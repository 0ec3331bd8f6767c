import { WorkflowUpdateFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, vi } from 'vitest';
import type {
  ApprovalState,
  Decision,
  RetrainInput,
  RetrainResult,
  RetrainState,
} from '../../../contracts/retrain.ts';
import {
  agreeable,
  EVIDENCE,
  INPUT,
  timeSkippingEnvironment,
  withWorkers,
  type AllActivities,
} from './retrain-world.ts';

export type Retrain = (input: RetrainInput, challenger?: number) => Promise<RetrainResult>;

/** That of the test that runs. */
export let environment: TestWorkflowEnvironment;
let serial = 0;

/** An environment per test: the time-skipping server stops skipping once an Update was handled. */
export function environmentPerTest(): void {
  beforeEach(async () => {
    environment = await timeSkippingEnvironment();
  }, 120_000);
  afterEach(async () => {
    await environment.teardown();
  });
}

export interface Scenario {
  readonly calls: string[];
  readonly result: RetrainResult;
}

/** Runs one retrain to its end; `meanwhile` acts as the people do. */
export async function retrain(
  overrides: (calls: string[], now: () => number) => Partial<AllActivities>,
  meanwhile: (handle: WorkflowHandle<Retrain>) => Promise<void> = approveAs('lee'),
  input: RetrainInput = INPUT,
  challenger: number | null = null,
): Promise<Scenario> {
  const calls: string[] = [];
  let clock = await environment.currentTimeMs();
  const now = (): number => clock;
  const activities = { ...agreeable(calls, now), ...overrides(calls, now) };
  const ticking: AllActivities = {
    ...activities,
    nextSession: async (request) => {
      clock = await environment.currentTimeMs();
      return activities.nextSession(request);
    },
  };
  return await withWorkers(environment, ticking, async () => {
    serial += 1;
    const handle = await environment.client.workflow.start<Retrain>('retrainModel', {
      workflowId: `retrain:tw-alpha:${String(serial)}`,
      taskQueue: 'control',
      args: challenger === null ? [input] : [input, challenger],
    });
    await meanwhile(handle);
    const result = await handle.result();
    if (result.epoch !== null)
      await environment.client.workflow.getHandle(`guard:tw-alpha:${String(result.epoch)}`).result();
    return { calls, result };
  });
}

export async function awaitApproval(handle: WorkflowHandle<Retrain>): Promise<ApprovalState> {
  const deadline = performance.now() + 30_000;
  while (performance.now() < deadline) {
    const state = await handle.query<RetrainState>('state');
    if (state.approval !== null) return state.approval;
    if (state.finished) throw new Error(`ended without asking: ${state.reason}`);
    await environment.sleep('6 hours');
  }
  throw new Error('no approval was asked');
}

/** Until the retrain says so of itself; workflow time stands still. */
export async function awaitState(
  handle: WorkflowHandle<Retrain>,
  until: (state: RetrainState) => boolean,
): Promise<void> {
  await vi.waitFor(
    async () => {
      const state = await handle.query<RetrainState>('state');
      if (!until(state)) throw new Error(`it says: ${state.awaiting}${state.reason}`);
    },
    { timeout: 40_000, interval: 50 },
  );
}

export function decideAs(subject: string, decision: Decision['decision'], changes: Partial<Decision> = {}) {
  return (handle: WorkflowHandle<Retrain>): Promise<ApprovalState> =>
    handle.executeUpdate<ApprovalState, [Decision]>('decide', {
      args: [
        {
          decision,
          actor: { subject, roles: ['quant-lead'] },
          evidenceHash: EVIDENCE,
          reason: 'looked at it',
          ...changes,
        },
      ],
    });
}

export function approveAs(subject: string) {
  return async (handle: WorkflowHandle<Retrain>): Promise<void> => {
    await awaitApproval(handle);
    await decideAs(subject, 'approve')(handle);
  };
}

export const nobody = (): Promise<void> => Promise.resolve();

export async function refusalCode(update: Promise<unknown>): Promise<string | null | undefined> {
  try {
    await update;
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure)
      return error.cause.type;
    throw error;
  }
  return 'ACCEPTED';
}
