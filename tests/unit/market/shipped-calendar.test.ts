import { describe, expect, it } from 'vitest';
import { CalendarInvalid } from '../../../market/errors.ts';
import { shippedCalendar } from '../../../market/shipped-calendar.ts';
import { localDate, localTimeMs, utcOffsetMinutes } from '../../../market/zone.ts';

describe('the shipped New York calendar', () => {
  const calendar = shippedCalendar('XNYS');

  it.each([
    ['1994-04-27', 'funeral of President Nixon'],
    ['2001-09-11', 'attacks'],
    ['2001-09-14', 'attacks'],
    ['2007-01-02', 'funeral of President Ford'],
    ['2012-10-29', 'hurricane Sandy'],
    ['2012-10-30', 'hurricane Sandy'],
    ['2018-12-05', 'funeral of President Bush'],
    ['2025-01-09', 'funeral of President Carter'],
    ['2022-06-20', 'Juneteenth observed'],
    ['2021-04-02', 'Good Friday'],
    ['2026-07-03', 'Independence Day observed'],
  ])('is closed on %s (%s)', (date) => {
    expect(calendar.has(date)).toBe(false);
  });

  it('trades on the Fridays before a New Year on a Saturday', () => {
    expect(calendar.has('2010-12-31')).toBe(true);
    expect(calendar.has('2021-12-31')).toBe(true);
  });

  it('closes at 13:00 after Thanksgiving and on Christmas Eve', () => {
    expect(calendar.session('2024-11-29').closeInstant).toBe('2024-11-29T18:00:00.000Z');
    expect(calendar.session('2024-12-24').closeInstant).toBe('2024-12-24T18:00:00.000Z');
    expect(calendar.session('2024-07-03').closeInstant).toBe('2024-07-03T17:00:00.000Z');
  });

  it('has about 252 sessions a year and none at a weekend', () => {
    expect(calendar.between('2000-01-01', '2024-12-31').length / 25).toBeCloseTo(251.6, 0);
    expect(calendar.dates.filter((d) => [0, 6].includes(new Date(`${d}T00:00:00Z`).getUTCDay()))).toEqual([]);
  });

  it('follows daylight saving time exactly as the zone database does', () => {
    const local = new Intl.DateTimeFormat('en-US', {
      timeZone: 'America/New_York',
      hourCycle: 'h23',
      hour: '2-digit',
      minute: '2-digit',
    });
    const opens = new Set(calendar.dates.map((d) => local.format(new Date(calendar.session(d).openInstant))));
    expect([...opens]).toEqual(['09:30']);
  });
});

describe('changes by the user', () => {
  const change = (date: string, kind: 'closed' | 'session', reason = 'typhoon') =>
    ({ date, kind, closes: null, reason }) as const;

  it('close a day for a typhoon and open a make-up day without a release', () => {
    const calendar = shippedCalendar('XTAI', [
      change('2026-11-02', 'closed'),
      change('2026-11-07', 'session'),
    ]);
    expect(calendar.has('2026-11-02')).toBe(false);
    expect(calendar.next('2026-10-30')).toBe('2026-11-03');
    expect(calendar.next('2026-11-06')).toBe('2026-11-07');
    expect(shippedCalendar('XTAI').has('2026-11-02')).toBe(true);
  });

  it('win over the shipped corrections', () => {
    const calendar = shippedCalendar('XTAI', [
      change('2011-05-02', 'session'),
      change('2018-12-22', 'closed'),
    ]);
    expect(calendar.has('2011-05-02')).toBe(true);
    expect(calendar.has('2018-12-22')).toBe(false);
  });

  it('are refused outside the calendar', () => {
    expect(() => shippedCalendar('XTAI', [change('2031-01-02', 'closed')])).toThrow(CalendarInvalid);
  });
});

describe('offsets of the market zones', () => {
  it('change on the Sundays that the law names', () => {
    expect(utcOffsetMinutes('America/New_York', '2006-04-01')).toBe(-300);
    expect(utcOffsetMinutes('America/New_York', '2006-04-02')).toBe(-240);
    expect(utcOffsetMinutes('America/New_York', '2006-10-28')).toBe(-240);
    expect(utcOffsetMinutes('America/New_York', '2006-10-29')).toBe(-300);
    expect(utcOffsetMinutes('America/New_York', '2024-03-09')).toBe(-300);
    expect(utcOffsetMinutes('America/New_York', '2024-03-10')).toBe(-240);
    expect(utcOffsetMinutes('America/New_York', '2024-11-03')).toBe(-300);
  });

  it('turn instants into local dates and back', () => {
    expect(localDate('Asia/Taipei', Date.parse('2024-05-01T16:00:00.000Z'))).toBe('2024-05-02');
    expect(localDate('America/New_York', Date.parse('2024-05-02T03:59:59.000Z'))).toBe('2024-05-01');
    expect(new Date(localTimeMs('America/New_York', '2024-05-01', '16:00')).toISOString()).toBe(
      '2024-05-01T20:00:00.000Z',
    );
  });
});
