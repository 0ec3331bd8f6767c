import type { ScheduleFacts } from '../control/schedules.ts';
import { table } from './output.ts';

/** A retrain leaves a record unless it was refused; drills and scores may have nothing to do. */
const NOTHING_RECORDED: Readonly<Record<ScheduleFacts['kind'], string>> = {
  retrain: 'nothing on record: another retrain was open, or nobody took it yet',
  drill: 'nothing on record',
  scoring: 'nothing on record',
};

/** What happens by itself, a line each; times by the clock of the market. */
export function schedulesText(views: readonly ScheduleFacts[]): string {
  if (views.length === 0) {
    return 'No schedules. A spec gives a model its schedules when it is applied: npm run contender -- apply -f FILE';
  }
  return table(
    ['model', 'what', 'next', 'last run', 'outcome', 'state', 'set by'],
    views.map(({ model, kind, next, last, zone, paused, note, field, cron }) => [
      ...[model, kind, paused ? '-' : atMarket(next[0], zone), atMarket(last?.at, zone)],
      last === null ? '-' : outcomeText(kind, last),
      paused ? `PAUSED ${note}`.trim() : 'active',
      `${field}: ${cron} (${zone})`,
    ]),
  );
}

function outcomeText(
  kind: ScheduleFacts['kind'],
  { outcome, reason, reference }: NonNullable<ScheduleFacts['last']>,
): string {
  if (outcome === 'nothing') return NOTHING_RECORDED[kind];
  const named = reference === '' ? outcome : `${outcome} (${reference})`;
  return reason === '' ? named : `${named}: ${reason.length <= 90 ? reason : `${reason.slice(0, 87)}...`}`;
}

/** To the minute: `2026-11-28 06:00`. */
function atMarket(iso: string | undefined, timeZone: string): string {
  return iso === undefined ? '-' : new Date(iso).toLocaleString('sv-SE', { timeZone }).slice(0, 16);
}
