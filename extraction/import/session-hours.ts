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
 * Creates the table `hours` (session_date, weekday, open_ts, close_ts): a session for each date on which something
 * traded. The bars decide what was a session; the shipped calendar knows the early closes.
 */
export async function createHours(connection: DuckDBConnection, market: Market, bars: string): Promise<void> {
  const rows = await queryRows(connection, `SELECT DISTINCT CAST(date AS VARCHAR) FROM ${bars} ORDER BY 1`);
  const calendar = shippedCalendar(market);
  const { zone } = marketRules(market);
  const [opens, closes] = REGULAR_HOURS[market];
  const traded = rows.map(([cell]) => String(cell));
  const newest = traded.at(-1) ?? '';
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
     SELECT *, lag(close_ts) OVER (ORDER BY session_date) AS previous_close_ts
     FROM (VALUES ${values.join(', ')}) v (session_date, weekday, open_ts, close_ts)`,
  );
}
