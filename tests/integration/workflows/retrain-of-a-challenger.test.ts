import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { approveAs, environmentPerTest, nobody, retrain, type Scenario } from './retrain-scenario.ts';
import { agreeable, INPUT, PLAN, type AllActivities } from './retrain-world.ts';

environmentPerTest();

describe('retrainModel with a named challenger', () => {
  const promote = (
    overrides: (calls: string[]) => Partial<AllActivities>,
    meanwhile = approveAs('lee'),
  ): Promise<Scenario> => retrain(overrides, meanwhile, INPUT, 4);

  it('makes nothing: takes the version over, sums its shadow up, asks, and swaps', async () => {
    const inputs: unknown[] = [];
    const { calls, result } = await promote((calls) => ({
      adoptChallenger: (input) => {
        inputs.push(input.challenger);
        return agreeable(calls, () => 0).adoptChallenger(input);
      },
    }));
    expect(result).toMatchObject({ outcome: 'promoted', verdict: 'pass', version: 2, epoch: 2 });
    expect(inputs).toEqual([4]);
    const steps = ['adoptChallenger', 'concludeShadow', 'openApproval', 'recordDecision', 'promoteChampion'];
    expect(calls.filter((call) => steps.includes(call))).toEqual(steps);
    for (const made of [
      'extractSnapshot',
      'runTrial',
      'packageVersion',
      'concludeGates',
      'scoreShadowSession',
    ]) {
      expect(calls).not.toContain(made);
    }
  });

  it('ends as refused, with the code of the rule, when its record does not carry a promotion', async () => {
    const ended: string[] = [];
    const { result, calls } = await promote(
      () => ({
        adoptChallenger: () =>
          Promise.reject(
            ApplicationFailure.create({
              ...{ message: 'version 4 of tw-alpha is still in its shadow', nonRetryable: true },
              ...{ type: 'CHALLENGER_NOT_PROMOTABLE', details: [{ kind: 'refused' }] },
            }),
          ),
        finishRetrain: ({ outcome, code }) => {
          ended.push(`${outcome} ${code}`);
          return Promise.resolve();
        },
      }),
      nobody,
    );
    expect(result).toMatchObject({ outcome: 'refused', version: null, epoch: null });
    expect(result.reason).toContain('is still in its shadow');
    expect(ended).toEqual(['refused CHALLENGER_NOT_PROMOTABLE']);
    expect(calls).not.toContain('openApproval');
  });

  it('ends as refused when the shadow that was measured does not pass under the bounds in force', async () => {
    const { result, calls } = await promote(
      () => ({
        concludeShadow: () =>
          Promise.resolve({
            ...{
              verdict: 'inconclusive',
              reason: '2 of 7 sessions measured',
              shadowEvidenceHash: 'b'.repeat(64),
            },
          }),
      }),
      nobody,
    );
    expect(result).toMatchObject({ outcome: 'refused', verdict: 'inconclusive', version: 2 });
    expect(calls).not.toContain('openApproval');
  });

  it('under a spec that promotes nothing ends as judged', async () => {
    const plan = { ...PLAN, spec: { ...PLAN.spec, retrain: { ...PLAN.spec.retrain, promotionGate: false } } };
    const { result } = await promote(() => ({ beginRetrain: () => Promise.resolve(plan) }), nobody);
    expect(result).toMatchObject({ outcome: 'judged', version: 2, epoch: null });
  });
});
