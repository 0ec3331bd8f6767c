import type { DuckDBConnection } from '@duckdb/node-api';
import type { Market } from '../../contracts/primitives.ts';
import { marketRules } from '../../market/rules.ts';
import { shippedCalendar } from '../../market/shipped-calendar.ts';
import { localTimeMs, weekdayOf } from '../../market/zone.ts';
import { queryRows, quoted } from '../duckdb.ts';

const REGULAR_HOURS: Readonly<Record<Market, readonly [opens: string, closes: string]>> = {
  XTAI: ['09:00', '13:30'],
  XNYS: ['09:30', '16:00'],
};
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** Sessions of the shipped calendar added after the last bar: a calendar is known ahead. */
const SESSIONS_AHEAD = 60;

/**
 * Creates the table `hours` (idx, session_date, weekday, open_ts, close_ts, previous_close_ts), sessions ahead included.
 * `bars`: a session for each date on which something traded; the shipped calendar knows the early closes. `shipped`: the
 * sessions of the calendar from the first bar on, so that a bar on another day is a bar without a session.
 */
export async function createHours(
  connection: DuckDBConnection,
  market: Market,
  bars: string,
  rule: 'bars' | 'shipped',
): Promise<void> {
  const rows = await queryRows(connection, `SELECT DISTINCT CAST(date AS VARCHAR) FROM ${bars} ORDER BY 1`);
  const calendar = shippedCalendar(market);
  const { zone } = marketRules(market);
  const [opens, closes] = REGULAR_HOURS[market];
  const days = rows.map(([cell]) => String(cell));
  const oldest = days[0] ?? '';
  const newest = days.at(-1) ?? '';
  const listed = calendar.dates.filter((date) => date >= oldest && date <= newest);
  const traded = rule === 'bars' ? days : listed;
  const ahead = calendar.dates.filter((date) => date > newest).slice(0, SESSIONS_AHEAD);
  const values = [...traded, ...ahead].map((date) => {
    const known = calendar.has(date) ? calendar.session(date) : null;
    const open = known?.openInstant ?? new Date(localTimeMs(zone, date, opens)).toISOString();
    const close = known?.closeInstant ?? new Date(localTimeMs(zone, date, closes)).toISOString();
    const weekday = WEEKDAYS[weekdayOf(date)] ?? '';
    return `(DATE ${quoted(date)}, ${quoted(weekday)}, TIMESTAMPTZ ${quoted(open)}, TIMESTAMPTZ ${quoted(close)})`;
  });
  await connection.run(
    `CREATE OR REPLACE TABLE hours AS
     SELECT *, CAST(row_number() OVER (ORDER BY session_date) - 1 AS INTEGER) AS idx,
       lag(close_ts) OVER (ORDER BY session_date) AS previous_close_ts
     FROM (VALUES ${values.join(', ')}) v (session_date, weekday, open_ts, close_ts)`,
  );
}
