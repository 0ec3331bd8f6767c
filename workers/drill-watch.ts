import type { ActivityLog } from '../activities/edge.ts';
import { overdueAlert } from '../registry/drill-alert.ts';
import type { Registry } from '../registry/registry.ts';
import { lookRegularly, type Watch } from './look-regularly.ts';

/** What is counted in days is noticed within the hour. */
const LOOK_EVERY_MS = 3_600_000;

/**
 * Alerts while the way back of a model was not rehearsed with success for longer than its spec allows; the drill that passes
 * ends the alert itself. Whoever looks and however often, it is one report a day.
 */
export function watchDrills(
  registry: Registry,
  log: ActivityLog,
  now: () => Date,
  everyMs = LOOK_EVERY_MS,
): Watch {
  const watch = lookRegularly(
    everyMs,
    () => tellOverdueDrills(registry, now()),
    log,
    'the age of drills could not be looked at',
  );
  watch.turn();
  return watch;
}

export async function tellOverdueDrills(
  registry: Pick<Registry, 'drillStandings' | 'raiseAlert'>,
  now: Date,
): Promise<void> {
  for (const { wayBackSince, overdue, ...standing } of await registry.drillStandings()) {
    if (wayBackSince === null || !overdue) continue;
    await registry.raiseAlert(overdueAlert({ ...standing, wayBackSince }, now.toISOString()));
  }
}
