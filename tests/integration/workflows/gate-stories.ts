import { WorkflowFailedError, WorkflowUpdateFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConcludedGates, ConcludeGatesInput, PreparedGates } from '../../../activities/judging.ts';
import type { GateHold, HoldDecision, WaiveAnswer, WaiveRequest } from '../../../contracts/gate-hold.ts';
import type {
  ApprovalState,
  Decision,
  RetrainInput,
  RetrainResult,
  RetrainState,
} from '../../../contracts/retrain.ts';
import type { GateName } from '../../../contracts/verdict.ts';
import {
  agreeable,
  type AllActivities,
  EVIDENCE,
  gate,
  INPUT,
  passed,
  withWorkers,
} from './retrain-world.ts';

export type Retrain = WorkflowHandle<(input: RetrainInput) => Promise<RetrainResult>>;

export interface Ended {
  readonly calls: string[];
  /** Null: the workflow failed. */
  readonly result: RetrainResult | null;
  /** Code and message of the failure; empty without one. */
  readonly code: string;
  readonly message: string;
}

/** One retrain among workers of which some answer otherwise, and what people do meanwhile. */
export async function retrainAtGates(
  environment: TestWorkflowEnvironment,
  overrides: (calls: string[]) => Partial<AllActivities>,
  meanwhile: (handle: Retrain) => Promise<void>,
  input: RetrainInput = INPUT,
): Promise<Ended> {
  const calls: string[] = [];
  let clock = await environment.currentTimeMs();
  // Once an Update was handled no time is skipped any more: sessions come at once, deadlines after the people.
  const agreed = agreeable(calls, () => clock);
  const nextSession: AllActivities['nextSession'] = async (request) => {
    clock = await environment.currentTimeMs();
    return { ...(await agreed.nextSession(request)), wakeAt: new Date(clock).toISOString() };
  };
  return await withWorkers(environment, { ...agreed, nextSession, ...overrides(calls) }, async () => {
    const handle: Retrain = await environment.client.workflow.start('retrainModel', {
      workflowId: 'retrain:tw-alpha:gates',
      taskQueue: 'control',
      args: [input],
    });
    await meanwhile(handle);
    try {
      const result = await handle.result();
      if (result.epoch !== null)
        await environment.client.workflow.getHandle(`guard:tw-alpha:${String(result.epoch)}`).result();
      return { calls, result, code: '', message: '' };
    } catch (error) {
      if (!(error instanceof WorkflowFailedError) || !(error.cause instanceof ApplicationFailure))
        throw error;
      return { calls, result: null, code: error.cause.type ?? '', message: error.cause.message };
    }
  });
}

/** Skips time until the state is the awaited one. */
export async function awaitState(
  handle: Retrain,
  reached: (state: RetrainState) => boolean,
): Promise<RetrainState> {
  const deadline = performance.now() + 60_000;
  while (performance.now() < deadline) {
    const state = await handle.query<RetrainState>('state');
    if (reached(state)) return state;
    if (state.finished) throw new Error(`ended: ${state.reason}`);
    // Waits without skipping: a test decides itself when a deadline passes.
    await delay(50);
  }
  throw new Error('the state was not reached');
}

export const held = (state: RetrainState): boolean => state.hold !== null;

export async function refusal(update: Promise<unknown>): Promise<string> {
  try {
    await update;
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure)
      return error.cause.type ?? '';
    throw error;
  }
  return 'ACCEPTED';
}

export function answer(handle: Retrain, changes: Partial<HoldDecision> = {}): Promise<GateHold> {
  return handle.executeUpdate<GateHold, [HoldDecision]>('answerHold', {
    args: [
      {
        answer: 'retry',
        actor: { subject: 'olga', roles: ['operator'] },
        round: 1,
        reason: 'the store is back',
        ...changes,
      },
    ],
  });
}

export function waive(
  handle: Retrain,
  subject: string,
  changes: Partial<WaiveRequest> = {},
): Promise<WaiveAnswer> {
  return handle.executeUpdate<WaiveAnswer, [WaiveRequest]>('waive', {
    args: [
      {
        gate: 'dsr',
        actor: { subject, roles: ['quant-lead'] },
        evidenceHash: passed.gateEvidenceHash,
        reason: 'a known regime',
        ...changes,
      },
    ],
  });
}

export async function approve(handle: Retrain): Promise<void> {
  await awaitState(handle, (state) => state.approval !== null);
  await handle.executeUpdate<ApprovalState, [Decision]>('decide', {
    args: [
      {
        decision: 'approve',
        actor: { subject: 'lee', roles: ['quant-lead'] },
        evidenceHash: EVIDENCE,
        reason: 'looked at it',
      },
    ],
  });
}

export const nobody = (): Promise<void> => Promise.resolve();

/** What `concludeGates` says about the outcomes it is given: units in error hold. */
export function concluding(calls: string[], concluded: ConcludedGates = passed) {
  return (input: ConcludeGatesInput): Promise<ConcludedGates> => {
    const errors = input.outcomes.flatMap((outcome) => (outcome.kind === 'error' ? [outcome.error] : []));
    calls.push(
      `concludeGates:${String(input.round)}:${errors.map(({ unit, code }) => `${unit} ${code}`).join()}`,
    );
    if (errors.length === 0) return Promise.resolve(concluded);
    return Promise.resolve({
      ...passed,
      verdict: 'error',
      verdicts: [gate('spa', 'error')],
      inError: errors.map(({ unit, code, reason }) => ({ gate: unit, code, reason })),
    });
  };
}

export const oneUnit =
  (calls: string[], changes: Partial<PreparedGates> = {}) =>
  (): Promise<PreparedGates> => {
    calls.push('prepareGates');
    return Promise.resolve({
      judged: { sha256: '1'.repeat(64), bytes: 1, mediaType: 'application/json' },
      units: ['superiority'],
      timeLimitSeconds: 600,
      errorHoldSessions: 5,
      waiverSessions: 0,
      ...changes,
    });
  };

export const failed = (...gates: GateName[]): ConcludedGates => ({
  ...passed,
  verdict: 'fail',
  verdicts: gates.map((name) => gate(name, 'fail')),
  waivable: gates.map((name) => ({ gate: name, code: 'GATE_FAILED', reason: 'under the bound' })),
});
/** The gates failed, and people have this long to waive them. */
export const failing =
  (concluded: ConcludedGates, waiverSessions = 2) =>
  (log: string[]): Partial<AllActivities> => ({
    prepareGates: oneUnit(log, { waiverSessions }),
    concludeGates: concluding(log, concluded),
  });
