import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TooFewSessions } from '../../../evaluation/errors.ts';
import { planFolds, sessionsNeeded, shortestTrainingWindow } from '../../../evaluation/fold-plan.ts';
import { shippedCalendar } from '../../../market/shipped-calendar.ts';

const calendar = shippedCalendar('XTAI');

const plans = fc.record({
  start: fc.integer({ min: 0, max: 3000 }),
  length: fc.integer({ min: 100, max: 1800 }),
  unlabelled: fc.integer({ min: 0, max: 40 }),
  training: fc.record({
    folds: fc.constant('walk_forward' as const),
    groups: fc.constant(6),
    testGroups: fc.constant(2),
    embargoSessions: fc.integer({ min: 0, max: 20 }),
    trainSessions: fc.integer({ min: 60, max: 800 }),
    testSessions: fc.integer({ min: 10, max: 130 }),
    minFolds: fc.integer({ min: 1, max: 4 }),
    maxFolds: fc.integer({ min: 4, max: 12 }),
  }),
  label: fc.record({
    horizonSessions: fc.integer({ min: 1, max: 20 }),
    entryDelaySessions: fc.integer({ min: 1, max: 5 }),
  }),
});

function inputOf(plan: typeof plans extends fc.Arbitrary<infer T> ? T : never) {
  const sessions = calendar.dates.slice(plan.start, plan.start + plan.length);
  const lastLabelSession = sessions[sessions.length - 1 - plan.unlabelled] ?? '';
  return { sessions, lastLabelSession, training: plan.training, label: plan.label };
}

describe('walk-forward folds', () => {
  it('never let a training label interval touch a test label interval', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const input = inputOf(plan);
        const folds = foldsOrNone(input);
        const at = (session: string) => input.sessions.indexOf(session);
        const { horizonSessions, entryDelaySessions } = plan.label;
        for (const fold of folds) {
          const lastTrainingClose = at(fold.trainTo) + entryDelaySessions + horizonSessions;
          const firstTestEntry = at(fold.testFrom) + entryDelaySessions;
          expect(lastTrainingClose).toBeLessThanOrEqual(firstTestEntry);
          // Stronger: the newest training label is known before the first test row is decided.
          expect(lastTrainingClose).toBe(at(fold.testFrom) - 1);
        }
      }),
    );
  });

  it('have test blocks that tile the end of the labelled sessions', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const input = inputOf(plan);
        const folds = foldsOrNone(input);
        const tested = folds.flatMap((fold) =>
          input.sessions.slice(
            input.sessions.indexOf(fold.testFrom),
            input.sessions.indexOf(fold.testTo) + 1,
          ),
        );
        const labelled = input.sessions.slice(0, input.sessions.indexOf(input.lastLabelSession) + 1);
        expect(tested).toEqual(folds.length === 0 ? [] : labelled.slice(-tested.length));
        expect(tested).toHaveLength(folds.length * plan.training.testSessions);
        expect(folds.map((fold) => fold.index)).toEqual(folds.map((_, index) => index));
      }),
    );
  });

  it('train on full windows, the earliest fold alone on a shorter one above the documented minimum', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const input = inputOf(plan);
        const folds = foldsOrNone(input);
        folds.forEach((fold, index) => {
          const length = input.sessions.indexOf(fold.trainTo) - input.sessions.indexOf(fold.trainFrom) + 1;
          if (index > 0) expect(length).toBe(plan.training.trainSessions);
          expect(length).toBeGreaterThanOrEqual(shortestTrainingWindow(plan.training.trainSessions));
          expect(length).toBeLessThanOrEqual(plan.training.trainSessions);
        });
      }),
    );
  });

  it('exist exactly when there are as many labelled sessions as the refusal says', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const input = inputOf(plan);
        const labelled = input.sessions.indexOf(input.lastLabelSession) + 1;
        const enough = labelled >= sessionsNeeded(input, plan.training.minFolds);
        expect(foldsOrNone(input).length > 0).toBe(enough);
      }),
    );
  });
});

function foldsOrNone(input: Parameters<typeof planFolds>[0]) {
  try {
    return planFolds(input);
  } catch (error) {
    if (error instanceof TooFewSessions) return [];
    throw error;
  }
}
