import type { ActivityLog } from '../activities/edge.ts';
import { notificationEvent } from '../contracts/notification.ts';
import { MARKET_ZONE } from '../market/zone.ts';
import type { Registry } from '../registry/registry.ts';
import { lookRegularly, type Watch } from './look-regularly.ts';

/** A report of a month may come an hour into the next one. */
const LOOK_EVERY_MS = 3_600_000;
/** More than a month has sessions. */
const SESSIONS_LOOKED_AT = 80;

/**
 * Tells people once that a calendar month of a model is over, in the time of its market. The dedupe key holds model and
 * month, so that whoever looks and however often, it is one message. A month without a session and without a swap has no
 * report.
 */
export function watchMonths(
  registry: Registry,
  log: ActivityLog,
  now: () => Date,
  everyMs = LOOK_EVERY_MS,
): Watch {
  const told = new Set<string>();
  const watch = lookRegularly(
    everyMs,
    () => tellEndedMonths(registry, now(), told),
    log,
    'ended months could not be told',
  );
  watch.turn();
  return watch;
}

/** @param told model and month of what was looked at before, added to */
export async function tellEndedMonths(registry: Registry, now: Date, told: Set<string>): Promise<void> {
  const models = await registry.overview({ scope: { all: true, models: [], markets: [] } });
  for (const { model, market } of models) {
    const timeZone = MARKET_ZONE[market];
    const month = monthBefore(now, timeZone);
    const key = `${model} ${month}`;
    if (told.has(key)) continue;
    const sessions = (await registry.championSessions({ model, last: SESSIONS_LOOKED_AT })).filter(
      ({ session }) => session.startsWith(month),
    ).length;
    const reigns = (await registry.reigns({ model })).filter(
      ({ businessAt }) => monthOf(new Date(businessAt), timeZone) === month,
    ).length;
    if (sessions > 0 || reigns > 0) {
      await registry.enqueueNotification({
        event: notificationEvent({
          ...{ kind: 'month-ended', severity: 'INFO', model, month, sessions, reigns },
          ...{ retrain: null, run: null, asOf: null, session: null, temporalUrl: null },
          occurredAt: now.toISOString(),
          correlationId: `month:${model}:${month}`,
          reportCommand: `npm run contender -- report monthly ${model} --month ${month} --out ${model}-${month}.pdf`,
        }),
      });
    }
    told.add(key);
  }
}

const monthOf = (at: Date, timeZone: string): string =>
  at.toLocaleDateString('sv-SE', { timeZone }).slice(0, 7);

/** `YYYY-MM` of the calendar month before the one that it is in a zone. */
function monthBefore(now: Date, timeZone: string): string {
  const [year = 0, month = 0] = monthOf(now, timeZone).split('-').map(Number);
  return month === 1 ? `${String(year - 1)}-12` : `${String(year)}-${String(month - 1).padStart(2, '0')}`;
}
