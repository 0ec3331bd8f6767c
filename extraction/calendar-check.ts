import type { DuckDBConnection } from '@duckdb/node-api';
import type { Market } from '../contracts/primitives.ts';
import { readCalendarInForce } from './calendar-in-force.ts';
import { queryRows } from './duckdb.ts';
import type { Finding } from './findings.ts';

/**
 * Warns where the calendar of a folder disagrees with that of its market. The folder's own calendar decides, since it says
 * what its past was; a disagreement still means that one of the two is wrong, and then sessions are counted wrongly.
 *
 * @param calendarDir folder of the user's changes of the market's calendar
 * @throws CalendarFileInvalid
 */
export async function checkCalendar(
  connection: DuckDBConnection,
  market: Market,
  calendarDir: string,
  limit: number,
): Promise<{ readonly findings: readonly Finding[]; readonly total: number }> {
  const { calendar } = await readCalendarInForce(calendarDir, market);
  const rows = await queryRows(
    connection,
    'SELECT CAST(session_date AS VARCHAR) FROM calendar ORDER BY session_date',
  );
  const dates = rows.map(([date]) => String(date));
  const first = dates[0] ?? '';
  const known = new Set(dates);
  const covered = (date: string): boolean =>
    date >= calendar.at(0).date && date <= calendar.at(calendar.length - 1).date;
  const messages = [
    ...dates
      .filter((date) => covered(date) && !calendar.has(date))
      .map((date) => `${date} is a session here and none of ${market}`),
    ...calendar
      .between(first, dates.at(-1) ?? '')
      .filter((date) => !known.has(date))
      .map((date) => `${date} is a session of ${market} and none here`),
  ];
  return {
    total: messages.length,
    findings: messages.slice(0, limit).map((message) => ({
      severity: 'warning',
      code: 'CALENDAR_DIFFERS',
      file: 'calendar',
      row: null,
      column: 'session_date',
      message,
    })),
  };
}
