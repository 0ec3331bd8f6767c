import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OpenedScore } from '../../../activities/scoring/score-run.ts';
import type { ScoreInput, ScoreResult } from '../../../contracts/score.ts';
import { agreeable, timeSkippingEnvironment, withWorkers } from './retrain-world.ts';

let environment: TestWorkflowEnvironment;
beforeEach(async () => {
  environment = await timeSkippingEnvironment();
}, 120_000);
afterEach(async () => {
  await environment.teardown();
});

const INPUT: ScoreInput = {
  ...{ model: 'tw-alpha', session: null, version: null, trigger: 'schedule' },
  ...{ requestedBy: 'system', correlationId: 'test' },
};
const OPENED: OpenedScore = {
  ...{ run: 7, outcome: 'scored', reason: '', session: '2024-03-04', version: 2, waitMinutes: 60 },
};
const SCORED: ScoreResult = {
  ...{ outcome: 'scored', reason: '', run: 7, model: 'tw-alpha', session: '2024-03-04', version: 2 },
  ...{ versionId: 'a'.repeat(64), epoch: 2, scored: 98, skipped: 2, resumed: 0 },
};
const late = (): ApplicationFailure =>
  ApplicationFailure.create({ message: 'no bars yet', type: 'SCORE_DATA_MISSING', nonRetryable: true });

/** Runs the workflow; the data arrive at the given attempt, or never. */
async function run(
  given: Partial<ScoreInput>,
  arrivesAt: number,
  opened: OpenedScore = OPENED,
): Promise<{ readonly result: ScoreResult; readonly attempts: number }> {
  let attempts = 0;
  const activities = {
    ...agreeable([], () => 0),
    openScoreRun: () => Promise.resolve(opened),
    scoreUniverse: () => {
      attempts += 1;
      return attempts < arrivesAt ? Promise.reject(late()) : Promise.resolve(SCORED);
    },
  };
  const result = await withWorkers(environment, activities, () =>
    environment.client.workflow.execute<(input: ScoreInput) => Promise<ScoreResult>>('scoreModel', {
      ...{ workflowId: 'score:tw-alpha', taskQueue: 'control', args: [{ ...INPUT, ...given }] },
    }),
  );
  return { result, attempts };
}

describe('the workflow that scores a universe', () => {
  it('waits for data that arrive late', async () => {
    expect(await run({}, 4)).toEqual({ result: SCORED, attempts: 4 });
  });

  it('ends as no-data when they do not come in the minutes of the spec', async () => {
    const { result, attempts } = await run({}, 1000);
    expect(result).toMatchObject({ outcome: 'no-data', reason: 'no bars yet', run: 7, scored: 0 });
    // At once, then every five minutes of an hour.
    expect(attempts).toBeGreaterThanOrEqual(12);
    expect(attempts).toBeLessThanOrEqual(13);
  });

  it('does not wait when a person asked: the reason comes at once', async () => {
    await expect(run({ trigger: 'manual', session: '2024-03-04' }, 2)).rejects.toMatchObject({
      cause: { cause: { type: 'SCORE_DATA_MISSING' } },
    });
  });

  it('scores nothing on a day without a session', async () => {
    const nothing: OpenedScore = { ...OPENED, run: null, outcome: 'no-session', reason: 'a holiday' };
    const { result, attempts } = await run({}, 1, nothing);
    expect(result).toMatchObject({ outcome: 'no-session', reason: 'a holiday', run: null });
    expect(attempts).toBe(0);
  });
});
