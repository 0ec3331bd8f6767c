import { describe, expect, it } from 'vitest';
import { firstTradedAfter, retrainWindow } from '../../../market/retrain-window.ts';
import { decisionInstant } from '../../../market/rules.ts';
import { shippedCalendar } from '../../../market/shipped-calendar.ts';

const calendar = shippedCalendar('XTAI');
const ask = (now: string, changes: Partial<Parameters<typeof retrainWindow>[0]> = {}) =>
  retrainWindow({ calendar, clock: { mode: 'live' }, asOf: now, emergency: false, now, ...changes });

/** A Tuesday of Taipei, where the session lasts from 01:00 to 05:30 UTC. */
const INSIDE = '2024-03-05T02:00:00.000Z';
const AFTER = '2024-03-05T06:00:00.000Z';

describe('when a retrain may begin', () => {
  it('waits for the decision instant of the session that is open', () => {
    const opensAt = decisionInstant(calendar, '2024-03-05');
    expect(ask(INSIDE)).toEqual({ opensAt, openSession: '2024-03-05' });
  });

  it('begins at once when the market is closed, on a holiday as after the close', () => {
    const holiday = '2024-02-28T02:00:00.000Z';
    expect(ask(AFTER)).toEqual({ opensAt: AFTER, openSession: null });
    expect(ask(holiday)).toEqual({ opensAt: holiday, openSession: null });
  });

  it('does not let an emergency wait', () => {
    expect(ask(INSIDE, { emergency: true })).toEqual({ opensAt: INSIDE, openSession: null });
  });

  it('does not let a schedule of the night before begin late, inside the session', () => {
    expect(ask(INSIDE, { asOf: '2024-03-04T19:00:00.000Z' })).toMatchObject({ openSession: '2024-03-05' });
  });

  it('lets a retrain as of the past begin, which reads nothing of today', () => {
    expect(ask(INSIDE, { asOf: '2019-06-28T19:00:00.000Z' })).toMatchObject({ opensAt: INSIDE });
  });

  it('waits for nothing on a replay', () => {
    const clock = { mode: 'replay', secondsPerSession: 1, approvalSecondsPerSession: 1 } as const;
    expect(ask(INSIDE, { clock })).toEqual({ opensAt: INSIDE, openSession: null });
  });
});

describe('the first session that a swap decides', () => {
  it('is the next one, and its trades are settled two settlement days later', () => {
    expect(firstTradedAfter(calendar, INSIDE)).toEqual({ session: '2024-03-06', settlesOn: '2024-03-08' });
    expect(firstTradedAfter(calendar, AFTER)).toMatchObject({ session: '2024-03-06' });
  });

  it('counts the days before the Lunar New Year on which the exchange only settles', () => {
    expect(firstTradedAfter(calendar, '2019-01-29T06:00:00.000Z')).toEqual({
      ...{ session: '2019-01-30', settlesOn: '2019-02-01' },
    });
  });

  it('is unknown where the calendar ends', () => {
    const last = calendar.at(calendar.length - 1);
    expect(firstTradedAfter(calendar, last.openInstant)).toBeNull();
    const before = calendar.at(calendar.length - 3);
    expect(firstTradedAfter(calendar, before.openInstant)).toMatchObject({ settlesOn: null });
  });
});
