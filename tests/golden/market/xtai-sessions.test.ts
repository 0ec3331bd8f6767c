import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { XTAI_OBSERVED } from '../../../market/sessions/xtai-corrections.ts';
import { shippedCalendar, shippedListing } from '../../../market/shipped-calendar.ts';

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

  it('has the sessions of its source on every day outside that range', () => {
    const listed = rows.filter((row) => row.traded === '' && row.inPackage === '1').map((row) => row.date);
    expect(calendar.dates.filter((d) => d < XTAI_OBSERVED.from || d > XTAI_OBSERVED.to)).toEqual(listed);
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
