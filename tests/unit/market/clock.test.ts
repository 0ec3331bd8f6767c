import { describe, expect, it } from 'vitest';
import { ClockSpec } from '../../../contracts/clock.ts';
import { firstSessionDecidedAfter, nextTick, sessionDeadline, swapOpensAt } from '../../../market/clock.ts';
import { shippedCalendar } from '../../../market/shipped-calendar.ts';

const calendar = shippedCalendar('XTAI');
const live: ClockSpec = { mode: 'live' };
const replay: ClockSpec = { mode: 'replay', secondsPerSession: 1.5, approvalSecondsPerSession: 30 };

describe('the live session clock', () => {
  it('wakes at the decision instant of the next session', () => {
    const tick = nextTick({
      calendar,
      clock: live,
      after: '2024-03-01',
      asOf: '2024-02-01T00:00:00.000Z',
      now: '2024-03-02T00:00:00.000Z',
    });
    expect(tick).toEqual({
      session: '2024-03-04',
      decisionInstant: '2024-03-04T06:30:00.000Z',
      wakeAt: '2024-03-04T06:30:00.000Z',
    });
  });

  it('begins with the first session that is decided after the as-of instant', () => {
    expect(firstSessionDecidedAfter(calendar, '2024-03-01T06:29:59.999Z')).toBe('2024-03-01');
    expect(firstSessionDecidedAfter(calendar, '2024-03-01T06:30:00.000Z')).toBe('2024-03-04');
    expect(firstSessionDecidedAfter(calendar, '2024-03-01T05:00:00.000Z')).toBe('2024-03-01');
    expect(firstSessionDecidedAfter(calendar, '2001-01-01T00:00:00.000Z')).toBe('2003-01-02');
  });

  it('gives people until the decision of the nth session', () => {
    const from = '2024-03-01T08:00:00.000Z';
    expect(sessionDeadline({ calendar, clock: live, from, sessions: 5 })).toBe('2024-03-08T06:30:00.000Z');
    expect(sessionDeadline({ calendar, clock: live, from, sessions: 1 })).toBe('2024-03-04T06:30:00.000Z');
  });

  it('keeps swaps out of a session until its rows are decided', () => {
    const at = (now: string, window: 'outside-session' | 'any' = 'outside-session') =>
      swapOpensAt({ calendar, clock: live, window, now });
    expect(at('2024-03-01T03:00:00.000Z')).toBe('2024-03-01T06:30:00.000Z');
    expect(at('2024-03-01T06:00:00.000Z')).toBe('2024-03-01T06:30:00.000Z');
    expect(at('2024-03-01T07:00:00.000Z')).toBe('2024-03-01T07:00:00.000Z');
    expect(at('2024-03-02T03:00:00.000Z')).toBe('2024-03-02T03:00:00.000Z');
    expect(at('2024-03-01T03:00:00.000Z', 'any')).toBe('2024-03-01T03:00:00.000Z');
  });
});

describe('the replay session clock', () => {
  it('walks the business calendar while the wall moves by a fixed step', () => {
    let now = '2030-01-01T00:00:00.000Z';
    let after: string | null = null;
    const seen: string[] = [];
    for (let count = 0; count < 4; count += 1) {
      const tick = nextTick({ calendar, clock: replay, after, asOf: '2018-12-20T09:00:00.000Z', now });
      seen.push(tick.session);
      expect(Date.parse(tick.wakeAt) - Date.parse(now)).toBe(1500);
      expect(tick.decisionInstant).toBe(`${tick.session}T06:30:00.000Z`);
      [after, now] = [tick.session, tick.wakeAt];
    }
    expect(seen).toEqual(['2018-12-21', '2018-12-22', '2018-12-24', '2018-12-25']);
  });

  it('has a pace of its own for what people decide, and swaps at once', () => {
    const from = '2030-01-01T00:00:00.000Z';
    expect(sessionDeadline({ calendar, clock: replay, from, sessions: 5 })).toBe('2030-01-01T00:02:30.000Z');
    const now = '2024-03-01T03:00:00.000Z';
    expect(swapOpensAt({ calendar, clock: replay, window: 'outside-session', now })).toBe(now);
  });
});

describe('the contract of the clock', () => {
  it('refuses an unknown mode, a missing pace and unknown fields', () => {
    expect(ClockSpec.safeParse({ mode: 'live' }).success).toBe(true);
    expect(ClockSpec.safeParse({ mode: 'fast' }).success).toBe(false);
    expect(ClockSpec.safeParse({ mode: 'replay', secondsPerSession: 1 }).success).toBe(false);
    expect(ClockSpec.safeParse({ mode: 'live', secondsPerSession: 1 }).success).toBe(false);
  });
});
