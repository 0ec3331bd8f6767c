import { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RefuseWaiversRequest, WaiversRefused } from '../../../contracts/gate-hold.ts';
import type { Actor } from '../../../contracts/primitives.ts';
import { refuseWaivers } from '../../../control/gate-people.ts';
import { type TemporalLink, translateFailure, WorkflowRefusal } from '../../../control/temporal-link.ts';
import {
  approve,
  awaitState,
  failed,
  failing,
  held,
  refusal,
  type Retrain,
  retrainAtGates,
  waive,
} from './gate-stories.ts';
import { type AllActivities, INPUT, passed, PLAN, timeSkippingEnvironment } from './retrain-world.ts';

let environment: TestWorkflowEnvironment;
// An environment per test: the time-skipping server stops skipping once an Update was handled.
beforeEach(async () => {
  environment = await timeSkippingEnvironment();
}, 120_000);
afterEach(async () => {
  await environment.teardown();
});

function refuse(
  handle: Retrain,
  subject: string,
  changes: Partial<RefuseWaiversRequest> = {},
): Promise<WaiversRefused> {
  return handle.executeUpdate<WaiversRefused, [RefuseWaiversRequest]>('refuseWaivers', {
    args: [
      {
        actor: { subject, roles: ['quant-lead'] },
        evidenceHash: passed.gateEvidenceHash,
        reason: 'tried too often',
        ...changes,
      },
    ],
  });
}

const KIM: Actor = { subject: 'kim', roles: ['quant-lead'] };
const asDora = { actor: { subject: 'Dora', roles: ['viewer' as const] } };
const alreadyDecided = (message: string): Promise<never> =>
  Promise.reject(ApplicationFailure.nonRetryable(message, 'ALREADY_DECIDED'));

/** As whoever asked is told: also what the registry refused behind the workflow. */
async function toldCode(update: Promise<unknown>): Promise<string> {
  try {
    await update;
  } catch (error) {
    const translated = translateFailure(error);
    if (translated instanceof WorkflowRefusal) return translated.code;
    throw error;
  }
  return 'ACCEPTED';
}

