import { describe, expect, it } from 'vitest';
import { SessionCalendar } from '../../../market/calendar.ts';
import { CalendarExhausted, CalendarInvalid, NotASession } from '../../../market/errors.ts';
import { shippedCalendar } from '../../../market/shipped-calendar.ts';

const day = (date: string) => ({
  date,
  openInstant: `${date}T01:00:00.000Z`,
  closeInstant: `${date}T05:30:00.000Z`,
});
const week = new SessionCalendar('XTAI', ['2024-01-02', '2024-01-03', '2024-01-06', '2024-01-08'].map(day));

describe('a session calendar', () => {
  it('counts in sessions, not in weekdays', () => {
    const taiwan = shippedCalendar('XTAI');
    expect(taiwan.add('2018-12-21', 1)).toBe('2018-12-22');
    expect(taiwan.add('2018-12-21', 2)).toBe('2018-12-24');
    expect(taiwan.distance('2018-12-21', '2018-12-24')).toBe(2);
  });

  it('finds neighbours of days that are no sessions', () => {
    expect(week.next('2024-01-04')).toBe('2024-01-06');
    expect(week.previous('2024-01-04')).toBe('2024-01-03');
    expect(week.next('2024-01-03')).toBe('2024-01-06');
    expect(week.previous('2024-01-03')).toBe('2024-01-02');
  });

  it('includes both ends of a range and gives nothing for a reversed one', () => {
    expect(week.between('2024-01-03', '2024-01-06')).toEqual(['2024-01-03', '2024-01-06']);
    expect(week.between('2024-01-04', '2024-01-05')).toEqual([]);
    expect(week.between('2024-01-08', '2024-01-02')).toEqual([]);
    expect(week.between('2020-01-01', '2030-01-01')).toHaveLength(4);
  });

  it('counts a session as closed from the very instant of its close', () => {
    expect(week.lastClosedSession('2024-01-03T05:29:59.999Z')).toBe('2024-01-02');
    expect(week.lastClosedSession('2024-01-03T05:30:00.000Z')).toBe('2024-01-03');
    expect(week.lastClosedSession('2024-01-02T05:29:59.999Z')).toBeNull();
    expect(week.sessionsUpTo('2024-01-06T05:30:00.000Z')).toHaveLength(3);
  });

  it('knows the session that is open', () => {
    expect(week.openSession('2024-01-06T01:00:00.000Z')?.date).toBe('2024-01-06');
    expect(week.openSession('2024-01-06T00:59:59.999Z')).toBeNull();
    expect(week.openSession('2024-01-06T05:30:00.000Z')).toBeNull();
    expect(week.openSession('2030-01-01T00:00:00.000Z')).toBeNull();
  });

  it('never guesses beyond its ends', () => {
    expect(() => week.next('2024-01-08')).toThrow(CalendarExhausted);
    expect(() => week.previous('2024-01-02')).toThrow(CalendarExhausted);
    expect(() => week.add('2024-01-02', -1)).toThrow(CalendarExhausted);
    expect(() => week.indexOf('2024-01-04')).toThrow(NotASession);
  });

  it('refuses sessions that are unsorted, doubled, empty or closed before they open', () => {
    expect(() => new SessionCalendar('XTAI', [])).toThrow(CalendarInvalid);
    expect(() => new SessionCalendar('XTAI', [day('2024-01-03'), day('2024-01-02')])).toThrow(/follows/u);
    expect(() => new SessionCalendar('XTAI', [day('2024-01-03'), day('2024-01-03')])).toThrow(/follows/u);
    expect(() => new SessionCalendar('XTAI', [day('3 January')])).toThrow(CalendarInvalid);
    const backwards = { ...day('2024-01-03'), openInstant: '2024-01-03T09:00:00.000Z' };
    expect(() => new SessionCalendar('XTAI', [backwards])).toThrow(/close after it opens/u);
    const late = { ...day('2024-01-02'), closeInstant: '2024-01-05T05:30:00.000Z' };
    expect(() => new SessionCalendar('XTAI', [late, day('2024-01-03')])).toThrow(/session ahead/u);
    expect(() => week.lastClosedSession('yesterday')).toThrow(CalendarInvalid);
  });

  it('lists itself for a hash: dates and hours in order', () => {
    expect(week.canonical().sessions[0]).toEqual([
      '2024-01-02',
      '2024-01-02T01:00:00.000Z',
      '2024-01-02T05:30:00.000Z',
    ]);
    expect(week.canonical().sessions).toHaveLength(4);
  });
});
