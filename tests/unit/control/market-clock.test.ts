import { describe, expect, it } from 'vitest';
import { marketClockAt } from '../../../control/market-clock.ts';
import { shippedCalendar } from '../../../market/shipped-calendar.ts';

const hoursAt = (instant: string) =>
  marketClockAt(
    { calendar: shippedCalendar('XTAI'), reviewedThrough: '2026-12-31' },
    new Date(`${instant}+08:00`),
  ).swap;
const taipei = (local: string) => new Date(`${local}+08:00`).toISOString();

describe('the window for swaps', () => {
  it('is shut while a session runs and until it has been decided, and opens then', () => {
    // 2024-03-13 is a Wednesday; Taiwan trades from 9:00 to 13:30 and decides an hour later.
    const opens = {
      ...{ opensAt: taipei('2024-03-13T14:30:00'), closesAt: taipei('2024-03-14T09:00:00') },
      firstSession: '2024-03-14',
    };
    expect(hoursAt('2024-03-13T10:00:00')).toEqual(opens);
    expect(hoursAt('2024-03-13T14:00:00')).toEqual(opens);
  });

  it('is open in the evening, before the market opens, and over a week-end, until the next session', () => {
    const until = (local: string) => ({
      ...{ opensAt: null, closesAt: taipei(local) },
      firstSession: local.slice(0, 10),
    });
    expect(hoursAt('2024-03-13T20:00:00')).toEqual(until('2024-03-14T09:00:00'));
    expect(hoursAt('2024-03-14T08:59:00')).toEqual(until('2024-03-14T09:00:00'));
    expect(hoursAt('2024-03-16T12:00:00')).toEqual(until('2024-03-18T09:00:00'));
  });

  it('does not close after the last session of the calendar', () => {
    const calendar = shippedCalendar('XTAI');
    const last = calendar.dates.at(-1) ?? '';
    const after = new Date(Date.parse(calendar.session(last).closeInstant) + 7 * 86_400_000);
    const clock = marketClockAt({ calendar, reviewedThrough: last }, after);
    expect(clock.swap).toEqual({ opensAt: null, closesAt: null, firstSession: null });
  });
});