describe('a refusal to waive', () => {
  it('ends the retrain at its gates at once, with who and why, whatever was waived', async () => {
    const { calls, result } = await retrainAtGates(
      environment,
      failing(failed('dsr', 'pbo')),
      async (handle) => {
        const { awaiting } = await awaitState(handle, held);
        expect(awaiting).toMatch(/waive dsr .*, or refuse, until/u);
        await waive(handle, 'lee');
        expect(await refuse(handle, 'kim')).toEqual({
          subject: 'kim',
          reason: 'tried too often',
          asDeputy: false,
        });
      },
    );
    expect(result).toMatchObject({ outcome: 'refused', verdict: 'fail' });
    expect(result?.reason).toMatch(/^kim refused to waive \(tried too often\); dsr: .*; pbo: /u);
    expect(result?.version).not.toBeNull();
    expect(calls).not.toContain('sealWaivers');
    // The refusal is the answer of the hold: no other one is written.
    expect(calls.filter((call) => call.startsWith('answerGateHold'))).toEqual([]);
  });

  it('admits nothing on probation either', async () => {
    const concluded = { ...failed('dsr'), probationPossible: true };
    const { result } = await retrainAtGates(
      environment,
      failing(concluded),
      async (handle) => {
        await awaitState(handle, held);
        await refuse(handle, 'kim');
      },
      { ...INPUT, allowProbation: true },
    );
    expect(result?.outcome).toBe('refused');
  });

  it('is of whoever may waive, under the evidence that was read, while it is asked for', async () => {
    const { result } = await retrainAtGates(environment, failing(failed('dsr')), async (handle) => {
      await awaitState(handle, held);
      expect(await refusal(refuse(handle, 'ann'))).toBe('FOUR_EYES');
      expect(await refusal(refuse(handle, ' ANN'))).toBe('FOUR_EYES');
      expect(await refusal(refuse(handle, 'eve', { actor: { subject: 'eve', roles: ['operator'] } }))).toBe(
        'APPROVER_ROLE',
      );
      expect(await refusal(refuse(handle, 'lee', { evidenceHash: 'f'.repeat(64) }))).toBe('EVIDENCE_CHANGED');
      await waive(handle, 'kim');
      await waive(handle, 'lee');
      await awaitState(handle, ({ approval }) => approval !== null);
      expect(await refusal(refuse(handle, 'lee'))).toBe('WAIVERS_NOT_OPEN');
      await approve(handle);
    });
    expect(result?.outcome).toBe('promoted');
  });

  it('is of the deputy once they are asked, and says as what', async () => {
    const approval = { ...PLAN.spec.approval, deputy: 'dora', deputyAfterSessions: 1 };
    const overrides = (log: string[]): Partial<AllActivities> => ({
      ...failing(failed('dsr'), 5)(log),
      beginRetrain: () => Promise.resolve({ ...PLAN, spec: { ...PLAN.spec, approval } }),
    });
    const { result } = await retrainAtGates(environment, overrides, async (handle) => {
      const { hold } = await awaitState(handle, held);
      expect(await refusal(refuse(handle, 'Dora', asDora))).toBe('DEPUTY_NOT_YET');
      const from = Date.parse(hold?.deputy?.from ?? '');
      await environment.sleep(from - (await environment.currentTimeMs()) + 1000);
      expect((await refuse(handle, 'Dora', asDora)).asDeputy).toBe(true);
    });
    expect(result?.reason).toMatch(/^Dora refused as deputy to waive/u);
  });

  it('that comes after the last waiver is told so, and the retrain goes on', async () => {
    let release = (): void => undefined;
    const lastWaived = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { result } = await retrainAtGates(
      environment,
      (log) => ({
        ...failing(failed('dsr'))(log),
        recordWaiversRefused: async () => {
          await lastWaived;
          return await alreadyDecided('each failed gate was waived by two people');
        },
      }),
      async (handle) => {
        await awaitState(handle, held);
        await waive(handle, 'kim');
        const refused = toldCode(refuse(handle, 'sam'));
        await waive(handle, 'lee');
        release();
        expect(await refused).toBe('ALREADY_DECIDED');
        await approve(handle);
      },
    );
    expect(result?.outcome).toBe('promoted');
  });

  it('that comes before the last waiver ends it, and the waiver is told so', async () => {
    let waivers = 0;
    const { calls, result } = await retrainAtGates(
      environment,
      (log) => ({
        ...failing(failed('dsr'))(log),
        recordWaiver: ({ request }) => {
          waivers += 1;
          return waivers === 1
            ? Promise.resolve({ waivedBy: [request.actor.subject] })
            : alreadyDecided('sam refused to waive the gates of this retrain');
        },
      }),
      async (handle) => {
        await awaitState(handle, held);
        await waive(handle, 'kim');
        const last = toldCode(waive(handle, 'lee'));
        await refuse(handle, 'sam');
        expect(await last).toBe('ALREADY_DECIDED');
      },
    );
    expect(result?.reason).toMatch(/^sam refused to waive/u);
    expect(calls).not.toContain('sealWaivers');
  });

  it('that is being written down as the time runs out still counts', async () => {
    let release = (): void => undefined;
    const timeIsUp = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { calls, result } = await retrainAtGates(
      environment,
      (log) => ({
        ...failing(failed('dsr'))(log),
        sessionDeadline: async () => ({
          at: new Date((await environment.currentTimeMs()) + 3000).toISOString(),
        }),
        recordWaiversRefused: async () => {
          await timeIsUp;
          return { subject: 'sam', reason: 'tried too often', asDeputy: false };
        },
      }),
      async (handle) => {
        const { hold } = await awaitState(handle, held);
        const refused = refuse(handle, 'sam');
        await environment.sleep(
          Date.parse(hold?.expiresAt ?? '') - (await environment.currentTimeMs()) + 500,
        );
        release();
        expect((await refused).subject).toBe('sam');
      },
    );
    expect(result?.reason).toMatch(/^sam refused to waive/u);
    expect(calls).not.toContain('answerGateHold:expired');
  });

  it('is told when the retrain began under a release that knows no such act', async () => {
    const client = new Client({
      connection: environment.connection,
      interceptors: {
        // As if the workflow had no handler of that name.
        workflow: [{ startUpdate: (input, next) => next({ ...input, updateName: 'earlier' }) }],
      },
    });
    const link: TemporalLink = {
      ...{ live: client, replay: client, close: () => Promise.resolve() },
      within: (_ms, use) => use(),
    };
    await retrainAtGates(environment, failing(failed('dsr')), async (handle) => {
      await awaitState(handle, held);
      const asked = { retrainId: handle.workflowId, actor: KIM, evidenceHash: null, reason: 'too often' };
      await expect(refuseWaivers(link, asked)).rejects.toMatchObject({ code: 'RETRAIN_OF_EARLIER_RELEASE' });
      await refuse(handle, 'kim');
    });
  });
});
