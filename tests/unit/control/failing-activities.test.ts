import { describe, expect, it } from 'vitest';
import { failingActivities, failingActivityText } from '../../../control/failing-activities.ts';

type Described = Parameters<typeof failingActivities>[0];

const described = (
  pendingActivities: NonNullable<Described['raw']['pendingActivities']> | null,
): Described => ({
  raw: { pendingActivities },
});

describe('what a workflow waits for and fails', () => {
  it('is told with its attempt and the words of the last failure; what only runs is not', () => {
    const found = failingActivities(
      described([
        { activityType: { name: 'runTrial' }, attempt: 1, maximumAttempts: 10 },
        {
          activityType: { name: 'extractSnapshot' },
          ...{ attempt: 5, maximumAttempts: 10 },
          lastFailure: { message: 'no space left on device. Free space.' },
        },
        { activityType: { name: 'recordStep' }, attempt: 3, lastFailure: { message: 'x'.repeat(2000) } },
      ]),
    );
    expect(found.map(({ activity, attempt, attempts }) => [activity, attempt, attempts])).toEqual([
      ['extractSnapshot', 5, 10],
      ['recordStep', 3, null],
    ]);
    expect(found.map(failingActivityText)[0]).toBe(
      '  fails: extractSnapshot, attempt 5 of 10; the last: no space left on device. Free space.',
    );
    expect(found[1]?.failure.length).toBeLessThan(700);
  });

  it('is nothing of a workflow that waits for no activity', () => {
    expect(failingActivities(described(null))).toEqual([]);
    expect(failingActivities({ raw: {} })).toEqual([]);
  });
});
