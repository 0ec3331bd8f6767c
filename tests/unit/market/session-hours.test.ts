import { describe, expect, it } from 'vitest';
import { CalendarInvalid, NotASession } from '../../../market/errors.ts';
import {
  earlyCloses,
  hourlyVolume,
  isEarlyClose,
  marketPhase,
  regularSessionVolume,
  sessionHours,
  sessionMinutes,
  sessionProgress,
} from '../../../market/session-hours.ts';
import { shippedCalendar } from '../../../market/shipped-calendar.ts';

const taiwan = shippedCalendar('XTAI');
const newYork = shippedCalendar('XNYS');

describe('the hours of a session', () => {
  it('are four and a half in Taipei and six and a half in New York', () => {
    expect(sessionMinutes(taiwan.session('2024-03-04'))).toBe(270);
    expect(sessionMinutes(newYork.session('2024-03-04'))).toBe(390);
  });

  it('are fewer before a holiday in New York, never in Taipei', () => {
    expect(earlyCloses(newYork, '2024-01-01', '2024-12-31')).toEqual([
      '2024-07-03',
      '2024-11-29',
      '2024-12-24',
    ]);
    expect(isEarlyClose(newYork, '2024-11-27')).toBe(false);
    expect(earlyCloses(taiwan, '2003-01-01', '2027-12-31')).toEqual([]);
  });

  it('have a market before and after, in winter and in summer', () => {
    expect(sessionHours(taiwan, '2024-03-04')).toEqual({
      preOpenInstant: '2024-03-04T00:30:00.000Z',
      openInstant: '2024-03-04T01:00:00.000Z',
      closeInstant: '2024-03-04T05:30:00.000Z',
      postOpenInstant: '2024-03-04T06:00:00.000Z',
      postCloseInstant: '2024-03-04T06:30:00.000Z',
    });
    expect(sessionHours(newYork, '2024-03-08').preOpenInstant).toBe('2024-03-08T09:00:00.000Z');
    expect(sessionHours(newYork, '2024-03-11').preOpenInstant).toBe('2024-03-11T08:00:00.000Z');
    expect(sessionHours(newYork, '2024-03-11').postCloseInstant).toBe('2024-03-12T00:00:00.000Z');
    expect(sessionHours(newYork, '2024-11-29').postOpenInstant).toBe('2024-11-29T18:00:00.000Z');
    expect(sessionHours(newYork, '2024-11-29').postCloseInstant).toBe('2024-11-29T22:00:00.000Z');
    expect(() => sessionHours(taiwan, '2024-03-02')).toThrow(NotASession);
  });

  it.each([
    ['2024-03-04T00:29:59.999Z', 'closed'],
    ['2024-03-04T00:30:00.000Z', 'pre'],
    ['2024-03-04T01:00:00.000Z', 'regular'],
    ['2024-03-04T05:29:59.999Z', 'regular'],
    ['2024-03-04T05:30:00.000Z', 'closed'],
    ['2024-03-04T06:00:00.000Z', 'post'],
    ['2024-03-04T06:30:00.000Z', 'closed'],
    ['2024-03-03T03:00:00.000Z', 'closed'],
    ['2028-01-03T03:00:00.000Z', 'closed'],
    ['2003-01-02T00:45:00.000Z', 'pre'],
  ])('say what the market of Taipei does at %s: %s', (instant, phase) => {
    expect(marketPhase(taiwan, instant)).toBe(phase);
  });

  it('follow from one phase to the next without a gap in New York', () => {
    const at = (time: string) => marketPhase(newYork, `2024-03-04T${time}.000Z`);
    expect(['09:00:00', '14:30:00', '21:00:00'].map(at)).toEqual(['pre', 'regular', 'post']);
    expect(marketPhase(newYork, '2024-03-05T00:59:59.999Z')).toBe('post');
    expect(marketPhase(newYork, '2024-03-05T01:00:00.000Z')).toBe('closed');
  });
});

describe('the progress of a session', () => {
  const session = taiwan.session('2024-03-04');

  it('goes from 0 at the open to 1 at the close', () => {
    const at = (time: string) => sessionProgress(session, `2024-03-04T${time}:00.000Z`);
    expect(['00:00', '01:00', '03:15', '05:30', '09:00'].map(at)).toEqual([0, 0, 0.5, 1, 1]);
    expect(() => sessionProgress(session, 'noon')).toThrow(CalendarInvalid);
  });

  it('makes volumes of sessions of different length comparable', () => {
    expect(hourlyVolume(taiwan, '2024-03-04', 4500)).toBe(1000);
    expect(hourlyVolume(newYork, '2024-03-04', 6500)).toBe(1000);
    expect(hourlyVolume(newYork, '2024-11-29', 3500)).toBe(1000);
    expect(regularSessionVolume(newYork, '2024-11-29', 3500)).toBe(6500);
    expect(regularSessionVolume(taiwan, '2024-03-04', 4500)).toBe(4500);
  });
});
