import { describe, expect, it } from 'vitest';
import { CalendarExhausted, NotASession } from '../../../market/errors.ts';
import { isSettlementDay, settlementDate, settlementLag } from '../../../market/settlement.ts';
import { shippedCalendar } from '../../../market/shipped-calendar.ts';

const taiwan = shippedCalendar('XTAI');
const newYork = shippedCalendar('XNYS');

describe('settlement in Taiwan', () => {
  it('is two settlement days later', () => {
    expect(settlementDate(taiwan, '2024-03-04')).toBe('2024-03-06');
    expect(settlementDate(taiwan, '2024-03-07')).toBe('2024-03-11');
  });

  it('goes on for the two days before the Lunar New Year on which nothing trades', () => {
    expect(taiwan.has('2019-01-31')).toBe(false);
    expect(isSettlementDay(taiwan, '2019-01-31')).toBe(true);
    expect(settlementDate(taiwan, '2019-01-30')).toBe('2019-02-01');
    expect(settlementDate(taiwan, '2019-01-29')).toBe('2019-01-31');
  });

  it('counts a make-up Saturday and skips a typhoon', () => {
    expect(settlementDate(taiwan, '2018-12-20')).toBe('2018-12-22');
    expect(settlementDate(taiwan, '2024-10-30')).toBe('2024-11-04');
  });
});

describe('settlement in New York', () => {
  it.each([
    ['1995-06-06', 5],
    ['1995-06-07', 3],
    ['2017-09-01', 3],
    ['2017-09-05', 2],
    ['2024-05-24', 2],
    ['2024-05-28', 1],
  ])('of a trade on %s takes %d days', (date, lag) => {
    expect(settlementLag(newYork, date)).toBe(lag);
  });

  it('brings the last trades of the old cycle and the first of the new one to the same day', () => {
    expect(settlementDate(newYork, '2024-05-24')).toBe('2024-05-29');
    expect(settlementDate(newYork, '2024-05-28')).toBe('2024-05-29');
    expect(settlementDate(newYork, '2017-09-01')).toBe('2017-09-07');
    expect(settlementDate(newYork, '2017-09-05')).toBe('2017-09-07');
  });

  it('skips Columbus and Veterans Day, on which shares trade and banks are closed', () => {
    expect(newYork.has('2024-10-14')).toBe(true);
    expect(settlementDate(newYork, '2024-10-11')).toBe('2024-10-15');
    expect(settlementDate(newYork, '2024-10-14')).toBe('2024-10-15');
    expect(settlementDate(newYork, '2024-11-08')).toBe('2024-11-12');
    // On a Sunday it is kept on Monday.
    expect(isSettlementDay(newYork, '2018-11-12')).toBe(false);
    expect(isSettlementDay(newYork, '2019-11-12')).toBe(true);
  });
});

describe('what cannot be settled', () => {
  it('is refused: a day without trading, and a trade at the end of the calendar', () => {
    expect(() => settlementDate(taiwan, '2024-03-02')).toThrow(NotASession);
    expect(() => settlementDate(taiwan, '2027-12-30')).toThrow(CalendarExhausted);
  });
});
