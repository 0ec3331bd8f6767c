import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { XTAI_OBSERVED } from '../../../market/sessions/xtai-corrections.ts';
import { shippedCalendar, shippedListing } from '../../../market/shipped-calendar.ts';
import { dayAfter } from '../../../market/zone.ts';

/** One row per candidate day: date, weekday, in_exchange_calendars, traded_in_data (empty = not observed), kind, hours. */
const rows = readFileSync(new URL('../data/market/xtai-sessions-2003-2027.csv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => {
    const [date = '', , inPackage = '', traded = '', kind = '', open = '', close = ''] = line.split(',');
    return { date, inPackage, traded, kind, open, close };
  });
const calendar = shippedCalendar('XTAI');

describe('the shipped Taiwan calendar', () => {
  it('has exactly the days on which anything traded while trades were observed', () => {
    const traded = rows.filter((row) => row.traded === '1').map((row) => row.date);
    expect(traded).toHaveLength(4178);
    expect(calendar.between(XTAI_OBSERVED.from, XTAI_OBSERVED.to)).toEqual(traded);
  });

  it('has the sessions of its source on every day outside that range, less the closures that were announced', () => {
    const outside = (date: string) => date < XTAI_OBSERVED.from || date > XTAI_OBSERVED.to;
    const announced = shippedListing('XTAI').corrections.filter(({ date }) => outside(date));
    expect(announced.map(({ date, kind }) => `${date} ${kind}`)).toEqual([
      '2023-01-18 closed',
      '2024-10-31 closed',
    ]);
    const closed = new Set(announced.map(({ date }) => date));
    const listed = rows.filter((row) => row.traded === '' && row.inPackage === '1').map((row) => row.date);
    expect(calendar.dates.filter(outside)).toEqual(listed.filter((date) => !closed.has(date)));
  });

  it('agrees with what was observed on every single day, weekends and closures too', () => {
    const traded = new Map(rows.map((row) => [row.date, row.traded === '1']));
    let days = 0;
    for (let date: string = XTAI_OBSERVED.from; date <= XTAI_OBSERVED.to; date = dayAfter(date)) {
      expect(calendar.has(date), date).toBe(traded.get(date) ?? false);
      days += 1;
    }
    expect(days).toBe(6169);
  });

  it('gives a reason for every correction of its source', () => {
    const { corrections } = shippedListing('XTAI');
    expect(corrections).toHaveLength(29);
    expect(corrections.filter(({ reason }) => reason.length < 10)).toEqual([]);
  });

  it('has all make-up Saturdays and no other weekend session', () => {
    const saturdays = rows.filter((row) => row.kind === 'make_up_saturday').map((row) => row.date);
    expect(saturdays).toHaveLength(23);
    const weekend = calendar.dates.filter((d) => [0, 6].includes(new Date(`${d}T00:00:00Z`).getUTCDay()));
    expect(weekend).toEqual(saturdays);
  });

  it('opens and closes at the listed hours of Taipei', () => {
    for (const row of rows.filter((r) => calendar.has(r.date))) {
      const { openInstant, closeInstant } = calendar.session(row.date);
      expect(openInstant).toBe(new Date(`${row.date}T${row.open}:00+08:00`).toISOString());
      expect(closeInstant).toBe(new Date(`${row.date}T${row.close}:00+08:00`).toISOString());
    }
  });

  it('says where it comes from and when it was last looked at', () => {
    const { source, reviewedOn } = shippedListing('XTAI');
    expect(source).toMatch(/^exchange_calendars \d/u);
    expect(reviewedOn).toMatch(/^\d{4}-\d{2}-\d{2}$/u);
  });
});
