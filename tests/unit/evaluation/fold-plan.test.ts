import { describe, expect, it } from 'vitest';
import { EvaluationInputInvalid, TooFewSessions } from '../../../evaluation/errors.ts';
import { planFolds } from '../../../evaluation/fold-plan.ts';
import { shippedCalendar } from '../../../market/shipped-calendar.ts';

const sessions = shippedCalendar('XTAI').between('2018-01-02', '2020-12-31');
const lastLabelSession = sessions[599] ?? '';
const label = { horizonSessions: 5, entryDelaySessions: 1 };
const training = {
  folds: 'walk_forward',
  ...{ groups: 6, testGroups: 2, embargoSessions: 7 },
  ...{ trainSessions: 300, testSessions: 63, minFolds: 2, maxFolds: 12 },
} as const;

describe('planning folds', () => {
  it('places the newest block on the newest label and purges six sessions before it', () => {
    const folds = planFolds({ sessions, lastLabelSession, training, label });
    const newest = folds.at(-1);
    expect(newest?.testTo).toBe(sessions[599]);
    expect(newest?.testFrom).toBe(sessions[537]);
    expect(newest?.trainTo).toBe(sessions[530]);
    expect(newest?.trainFrom).toBe(sessions[231]);
  });

  it('keeps one shorter window at the beginning and stops there', () => {
    const folds = planFolds({ sessions, lastLabelSession, training, label });
    expect(folds).toHaveLength(5);
    expect(folds[0]?.trainFrom).toBe(sessions[0]);
    expect(folds[0]?.trainTo).toBe(sessions[278]);
    expect(folds[1]?.trainFrom).toBe(sessions[42]);
  });

  it('keeps the newest folds when there are more than allowed', () => {
    const all = planFolds({ sessions, lastLabelSession, training, label });
    const two = planFolds({ sessions, lastLabelSession, training: { ...training, maxFolds: 2 }, label });
    expect(two.map((fold) => fold.testFrom)).toEqual(all.slice(-2).map((fold) => fold.testFrom));
  });

  it('refuses a history that is too short and says how long it has to be', () => {
    const short = {
      sessions: sessions.slice(0, 250),
      lastLabelSession: sessions[249] ?? '',
      training,
      label,
    };
    expect(() => planFolds(short)).toThrow(TooFewSessions);
    expect(() => planFolds(short)).toThrow(/250 labelled sessions give 1 walk-forward folds, 2 are needed/u);
  });

  it('refuses a last label that is no session of the snapshot', () => {
    expect(() => planFolds({ sessions, lastLabelSession: '2019-01-01', training, label })).toThrow(
      EvaluationInputInvalid,
    );
  });
});
