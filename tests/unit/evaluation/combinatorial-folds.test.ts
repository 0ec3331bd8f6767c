import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TrainingSpec } from '../../../contracts/training-spec.ts';
import { combinatorialFolds } from '../../../evaluation/combinatorial-folds.ts';
import { TooFewSessions } from '../../../evaluation/errors.ts';
import { foldPlanOf, planFolds } from '../../../evaluation/fold-plan.ts';
import { shippedCalendar } from '../../../market/shipped-calendar.ts';

const dates = shippedCalendar('XTAI').between('2016-01-04', '2020-12-31');
const label = { horizonSessions: 5, entryDelaySessions: 1 };

/** Sessions of a window that its gaps leave, as positions. */
function positions(
  sessions: readonly string[],
  from: string,
  to: string,
  gaps: readonly { from: string; to: string }[],
): number[] {
  return sessions.flatMap((session, at) =>
    session >= from && session <= to && !gaps.some((gap) => session >= gap.from && session <= gap.to)
      ? [at]
      : [],
  );
}

describe('combinatorial folds', () => {
  it('tests every choice of groups, and each session on as many paths', () => {
    const sessions = dates.slice(0, 300);
    const folds = combinatorialFolds({
      ...{ sessions, groups: 6, testGroups: 2, purgeSessions: 6, embargoSessions: 7 },
    });
    expect(folds.map(({ index }) => index)).toEqual([...Array(15).keys()]);
    const tested = folds.flatMap((fold) => positions(sessions, fold.testFrom, fold.testTo, fold.testGaps));
    expect(sessions.map((_, at) => tested.filter((one) => one === at).length)).toEqual(sessions.map(() => 5));
  });

  it('purges both sides of each contiguous stretch and embargoes what follows it', () => {
    const sessions = dates.slice(0, 240);
    const folds = combinatorialFolds({
      ...{ sessions, groups: 4, testGroups: 2, purgeSessions: 6, embargoSessions: 7 },
    });
    // Groups of 60: the second fold tests 0 to 59 and 120 to 179.
    const fold = folds[1];
    if (fold === undefined) throw new Error('no second fold');
    expect(positions(sessions, fold.testFrom, fold.testTo, fold.testGaps)).toEqual([
      ...Array.from({ length: 60 }, (_, at) => at),
      ...Array.from({ length: 60 }, (_, at) => 120 + at),
    ]);
    // From 60 the six whose features lie in a tested label and seven more are left out; before 120 the six whose label reaches it.
    expect(positions(sessions, fold.trainFrom, fold.trainTo, fold.trainGaps)).toEqual([
      ...Array.from({ length: 114 - 73 }, (_, at) => 73 + at),
      ...Array.from({ length: 240 - 193 }, (_, at) => 193 + at),
    ]);
    expect(fold.trainGaps.length, 'a window that learns from what follows its test says so').toBeGreaterThan(
      0,
    );
  });

  it('trains the last fold on the past alone, as a walk-forward does', () => {
    const sessions = dates.slice(0, 240);
    const last = combinatorialFolds({
      ...{ sessions, groups: 4, testGroups: 1, purgeSessions: 6, embargoSessions: 7 },
    }).at(-1);
    expect(last).toMatchObject({
      ...{ trainFrom: sessions[0], trainTo: sessions[173], trainGaps: [] },
      ...{ testFrom: sessions[180], testTo: sessions[239], testGaps: [] },
    });
  });

  it('never lets the sessions of a training row touch those of a tested one, by brute force', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 160, max: 400 }),
        fc.integer({ min: 4, max: 8 }),
        fc.integer({ min: 1, max: 2 }),
        fc.integer({ min: 2, max: 20 }),
        fc.integer({ min: 0, max: 15 }),
        (length, groups, testGroups, purgeSessions, embargoSessions) => {
          const sessions = dates.slice(0, length);
          let folds;
          try {
            folds = combinatorialFolds({ sessions, groups, testGroups, purgeSessions, embargoSessions });
          } catch (error) {
            expect(error).toBeInstanceOf(TooFewSessions);
            return;
          }
          for (const fold of folds) {
            const train = positions(sessions, fold.trainFrom, fold.trainTo, fold.trainGaps);
            const test = new Set(positions(sessions, fold.testFrom, fold.testTo, fold.testGaps));
            const near = (at: number): boolean => {
              for (let other = at - purgeSessions; other <= at + purgeSessions; other += 1)
                if (test.has(other)) return true;
              return false;
            };
            expect(train.filter(near)).toEqual([]);
            // After a stretch nothing is learnt from for purge and embargo together.
            const early = train.filter((at) => {
              for (let back = 1; back <= purgeSessions + embargoSessions; back += 1)
                if (test.has(at - back)) return true;
              return false;
            });
            expect(early).toEqual([]);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('names too few sessions, for the groups and for what is left to train on', () => {
    const plan = (count: number, purgeSessions: number) => () =>
      combinatorialFolds({
        ...{ sessions: dates.slice(0, count), groups: 6, testGroups: 2, purgeSessions, embargoSessions: 0 },
      });
    expect(plan(119, 2)).toThrow(TooFewSessions);
    expect(plan(119, 2)).toThrow(/119 labelled sessions are too few: needed are 6 groups of 20/u);
    expect(plan(150, 60)).toThrow(/60 to train on beside each choice of test groups/u);
  });

  it('is chosen by the spec, on the sessions a walk-forward of it would use, and stands in the recipe', () => {
    const training = TrainingSpec.parse({
      ...{ folds: 'combinatorial', trainSessions: 200, testSessions: 50, maxFolds: 4, embargoSessions: 3 },
    });
    const folds = planFolds({ sessions: dates, lastLabelSession: dates[599] ?? '', training, label });
    expect(folds).toHaveLength(15);
    expect(folds[0]?.testFrom).toBe(dates[200]);
    expect(folds.at(-1)?.testTo).toBe(dates[599]);
    expect(foldPlanOf(training, label)).toEqual({
      ...{ sessions: 400, groups: 6, testGroups: 2, purgeSessions: 6, embargoSessions: 3 },
    });
    expect(foldPlanOf({ ...training, folds: 'walk_forward' }, label)).toEqual({
      ...{ trainSessions: 200, testSessions: 50, purgeSessions: 6, embargoSessions: 3 },
    });
  });
});
