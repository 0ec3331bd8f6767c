import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Market } from '../contracts/primitives.ts';
import { type CalendarInForce, calendarInForce, unchangedCalendar } from '../market/calendar-changes.ts';
import { CalendarFileInvalid } from '../market/errors.ts';

/** A user's changes of the calendar of a market: `<folder>/<market>.csv`. */
export const calendarFile = (folder: string, market: Market): string => join(folder, `${market}.csv`);

/**
 * The shipped calendar of a market with the user's changes, read anew at each call: a closure written this morning holds
 * from the next question on, without a restart. Without a file nothing is changed.
 *
 * @throws CalendarFileInvalid naming file and row; also when the file is there and cannot be read
 */
export async function readCalendarInForce(folder: string, market: Market): Promise<CalendarInForce> {
  const file = calendarFile(folder, market);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')
      return unchangedCalendar(market);
    throw new CalendarFileInvalid(`${file} cannot be read`, { cause, details: { file } });
  }
  return calendarInForce(market, text, file);
}
