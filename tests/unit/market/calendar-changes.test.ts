import { describe, expect, it } from 'vitest';
import {
  calendarInForce,
  REVIEW_NOTICE_DAYS,
  reviewNotice,
  unchangedCalendar,
} from '../../../market/calendar-changes.ts';
import { CalendarFileInvalid } from '../../../market/errors.ts';
import { shippedCalendar } from '../../../market/shipped-calendar.ts';

const HEADER = 'date,kind,closes,reason\n';
const read = (rows: string) => calendarInForce('XTAI', HEADER + rows, 'XTAI.csv');

describe('a file of calendar changes', () => {
  it('closes a day, adds a session and moves a close, each with its reason', () => {
    const { calendar, changes } = read(
      [
        '# after the release',
        '2026-12-01,closed,,typhoon, announced on the eve',
        '2026-12-05,session,,"make-up Saturday"',
        '2026-12-24, early-close ,12:00,half a day',
      ].join('\r\n'),
    );
    expect(calendar.between('2026-11-30', '2026-12-05')).toEqual([
      '2026-11-30',
      '2026-12-02',
      '2026-12-03',
      '2026-12-04',
      '2026-12-05',
    ]);
    expect(calendar.session('2026-12-24').closeInstant).toBe('2026-12-24T04:00:00.000Z');
    expect(changes.map(({ reason }) => reason)).toEqual([
      'typhoon, announced on the eve',
      'make-up Saturday',
      'half a day',
    ]);
    expect(shippedCalendar('XTAI').has('2026-12-01')).toBe(true);
  });

  it('with nothing but its header changes nothing', () => {
    expect(read('').calendar.canonical()).toEqual(shippedCalendar('XTAI').canonical());
    expect(read('').changes).toEqual([]);
  });

  it('may list a closure that a later release ships as well', () => {
    expect(read('2024-10-31,closed,,typhoon').calendar.canonical()).toEqual(
      shippedCalendar('XTAI').canonical(),
    );
  });

  it('says how far the schedule of the exchange has been compared', () => {
    expect(read('2027-12-31,reviewed-through,,schedule of 2027 compared').reviewedThrough).toBe('2027-12-31');
    expect(read('').reviewedThrough).toBe('2026-12-31');
  });

  it.each([
    [2, '2026-02-30,closed,,typhoon', 'is not a date'],
    [2, '30.11.2026,closed,,typhoon', 'is not a date'],
    [2, '2031-01-02,closed,,typhoon', 'outside the shipped XTAI calendar'],
    [2, '2026-12-01,holiday,,typhoon', '"holiday" is not one of'],
    [2, '2026-12-01,closed,,', 'the reason is missing'],
    [2, '2026-12-01,closed,12:00,typhoon', 'has no closing time'],
    [2, '2026-12-01,early-close,,half a day', 'HH:MM'],
    [2, '2026-12-01,early-close,13:30,half a day', 'before 13:30'],
    [2, '2026-12-01,early-close,25:00,half a day', 'HH:MM'],
    [3, '2026-12-01,closed,,typhoon\n2026-12-01,session,,no typhoon', 'stands twice'],
    [3, '2026-12-31,reviewed-through,,a\n2027-12-31,reviewed-through,,b', 'stands twice'],
    [2, '2026-12-01;closed;;typhoon', 'four columns'],
  ])('is refused in row %d: %s', (row, rows, message) => {
    expect(() => read(rows)).toThrow(CalendarFileInvalid);
    expect(() => read(rows)).toThrow(`XTAI.csv, row ${String(row)}: `);
    expect(() => read(rows)).toThrow(message);
  });

  it('is refused without its header, and when it is empty', () => {
    expect(() => calendarInForce('XTAI', '2026-12-01,closed,,typhoon', 'XTAI.csv')).toThrow(
      'XTAI.csv, row 1: the header',
    );
    expect(() => calendarInForce('XTAI', '', 'XTAI.csv')).toThrow('XTAI.csv, row 1: the header');
  });
});

describe('the notice before the last reviewed day', () => {
  const inForce = unchangedCalendar('XTAI');

  it('is silent while there is time', () => {
    expect(reviewNotice(inForce, '2026-11-30')).toBe('');
    expect(REVIEW_NOTICE_DAYS).toBe(30);
  });

  it('names market, day and how far away it is, also when it has passed', () => {
    expect(reviewNotice(inForce, '2026-12-01')).toBe(
      'the XTAI calendar is reviewed through 2026-12-31, in 30 days; later sessions are a projection',
    );
    expect(reviewNotice(inForce, '2027-01-02')).toContain('2 days ago');
  });
});
