import type { Market } from '../contracts/primitives.ts';

/**
 * Offsets from UTC as rules of law, not from the machine's zone database: the same calendar has the same instants, and
 * the same hash, on every machine and with every version of that database.
 */
export type Zone = 'Asia/Taipei' | 'America/New_York';

export const MARKET_ZONE: Readonly<Record<Market, Zone>> = { XTAI: 'Asia/Taipei', XNYS: 'America/New_York' };

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

const isoDate = (year: number, month: number, day: number): string =>
  new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, 10);

/** Day of the week of a date, 0 = Sunday. */
export const weekdayOf = (date: string): number => new Date(`${date}T00:00:00.000Z`).getUTCDay();

/** Whether a text is a date of the calendar, YYYY-MM-DD. */
export const isDate = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/u.test(text) &&
  !Number.isNaN(Date.parse(`${text}T00:00:00.000Z`)) &&
  new Date(`${text}T00:00:00.000Z`).toISOString().startsWith(text);

/** Days from one date to another; negative when the other is earlier. */
export const daysBetween = (from: string, to: string): number =>
  Math.round((Date.parse(`${to}T00:00:00.000Z`) - Date.parse(`${from}T00:00:00.000Z`)) / DAY_MS);

/** The day after. */
export const dayAfter = (date: string): string =>
  new Date(Date.parse(`${date}T00:00:00.000Z`) + DAY_MS).toISOString().slice(0, 10);

/** The nth Monday of a month. */
export function nthMonday(year: number, month: number, nth: number): string {
  const first = new Date(Date.UTC(year, month - 1, 1)).getUTCDay();
  return isoDate(year, month, 1 + ((8 - first) % 7) + 7 * (nth - 1));
}

/** The nth Sunday of a month; n = -1 is the last. */
function sunday(year: number, month: number, nth: number): string {
  if (nth > 0) {
    const first = new Date(Date.UTC(year, month - 1, 1)).getUTCDay();
    return isoDate(year, month, 1 + ((7 - first) % 7) + 7 * (nth - 1));
  }
  const last = new Date(Date.UTC(year, month, 0));
  return isoDate(year, month, last.getUTCDate() - last.getUTCDay());
}

/**
 * US daylight saving: Uniform Time Act as amended in 1986 (first Sunday of April to last Sunday of October) and by the
 * Energy Policy Act of 2005 from 2007 on (second Sunday of March to first Sunday of November). The change happens at
 * 02:00, long before any session, so the date decides.
 */
function newYorkOffsetMinutes(date: string): number {
  const year = Number(date.slice(0, 4));
  let summer = newYorkSummers.get(year);
  if (summer === undefined) {
    summer =
      year >= 2007
        ? { begins: sunday(year, 3, 2), ends: sunday(year, 11, 1) }
        : { begins: sunday(year, 4, 1), ends: sunday(year, 10, -1) };
    newYorkSummers.set(year, summer);
  }
  return date >= summer.begins && date < summer.ends ? -240 : -300;
}
const newYorkSummers = new Map<number, { readonly begins: string; readonly ends: string }>();

/** Minutes that local clocks are ahead of UTC during the sessions of `date`; valid from 1987 on. */
export const utcOffsetMinutes = (zone: Zone, date: string): number =>
  zone === 'Asia/Taipei' ? 480 : newYorkOffsetMinutes(date);

/** UTC instant (epoch milliseconds) of a local time `HH:MM` on a date. */
export const localTimeMs = (zone: Zone, date: string, time: string): number =>
  Date.parse(`${date}T${time}:00.000Z`) - utcOffsetMinutes(zone, date) * MINUTE_MS;

/** Date of the market's wall calendar at an instant. */
export function localDate(zone: Zone, instantMs: number): string {
  const utcDate = new Date(instantMs).toISOString().slice(0, 10);
  return new Date(instantMs + utcOffsetMinutes(zone, utcDate) * MINUTE_MS).toISOString().slice(0, 10);
}
