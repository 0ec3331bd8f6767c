import type { RuntimeState } from '../config/runtime-state.ts';
import { commandLine, endProcess, isRunning } from './process-table.ts';

const GRACE_MS = 5000;

/**
 * Ends what a supervisor that did not stop in order left running, and returns the names. A process counts as ours only if
 * its command line still carries the mark that was written down: ids are reused.
 *
 * Ports must be chosen after this, or the left-over processes would push their successors to other ones.
 */
export async function endLeftovers(state: RuntimeState | undefined): Promise<readonly string[]> {
  const alive = (state?.processes ?? []).filter(
    ({ pid, marker }) => isRunning(pid) && marker !== '' && commandLine(pid).includes(marker),
  );
  // Postgres by its first process alone, which takes the others along; the rest with everything they started.
  const end = ({ name, pid }: (typeof alive)[number]): Promise<void> =>
    name === 'postgres'
      ? endProcess({ pid, target: 'process', signal: 'SIGINT', graceMs: GRACE_MS })
      : endProcess({ pid, target: 'group', signal: 'SIGTERM', graceMs: GRACE_MS });
  await Promise.all(alive.filter(({ name }) => name !== 'postgres').map(end));
  await Promise.all(alive.filter(({ name }) => name === 'postgres').map(end));
  return alive.map(({ name }) => name);
}
