import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WaiveRequest } from '../../../contracts/gate-hold.ts';
import {
  answer,
  approve,
  awaitState,
  concluding,
  failed,
  failing,
  held,
  nobody,
  oneUnit,
  refusal,
  type Retrain,
  retrainAtGates,
  waive,
} from './gate-stories.ts';
import { gate, passed, PLAN, timeSkippingEnvironment, type AllActivities } from './retrain-world.ts';

let environment: TestWorkflowEnvironment;
// An environment per test: the time-skipping server stops skipping once an Update was handled.
beforeEach(async () => {
  environment = await timeSkippingEnvironment();
}, 120_000);
afterEach(async () => {
  await environment.teardown();
});

const retrain = (
  overrides: (calls: string[]) => Partial<AllActivities>,
  meanwhile: (handle: Retrain) => Promise<void>,
) => retrainAtGates(environment, overrides, meanwhile);

const unreachable = (): Promise<never> =>
  Promise.reject(ApplicationFailure.create({ message: 'the store does not answer', type: 'STORE_AWAY' }));

describe('gates that could not be judged', () => {
  it('run side by side; each unit is asked, and one that fails does not stop the others', async () => {
    const { calls, code } = await retrain(
      (log) => ({
        runGateUnit: ({ unit }) => {
          log.push(`runGateUnit:${unit}`);
          return unit === 'superiority'
            ? unreachable()
            : Promise.resolve({ unit, verdicts: [], bootstrap: null });
        },
        concludeGates: concluding(log),
      }),
      nobody,
    );
    expect(calls).toContain('runGateUnit:operational');
    // Its own retry rule: two attempts, then an error.
    expect(calls.filter((call) => call === 'runGateUnit:superiority')).toHaveLength(2);
    expect(calls).toContain('concludeGates:1:superiority STORE_AWAY');
    expect(code).toBe('GATES_HOLD_EXPIRED');
  });

  it('hold the retrain until an operator has them run again, and then count', async () => {
    let broken = true;
    const { calls, result } = await retrain(
      (log) => ({
        prepareGates: oneUnit(log),
        runGateUnit: ({ unit }) =>
          broken ? unreachable() : Promise.resolve({ unit, verdicts: [gate('dsr')], bootstrap: null }),
        concludeGates: concluding(log),
      }),
      async (handle) => {
        const state = await awaitState(handle, held);
        expect(state.hold).toMatchObject({ cause: 'error', round: 1 });
        expect(state.hold?.objections[0]).toMatchObject({ gate: 'superiority', code: 'STORE_AWAY' });
        expect(state.awaiting).toMatch(/an operator: superiority in error; retry or stop/u);
        expect(state.outcome).toBeNull();
        expect(await refusal(answer(handle, { actor: { subject: 'lee', roles: ['quant-lead'] } }))).toBe(
          'OPERATOR_ROLE',
        );
        expect(await refusal(answer(handle, { round: 2 }))).toBe('GATES_NOT_HELD');
        expect(await refusal(waive(handle, 'kim'))).toBe('WAIVERS_NOT_OPEN');
        broken = false;
        await answer(handle);
        await approve(handle);
      },
    );
    expect(calls.filter((call) => call.startsWith('concludeGates'))).toEqual([
      'concludeGates:1:superiority STORE_AWAY',
      'concludeGates:2:',
    ]);
    expect(calls).toContain('openGateHold:error');
    expect(calls).toContain('answerGateHold:retry');
    expect(result).toMatchObject({ outcome: 'promoted', verdict: 'pass' });
  });

  it('end the retrain as failed, never as refused, when an operator stops it', async () => {
    const { calls, code, message } = await retrain(
      (log) => ({
        prepareGates: oneUnit(log),
        runGateUnit: unreachable,
        concludeGates: concluding(log),
      }),
      async (handle) => {
        await awaitState(handle, held);
        await answer(handle, { answer: 'stop', reason: 'the disk is gone' });
      },
    );
    expect(code).toBe('GATES_STOPPED');
    expect(message).toMatch(
      /stopped by olga \(the disk is gone\) with gates in error; superiority: the store/u,
    );
    expect(calls).toContain('answerGateHold:stop');
    expect(calls).toContain('finishRetrain:failed');
    expect(calls.some((call) => call.startsWith('finishRetrain:refused'))).toBe(false);
  });

  it('wait for an operator also when nothing could be prepared', async () => {
    const { calls, code } = await retrain(
      (log) => ({
        prepareGates: () =>
          Promise.reject(ApplicationFailure.nonRetryable('the artifact is not there', 'ARTIFACT_MISSING')),
        concludeGates: concluding(log),
      }),
      async (handle) => {
        const state = await awaitState(handle, held);
        expect(state.hold?.objections).toEqual([
          { gate: 'input', code: 'ARTIFACT_MISSING', reason: 'the artifact is not there' },
        ]);
        await answer(handle, { answer: 'stop' });
      },
    );
    expect(code).toBe('GATES_STOPPED');
    expect(calls.some((call) => call.startsWith('concludeGates'))).toBe(false);
  });

  it('are in error once their time limit is over, after the attempts they have', async () => {
    let attempts = 0;
    const { calls, code, message } = await retrain(
      (log) => ({
        prepareGates: oneUnit(log, { timeLimitSeconds: 1, errorHoldSessions: 1 }),
        runGateUnit: async () => {
          attempts += 1;
          // Computes for ever, until its worker goes.
          return await Context.current().cancelled;
        },
        concludeGates: concluding(log),
      }),
      nobody,
    );
    expect(attempts).toBe(2);
    expect(calls).toContain('concludeGates:1:superiority STEP_TIMEOUT');
    expect(code).toBe('GATES_HOLD_EXPIRED');
    expect(message).toMatch(/limit 1 s an attempt/u);
    expect(calls).toContain('answerGateHold:expired');
  });

  it('go on without plots when the page cannot be drawn', async () => {
    const { result } = await retrain(
      () => ({ drawGatePage: () => Promise.reject(ApplicationFailure.nonRetryable('no ink', 'PLOT')) }),
      approve,
    );
    expect(result?.outcome).toBe('promoted');
  });
});

