import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import type { RetrainState } from '../../../contracts/retrain.ts';
import {
  approveAs,
  awaitApproval,
  awaitState,
  decideAs,
  environment,
  environmentPerTest,
  nobody,
  refusalCode,
  retrain,
  type Retrain,
} from './retrain-scenario.ts';
import { agreeable, EVIDENCE, gate, INPUT, passed, PLAN } from './retrain-world.ts';

environmentPerTest();

describe('retrainModel', () => {
  it('walks the eight steps in order and ends promoted', async () => {
    const { calls, result } = await retrain(() => ({}));
    expect(result).toMatchObject({ outcome: 'promoted', version: 2, epoch: 2, verdict: 'pass' });
    expect(calls.filter((call) => call.startsWith('recordStep:'))).toEqual(
      ['validate', 'train', 'package', 'judge', 'shadow', 'approve', 'swap'].map(
        (step) => `recordStep:${step}`,
      ),
    );
    expect(calls.filter((call) => call === 'scoreShadowSession')).toHaveLength(7);
    expect(calls).toContain('finishRetrain:promoted');
    expect(calls).toContain('beginGuard');
  });

  it('waits for the end of the session it was started in, open already, and reads nothing before', async () => {
    let opensAtMs = 0;
    let extractedAtMs = 0;
    const { calls, result } = await retrain(
      () => ({
        retrainWindow: async () => {
          opensAtMs = (await environment.currentTimeMs()) + 3 * 3_600_000;
          return { opensAt: new Date(opensAtMs).toISOString(), openSession: '2019-06-28' };
        },
        extractSnapshot: async () => {
          extractedAtMs = await environment.currentTimeMs();
          throw ApplicationFailure.nonRetryable('enough', 'EXTRACTION_EMPTY', { kind: 'refused' });
        },
      }),
      nobody,
    );
    expect(result.outcome).toBe('refused');
    expect(calls.indexOf('beginRetrain')).toBe(0);
    expect(extractedAtMs).toBeGreaterThanOrEqual(opensAtMs);
  });

  it('asks whether it may begin with what decides it: as-of, clock and whether it is an emergency', async () => {
    const asked: unknown[] = [];
    await retrain(
      () => ({
        retrainWindow: ({ asOf, emergency, clock }) => {
          asked.push({ asOf, emergency, clock });
          return Promise.resolve({ opensAt: new Date(0).toISOString(), openSession: null });
        },
        concludeGates: () => Promise.resolve({ ...passed, verdict: 'fail', verdicts: [gate('dsr', 'fail')] }),
      }),
      nobody,
      { ...INPUT, emergency: true, trigger: 'decay' },
    );
    expect(asked).toEqual([{ asOf: INPUT.asOf, emergency: true, clock: { mode: 'live' } }]);
  });

  it('backs the champion up after the approval and before the swap', async () => {
    const { calls } = await retrain(() => ({}));
    expect(calls.indexOf('backUpChampion')).toBeGreaterThan(calls.indexOf('openApproval'));
    expect(calls.indexOf('backUpChampion')).toBeLessThan(calls.indexOf('promoteChampion'));
  });

  it('swaps nothing when the champion is not whole: there would be no way back', async () => {
    const broken = await retrain(() => ({
      backUpChampion: () =>
        Promise.reject(
          ApplicationFailure.nonRetryable('the rows are gone', 'ARTIFACT_MISSING', { kind: 'refused' }),
        ),
    }));
    expect(broken.result).toMatchObject({ outcome: 'refused', reason: 'swap: the rows are gone' });
    expect(broken.calls).not.toContain('promoteChampion');
  });

  it('shows the leads how fast decay would be seen', async () => {
    const shown: unknown[] = [];
    const outlook = {
      ...{ falseAlarmsPerYear: 0.15, text: 'after 109 sessions' },
      reference: { sessions: 250, mean: 0.03, deviation: 0.12, autocorrelation: 0.2 },
      delay: {
        ...{ median: 109, ninetyPercent: 250, alarmedBefore: 0.1, simulations: 400 },
        foundWithin: { '60': 0.2, '120': 0.5, '250': 0.9 },
      },
    };
    await retrain(() => ({
      foreseeDecay: () => Promise.resolve(outlook),
      openApproval: ({ decayOutlook }) => {
        shown.push(decayOutlook?.text);
        return Promise.resolve({ evidenceHash: EVIDENCE, needed: 1, barred: ['ann'] });
      },
    }));
    expect(shown).toEqual(['after 109 sessions']);
  });

  it('asks the leads all the same when nobody can say how fast decay would be seen', async () => {
    const { result } = await retrain(() => ({
      foreseeDecay: () =>
        Promise.reject(ApplicationFailure.nonRetryable('no worker', 'REGISTRY_UNREACHABLE')),
    }));
    expect(result.outcome).toBe('promoted');
  });

  it('ends refused at the gates without a shadow when an enforced gate fails', async () => {
    const { calls, result } = await retrain(
      () => ({
        concludeGates: () => Promise.resolve({ ...passed, verdict: 'fail', verdicts: [gate('dsr', 'fail')] }),
      }),
      nobody,
    );
    expect(result.outcome).toBe('refused');
    expect(result.reason).toContain('dsr');
    expect(calls).not.toContain('scoreShadowSession');
    expect(calls).toContain('finishRetrain:refused');
  });

  it.each(['inconclusive', 'error'] as const)('never promotes on a verdict that is %s', async (verdict) => {
    const { result, calls } = await retrain(
      () => ({
        concludeGates: () => Promise.resolve({ ...passed, verdict, verdicts: [gate('spa', verdict)] }),
      }),
      nobody,
    );
    expect(result.outcome).toBe('refused');
    expect(calls).not.toContain('promoteChampion');
  });

  it('refuses before training when the leak audit fails', async () => {
    const { result, calls } = await retrain(
      () => ({
        validateSnapshot: () => Promise.resolve({ verdicts: [gate('leak', 'fail')], summary: 'a leak' }),
      }),
      nobody,
    );
    expect(result).toMatchObject({ outcome: 'refused', version: null });
    expect(calls).not.toContain('runTrial');
  });

  it('ends refused at the hard stop of training, and chooses from no half of the trials', async () => {
    const { result, calls } = await retrain(
      () => ({
        runTrial: () =>
          Promise.reject(ApplicationFailure.create({ message: 'again', type: 'FitProcessDied' })),
      }),
      nobody,
    );
    expect(result).toMatchObject({ outcome: 'refused', version: null });
    expect(result.reason).toBe(
      'train: the trials did not end within 1 minutes (training.maxMinutes): nothing was done yet. Raise it, or ask for fewer trials, folds or sessions.',
    );
    expect(calls).not.toContain('selectTrial');
    expect(calls).toContain('finishRetrain:refused');
  });

  it('ends the shadow early, as a fail, when a bound is crossed', async () => {
    let sessions = 0;
    const { result, calls } = await retrain(
      () => ({
        scoreShadowSession: (input) => {
          sessions += 1;
          return Promise.resolve({
            session: input.session,
            rows: 2,
            pairedRows: 2,
            verdict: sessions === 3 ? ('fail' as const) : ('continue' as const),
            reason: sessions === 3 ? 'paper loss 9 % > 8 %' : '',
            summary: 'paired',
          });
        },
      }),
      nobody,
    );
    expect(sessions).toBe(3);
    expect(result).toMatchObject({ outcome: 'refused', verdict: 'fail' });
    expect(result.reason).toContain('paper loss');
    expect(calls).not.toContain('openApproval');
  });

  it('reminds after two sessions and expires after five when nobody decides', async () => {
    const { result, calls } = await retrain(() => ({}), nobody);
    expect(result.outcome).toBe('expired');
    expect(calls.filter((call) => call === 'remindApproval')).toHaveLength(1);
    expect(calls).not.toContain('promoteChampion');
    expect(calls).toContain('finishRetrain:expired');
  });

  describe('with a deputy', () => {
    const deputised = {
      ...PLAN,
      spec: { ...PLAN.spec, approval: { ...PLAN.spec.approval, deputy: 'dora' } },
    };
    const beginRetrain = () => Promise.resolve(deputised);
    const asDora = { actor: { subject: 'Dora', roles: ['viewer' as const] } };

    it('reminds the leads, then asks the deputy, then expires', async () => {
      const { result, calls } = await retrain(() => ({ beginRetrain }), nobody);
      expect(result.outcome).toBe('expired');
      const asked = calls.filter((call) => call === 'remindApproval' || call === 'askDeputy');
      expect(asked).toEqual(['remindApproval', 'askDeputy']);
    });

    it('takes the signature of the deputy once asked, and not before', async () => {
      const early: unknown[] = [];
      const { result, calls } = await retrain(
        () => ({ beginRetrain }),
        async (handle) => {
          const { deputy } = await awaitApproval(handle);
          expect(deputy?.subject).toBe('dora');
          early.push(await refusalCode(decideAs('Dora', 'approve', asDora)(handle)));
          await environment.sleep(
            Date.parse(deputy?.from ?? '') - (await environment.currentTimeMs()) + 1000,
          );
          await decideAs('Dora', 'approve', asDora)(handle);
        },
      );
      expect(early).toEqual(['DEPUTY_NOT_YET']);
      expect(calls).toContain('askDeputy');
      expect(result.outcome).toBe('promoted');
    });

    it('asks nobody who may not sign', async () => {
      const barred = ['dora', 'ann'];
      const { calls } = await retrain(
        () => ({
          beginRetrain,
          openApproval: () => Promise.resolve({ evidenceHash: EVIDENCE, needed: 1, barred }),
        }),
        nobody,
      );
      expect(calls).not.toContain('askDeputy');
    });
  });

  describe('with an objection', () => {
    const MARCH = { id: 12, subject: 'kim', reason: 'March' };
    const held = ({ awaiting }: RetrainState): boolean => awaiting.startsWith('kim to withdraw');

    it('swaps once it is resolved, and looks at the window anew', async () => {
      let standing = true;
      const { result, calls } = await retrain(
        () => ({ standingObjections: () => Promise.resolve({ open: standing ? [MARCH] : [] }) }),
        async (handle) => {
          await approveAs('lee')(handle);
          await awaitState(handle, held);
          standing = false;
          await handle.signal('objectionsChanged');
        },
      );
      expect(result.outcome).toBe('promoted');
      expect(calls.filter((call) => call === 'swapWindow')).toHaveLength(2);
    });

    it('that comes between the look and the swap holds it as well', async () => {
      let standing = false;
      let refused = false;
      const { result } = await retrain(
        (calls, now) => ({
          standingObjections: () => Promise.resolve({ open: standing ? [MARCH] : [] }),
          promoteChampion: (input) => {
            if (refused) return agreeable(calls, now).promoteChampion(input);
            [refused, standing] = [true, true];
            return Promise.reject(ApplicationFailure.nonRetryable('kim objects', 'OBJECTION_OPEN'));
          },
        }),
        async (handle) => {
          await approveAs('lee')(handle);
          await awaitState(handle, held);
          standing = false;
          await handle.signal('objectionsChanged');
        },
      );
      expect([result.outcome, refused]).toEqual(['promoted', true]);
    });

    it('that nobody resolves ends rejected when the approval expires; nobody has to tell it to look again', async () => {
      let looks = 0;
      const { result, calls } = await retrain(
        () => ({
          beginRetrain: () => {
            const approval = { ...PLAN.spec.approval, expiresSessions: 1, remindSessions: 1 };
            return Promise.resolve({ ...PLAN, spec: { ...PLAN.spec, approval } });
          },
          standingObjections: () => {
            looks += 1;
            return Promise.resolve({ open: [MARCH] });
          },
        }),
        async (handle) => {
          await approveAs('lee')(handle);
          await awaitState(handle, held);
          await environment.sleep('2 days');
        },
      );
      expect(result.outcome).toBe('rejected');
      expect(result.reason).toContain('kim: March');
      expect(looks).toBeGreaterThan(10);
      expect(calls).not.toContain('promoteChampion');
    });
  });

  it('ends rejected when a quant lead says no', async () => {
    const { result } = await retrain(
      () => ({}),
      async (handle) => {
        await awaitApproval(handle);
        await decideAs('lee', 'reject')(handle);
      },
    );
    expect(result).toMatchObject({ outcome: 'rejected', reason: 'rejected by lee' });
  });

  it("refuses one's own retrain, a missing role and another evidence hash, and changes nothing", async () => {
    const codes: (string | null | undefined)[] = [];
    const { result, calls } = await retrain(
      () => ({}),
      async (handle) => {
        await awaitApproval(handle);
        codes.push(await refusalCode(decideAs('ann', 'approve')(handle)));
        codes.push(
          await refusalCode(
            decideAs('bo', 'approve', { actor: { subject: 'bo', roles: ['viewer'] } })(handle),
          ),
        );
        codes.push(await refusalCode(decideAs('lee', 'approve', { evidenceHash: '9'.repeat(64) })(handle)));
        await decideAs('lee', 'approve')(handle);
      },
    );
    expect(codes).toEqual(['FOUR_EYES', 'APPROVER_ROLE', 'EVIDENCE_CHANGED']);
    expect(calls.filter((call) => call === 'recordDecision')).toHaveLength(1);
    expect(result.outcome).toBe('promoted');
  });

  it('refuses an approval before anything was asked and after the retrain has ended', async () => {
    let early: string | null | undefined;
    let handleLater: WorkflowHandle<Retrain> | undefined;
    await retrain(
      () => ({}),
      async (handle) => {
        handleLater = handle;
        early = await refusalCode(decideAs('lee', 'approve')(handle));
        await approveAs('lee')(handle);
      },
    );
    expect(early).toBe('APPROVAL_NOT_OPEN');
    if (handleLater === undefined) throw new Error('no handle');
    await expect(decideAs('lee', 'approve')(handleLater)).rejects.toThrow();
  });

  it('waits for the second signature when two are needed', async () => {
    const signed = new Set<string>();
    const { result } = await retrain(
      () => ({
        openApproval: () => Promise.resolve({ evidenceHash: EVIDENCE, needed: 2, barred: [] }),
        recordDecision: (input) => {
          signed.add(input.decision.actor.subject);
          return Promise.resolve({ approvedBy: [...signed], rejectedBy: null });
        },
      }),
      async (handle) => {
        await awaitApproval(handle);
        const once = await decideAs('lee', 'approve')(handle);
        const twice = await decideAs('lee', 'approve')(handle);
        expect([once.approvedBy, twice.approvedBy]).toEqual([['lee'], ['lee']]);
        expect((await handle.query<RetrainState>('state')).outcome).toBeNull();
        await decideAs('kim', 'approve')(handle);
      },
    );
    expect(result.outcome).toBe('promoted');
  });

  it('asks for an admission on probation only when the trigger allowed it', async () => {
    const failing = {
      ...passed,
      verdict: 'fail' as const,
      verdicts: [gate('dsr', 'fail')],
      probationPossible: true,
    };
    const refused = await retrain(() => ({ concludeGates: () => Promise.resolve(failing) }), nobody);
    expect(refused.result.outcome).toBe('refused');
    const admitted = await retrain(
      () => ({ concludeGates: () => Promise.resolve(failing) }),
      approveAs('lee'),
      {
        ...INPUT,
        allowProbation: true,
      },
    );
    expect(admitted.result.outcome).toBe('promoted');
    expect(admitted.calls).not.toContain('scoreShadowSession');
  });

  it('keeps going when some trials fail and is refused when all do', async () => {
    const { result, calls } = await retrain(
      () => ({
        runTrial: () =>
          Promise.reject(ApplicationFailure.nonRetryable('the label is constant', 'ConstantLabel')),
      }),
      nobody,
    );
    expect(result).toMatchObject({ outcome: 'refused', verdict: null });
    expect(result.reason).toContain('ConstantLabel');
    expect(calls).not.toContain('selectTrial');
  });

  it('fails aloud, after recording it, when something breaks for good', async () => {
    const calls: string[] = [];
    const broken = retrain(
      (recorded) => ({
        finishRetrain: (input) => {
          recorded.push(`finishRetrain:${input.outcome}`);
          calls.push(`${input.outcome}:${input.code}:${input.step}`);
          return Promise.resolve();
        },
        planTrials: () => Promise.reject(ApplicationFailure.nonRetryable('no such market', 'UNEXPECTED')),
      }),
      nobody,
    );
    await expect(broken).rejects.toBeInstanceOf(WorkflowFailedError);
    expect(calls).toEqual(['failed:UNEXPECTED:train']);
  });

  it('is recorded as cancelled when it is cancelled in the shadow', async () => {
    const { result } = await retrain(
      () => ({
        nextSession: () =>
          Promise.resolve({
            session: '2019-07-01',
            decisionInstant: '2019-07-01T06:30:00.000Z',
            wakeAt: '2999-01-01T00:00:00.000Z',
            calendarSha256: '4'.repeat(64),
          }),
      }),
      async (handle) => {
        const deadline = performance.now() + 20_000;
        while (
          (await handle.query<RetrainState>('state')).step !== 'shadow' &&
          performance.now() < deadline
        ) {
          await environment.sleep('1 minute');
        }
        await handle.cancel();
      },
    );
    expect(result.outcome).toBe('cancelled');
  });

  it('names the epoch it was judged against when it swaps', async () => {
    let expected = -1;
    await retrain((_calls, now) => ({
      promoteChampion: (input) => {
        expected = input.expectedEpoch;
        return Promise.resolve({
          model: 'tw-alpha',
          epoch: 2,
          fromVersion: 1,
          toVersion: 2,
          versionId: input.versionId,
          committedAt: new Date(now()).toISOString(),
        });
      },
    }));
    expect(expected).toBe(PLAN.epoch);
  });
});
