import { canonicalJson } from '../contracts/canonical.ts';
import type { SessionCalendar } from '../market/calendar.ts';
import type { ArtifactStore } from '../registry/artifacts/artifact-store.ts';

/**
 * Keeps a calendar by its content: the hash that a run records leads back to every session with its hours, whatever has
 * become of the files it was made from. A calendar is stored once per process; storing it again changes nothing.
 */
export function calendarPins(artifacts: ArtifactStore): (calendar: SessionCalendar) => Promise<string> {
  const pinned = new WeakMap<SessionCalendar, Promise<string>>();
  return (calendar) => {
    const known = pinned.get(calendar);
    if (known !== undefined) return known;
    const stored = artifacts
      .put(Buffer.from(canonicalJson(calendar.canonical())), 'application/json')
      .then(({ sha256 }) => sha256);
    // A store that was away is asked again.
    stored.catch(() => pinned.delete(calendar));
    pinned.set(calendar, stored);
    return stored;
  };
}