describe('gates that failed and may be waived', () => {
  it('refuse the retrain at once when the spec gives waivers no time', async () => {
    const { calls, result } = await retrain(failing(failed('dsr'), 0), nobody);
    expect(result).toMatchObject({ outcome: 'refused', verdict: 'fail' });
    expect(calls.some((call) => call.startsWith('openGateHold'))).toBe(false);
  });

  it('go on when two leads have waived each of them, on evidence of its own', async () => {
    let parent = '';
    const { calls, result } = await retrain(
      (log) => ({
        ...failing(failed('dsr', 'pbo'))(log),
        concludeShadow: (input) => {
          parent = input.gateEvidenceHash;
          return Promise.resolve({ verdict: 'pass', reason: '', shadowEvidenceHash: 'b'.repeat(64) });
        },
      }),
      async (handle) => {
        const state = await awaitState(handle, held);
        expect(state.hold).toMatchObject({ cause: 'waivable-fail', evidenceHash: passed.gateEvidenceHash });
        expect(await waive(handle, 'kim')).toEqual({ gate: 'dsr', waivedBy: ['kim'], open: ['dsr', 'pbo'] });
        expect(await waive(handle, 'lee')).toEqual({ gate: 'dsr', waivedBy: ['kim', 'lee'], open: ['pbo'] });
        await waive(handle, 'kim', { gate: 'pbo' });
        expect((await waive(handle, 'lee', { gate: 'pbo' })).open).toEqual([]);
        const asked = await awaitState(handle, ({ approval }) => approval !== null);
        expect(asked.waivers).toHaveLength(4);
        await approve(handle);
      },
    );
    expect(parent).toBe('8'.repeat(64));
    expect(result).toMatchObject({ outcome: 'promoted', verdict: 'fail' });
    expect(result?.reason).toMatch(/gates waived: dsr, pbo$/u);
    expect(calls).toContain('answerGateHold:waived');
  });

  it('take no waiver of one person twice, of the requester, of a stranger, or for another gate', async () => {
    const soon: AllActivities['sessionDeadline'] = async () => ({
      at: new Date((await environment.currentTimeMs()) + 8000).toISOString(),
    });
    const overrides = (log: string[]): Partial<AllActivities> => ({
      ...failing(failed('dsr'))(log),
      sessionDeadline: soon,
    });
    const { result } = await retrain(overrides, async (handle) => {
      await awaitState(handle, held);
      await waive(handle, 'kim');
      expect(await refusal(waive(handle, 'ann'))).toBe('FOUR_EYES');
      const viewer: WaiveRequest['actor'] = { subject: 'eve', roles: ['viewer'] };
      expect(await refusal(waive(handle, 'eve', { actor: viewer }))).toBe('APPROVER_ROLE');
      expect(await refusal(waive(handle, 'lee', { gate: 'pbo' }))).toBe('GATE_NOT_WAIVABLE');
      for (const never of ['leak', 'parity', 'schema'] as const) {
        expect(await refusal(waive(handle, 'lee', { gate: never }))).toBe('GATE_NOT_WAIVABLE');
      }
      expect(await refusal(waive(handle, 'lee', { evidenceHash: 'f'.repeat(64) }))).toBe('EVIDENCE_CHANGED');
      expect(await refusal(answer(handle))).toBe('GATES_NOT_HELD');
      // Nobody else comes; the short deadline of this test passes by itself.
    });
    expect(result).toMatchObject({ outcome: 'refused', verdict: 'fail' });
  });

  describe('with a deputy', () => {
    const deputised = {
      ...PLAN,
      spec: { ...PLAN.spec, approval: { ...PLAN.spec.approval, deputy: 'dora', deputyAfterSessions: 1 } },
    };
    const beginRetrain = () => Promise.resolve(deputised);
    const asDora = { actor: { subject: 'Dora', roles: ['viewer' as const] } };
    const withDeputy =
      (waiverSessions: number) =>
      (log: string[]): Partial<AllActivities> => ({
        ...failing(failed('dsr'), waiverSessions)(log),
        beginRetrain,
      });

    it('ask them once the leads have had their time, and take their waiver from then on', async () => {
      const { calls, result } = await retrain(withDeputy(5), async (handle) => {
        const { hold, awaiting } = await awaitState(handle, held);
        expect(hold?.deputy?.subject).toBe('dora');
        expect(awaiting).toContain('dora as deputy from');
        expect(await refusal(waive(handle, 'Dora', asDora))).toBe('DEPUTY_NOT_YET');
        expect(await refusal(waive(handle, 'eve', { actor: { subject: 'eve', roles: ['viewer'] } }))).toBe(
          'APPROVER_ROLE',
        );
        const from = Date.parse(hold?.deputy?.from ?? '');
        await environment.sleep(from - (await environment.currentTimeMs()) + 1000);
        expect((await waive(handle, 'Dora', asDora)).waivedBy).toEqual(['Dora']);
        expect((await waive(handle, 'kim')).open).toEqual([]);
        await approve(handle);
      });
      expect(calls).toContain('askDeputyAtGates');
      expect(result).toMatchObject({ outcome: 'promoted', verdict: 'fail' });
    });

    it('ask nobody whose time comes after the hold, nor who may not sign, nor where an operator decides', async () => {
      const short = await retrain(withDeputy(1), nobody);
      expect(short.result?.outcome).toBe('refused');
      const barred = await retrain(
        (log) => ({
          ...withDeputy(5)(log),
          openGateHold: () => Promise.resolve({ barred: ['DORA'] }),
        }),
        nobody,
      );
      const error = await retrain(
        (log) => ({
          prepareGates: oneUnit(log),
          runGateUnit: unreachable,
          concludeGates: concluding(log),
          beginRetrain,
        }),
        nobody,
      );
      for (const { calls } of [short, barred, error]) expect(calls).not.toContain('askDeputyAtGates');
    });
  });

  it('end refused when the time for waivers is over', async () => {
    const { calls, result } = await retrain(failing(failed('dsr')), nobody);
    expect(result?.outcome).toBe('refused');
    expect(calls).toContain('answerGateHold:expired');
    expect(calls).not.toContain('sealWaivers');
  });
});
