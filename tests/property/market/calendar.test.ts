import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSettlementDay, settlementDate, settlementLag } from '../../../market/settlement.ts';
import { shippedCalendar } from '../../../market/shipped-calendar.ts';

const calendars = [shippedCalendar('XTAI'), shippedCalendar('XNYS')] as const;
const somewhere = fc.record({
  calendar: fc.constantFrom(...calendars),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  step: fc.integer({ min: -300, max: 300 }),
});
const someDate = fc
  .date({ min: new Date('2004-01-01'), max: new Date('2026-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

describe('session arithmetic', () => {
  it('comes back when it goes forth and back, and agrees with distance', () => {
    fc.assert(
      fc.property(somewhere, ({ calendar, at, step }) => {
        const start = calendar.at(300 + Math.floor(at * (calendar.length - 601))).date;
        const end = calendar.add(start, step);
        expect(calendar.add(end, -step)).toBe(start);
        expect(calendar.distance(start, end)).toBe(step);
        if (step >= 0) expect(calendar.between(start, end)).toHaveLength(step + 1);
      }),
    );
  });

  it('adds in any number of parts', () => {
    fc.assert(
      fc.property(somewhere, fc.integer({ min: -300, max: 300 }), ({ calendar, at, step }, more) => {
        const start = calendar.at(600 + Math.floor(at * (calendar.length - 1201))).date;
        expect(calendar.add(calendar.add(start, step), more)).toBe(calendar.add(start, step + more));
        expect(calendar.add(start, 0)).toBe(start);
      }),
    );
  });

  it('takes next and previous as inverses on sessions, and as add by one', () => {
    fc.assert(
      fc.property(somewhere, ({ calendar, at }) => {
        const session = calendar.at(1 + Math.floor(at * (calendar.length - 3))).date;
        expect(calendar.next(calendar.previous(session))).toBe(session);
        expect(calendar.previous(calendar.next(session))).toBe(session);
        expect(calendar.next(session)).toBe(calendar.add(session, 1));
        expect(calendar.previous(session)).toBe(calendar.add(session, -1));
      }),
    );
  });

  it('gives between two dates the sessions that lie there, both ends included', () => {
    fc.assert(
      fc.property(fc.constantFrom(...calendars), someDate, someDate, (calendar, from, to) => {
        expect(calendar.between(from, to)).toEqual(calendar.dates.filter((d) => from <= d && d <= to));
      }),
    );
  });

  it('settles no trade before an earlier one within one cycle, and none on its own day', () => {
    fc.assert(
      fc.property(somewhere, ({ calendar, at }) => {
        const session = calendar.at(Math.floor(at * (calendar.length - 20))).date;
        const later = calendar.next(session);
        const settled = settlementDate(calendar, session);
        expect(settled > session && isSettlementDay(calendar, settled)).toBe(true);
        if (settlementLag(calendar, session) === settlementLag(calendar, later)) {
          expect(settlementDate(calendar, later) >= settled).toBe(true);
        }
      }),
    );
  });

  it('has no session between a date and the next one, nor between a date and the previous one', () => {
    fc.assert(
      fc.property(fc.constantFrom(...calendars), someDate, (calendar, date) => {
        const next = calendar.next(date);
        const previous = calendar.previous(date);
        expect(next > date && previous < date).toBe(true);
        const around = calendar.between(previous, next);
        expect(around).toEqual(calendar.has(date) ? [previous, date, next] : [previous, next]);
      }),
    );
  });

  it('splits a range anywhere without losing or doubling a session', () => {
    fc.assert(
      fc.property(fc.constantFrom(...calendars), someDate, someDate, (calendar, a, b) => {
        const [from, to] = a <= b ? [a, b] : [b, a];
        const left = calendar.between(from, to);
        const right = calendar.between(to, '2027-01-31').slice(calendar.has(to) ? 1 : 0);
        expect([...left, ...right]).toEqual(calendar.between(from, '2027-01-31'));
      }),
    );
  });

  it('finds as last closed session the newest whose close is not later than the instant', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...calendars),
        fc.date({ min: new Date('2004-01-05'), max: new Date('2026-12-31'), noInvalidDate: true }),
        (calendar, date) => {
          const instant = date.toISOString();
          const linear = calendar.dates.filter((d) => calendar.session(d).closeInstant <= instant).at(-1);
          expect(calendar.lastClosedSession(instant)).toBe(linear);
        },
      ),
      { numRuns: 40 },
    );
  });
});
