import type { SessionCalendar } from './calendar.ts';
import { marketRules } from './rules.ts';
import { localTimeMs } from './zone.ts';

const MINUTE_MS = 60_000;
/** Sessions looked at: more than a month, so that early closes do not decide. */
const LOOKED_AT = 30;
const LAST_MINUTE_OF_A_DAY = 23 * 60 + 59;

/**
 * Minutes after local midnight at which the rows of a regular session are decided, and `delayMinutes` have passed since; never
 * past midnight. On a day that closes early this is later than it has to be.
 */
export function minuteAfterClose(calendar: SessionCalendar, delayMinutes: number): number {
  const { zone, decisionLagMinutes } = marketRules(calendar.market);
  let latest = 0;
  for (let index = Math.max(0, calendar.length - LOOKED_AT); index < calendar.length; index += 1) {
    const { date, closeInstant } = calendar.at(index);
    latest = Math.max(
      latest,
      (Date.parse(closeInstant) - localTimeMs(zone, date, '00:00')) / MINUTE_MS + decisionLagMinutes,
    );
  }
  return Math.min(LAST_MINUTE_OF_A_DAY, Math.round(latest) + delayMinutes);
}
