import { ApplicationFailure } from '@temporalio/common';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ProposeTrialsInput } from '../../../activities/trial-search.ts';
import type { SelectTrialInput } from '../../../activities/trials.ts';
import type { Trial } from '../../../contracts/training.ts';
import { environmentPerTest, nobody, retrain } from './retrain-scenario.ts';
import { agreeable, workflowBundle } from './retrain-world.ts';

// Bundled before the clock of a test runs: that takes half a minute on a busy machine.
beforeAll(async () => {
  await workflowBundle();
}, 240_000);
environmentPerTest();

const ids = Array.from({ length: 7 }, (_, at) => String(at + 1).repeat(64));
const memory = { sha256: 'f'.repeat(64), bytes: 1, mediaType: 'application/json' };

describe('a search in generations', () => {
  /** Two planned trials, two generations of two; each trial ends only after the one that was planned behind it. */
  async function search(failing: readonly string[] = []) {
    const told: ProposeTrialsInput[] = [];
    const selected: SelectTrialInput[] = [];
    const ended: string[] = [];
    const endings = new Map(ids.map((id) => [id, Promise.withResolvers<undefined>()]));
    const scenario = await retrain((calls, now) => {
      const usual = agreeable(calls, now);
      const trialsOf = async (wanted: readonly string[]): Promise<Trial[]> => {
        const [trial] = (await agreeable([], now).planTrials({} as never)).trials;
        if (trial === undefined) throw new Error('the world has no trial');
        return wanted.map((trialId) => ({ ...trial, trialId }));
      };
      return {
        planTrials: async (input) => ({
          ...(await usual.planTrials(input)),
          trials: await trialsOf(ids.slice(0, 2)),
          maxSeconds: 1800,
          search: { remaining: 4, newest: ids.slice(0, 2), memory },
        }),
        proposeTrials: async (input) => {
          told.push(input);
          const first = 2 * told.length;
          const newest = ids.slice(first, first + 2);
          const search = first === 2 ? { remaining: 2, newest, memory } : null;
          return { trials: await trialsOf(newest), search };
        },
        runTrial: async (input) => {
          const { trialId } = input.trial;
          const at = ids.indexOf(trialId);
          if (at % 2 === 0) await endings.get(ids[at + 1] ?? '')?.promise;
          endings.get(trialId)?.resolve(undefined);
          ended.push(trialId);
          if (failing.includes(trialId))
            throw ApplicationFailure.nonRetryable('the label is constant', 'ConstantLabel');
          return { ...(await usual.runTrial(input)), trialId };
        },
        selectTrial: async (input) => {
          selected.push(input);
          return { ...(await usual.selectTrial(input)), selectedTrialId: ids[5] ?? '' };
        },
        concludeGates: () => Promise.reject(ApplicationFailure.nonRetryable('far enough', 'FAR_ENOUGH')),
      };
    }, nobody).catch(() => null);
    return { scenario, told, selected, ended };
  }

  it('tells each generation in the order of the plan, whichever trial ended first, and judges all of them', async () => {
    const { told, selected, ended } = await search();
    expect(ended).toEqual([1, 0, 3, 2, 5, 4].map((at) => ids[at]));
    expect(told.map(({ search: { newest } }) => newest)).toEqual([ids.slice(0, 2), ids.slice(2, 4)]);
    expect(told.map(({ results }) => results.map(({ trialId }) => trialId))).toEqual([
      ids.slice(0, 2),
      ids.slice(2, 4),
    ]);
    expect(told.map(({ trials }) => trials.map(({ trialId }) => trialId))).toEqual([
      ids.slice(0, 2),
      ids.slice(2, 4),
    ]);
    const [chosenFrom] = selected;
    expect(chosenFrom?.trialPlan.trials.map(({ trialId }) => trialId)).toEqual(ids.slice(0, 6));
    expect(chosenFrom?.results.map(({ trialId }) => trialId)).toEqual(ids.slice(0, 6));
  }, 240_000);

  it('goes on when trials of a generation fail, and hands their codes on', async () => {
    const { told, selected } = await search([ids[2] ?? '', ids[3] ?? '']);
    expect(told).toHaveLength(2);
    expect(told[1]?.results).toEqual([]);
    expect(selected[0]?.failures.map(({ trialId, code }) => [trialId, code]).toSorted()).toEqual([
      [ids[2], 'ConstantLabel'],
      [ids[3], 'ConstantLabel'],
    ]);
    expect(selected[0]?.results).toHaveLength(4);
  }, 240_000);

  it('ends when nothing of the first generation can be learnt from', async () => {
    const { scenario, told, selected } = await search(ids.slice(0, 2));
    expect(scenario?.result).toMatchObject({ outcome: 'refused' });
    expect(scenario?.result.reason).toContain('every trial failed; the first: ConstantLabel');
    expect([told, selected]).toEqual([[], []]);
  }, 240_000);
});

describe('trials that are together more than one request to the server may hold', () => {
  const TRIALS = 40;
  /** Of a message of a trial: forty of them are more than 5 MB, where the server takes 4. */
  const GAP = { from: '2020-01-02', to: '2020-01-03' };

  it('are scheduled in waves, and all of them are judged', async () => {
    const wanted = Array.from({ length: TRIALS }, (_, at) => at.toString(16).padStart(64, '0'));
    const selected: SelectTrialInput[] = [];
    await retrain((calls, now) => {
      const usual = agreeable(calls, now);
      return {
        planTrials: async (input) => {
          const plan = await usual.planTrials(input);
          const [trial] = plan.trials;
          const [fold] = plan.folds;
          if (trial === undefined || fold === undefined) throw new Error('the world has no trial');
          const gaps = Array.from({ length: 50 }, () => GAP);
          return {
            ...plan,
            trials: wanted.map((trialId) => ({ ...trial, trialId })),
            folds: Array.from({ length: 50 }, () => ({ ...fold, trainGaps: gaps })),
          };
        },
        runTrial: async (input) => ({
          ...(await usual.runTrial(input)),
          trialId: input.trial.trialId,
        }),
        selectTrial: async (input) => {
          selected.push(input);
          return { ...(await usual.selectTrial(input)), selectedTrialId: wanted[0] ?? '' };
        },
        concludeGates: () => Promise.reject(ApplicationFailure.nonRetryable('far enough', 'FAR_ENOUGH')),
      };
    }, nobody).catch(() => null);
    expect(selected[0]?.results.map(({ trialId }) => trialId)).toEqual(wanted);
  }, 240_000);
});
