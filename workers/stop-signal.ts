import type { ActivityLog } from '../activities/edge.ts';

/** A terminal or a service manager tells the whole group, and whoever started us passes it on: the same wish, not a second one. */
const SAME_WISH_MS = 1000;
/** Orchestrators kill after thirty seconds. By then a part that does not answer has had its time: whatever waits is repeated. */
const END_WITHIN_MS = 25_000;

/**
 * Aborted by the first SIGTERM, SIGINT or SIGHUP. A second one ends the process at once; so does the end of `endWithinMs`, with exit
 * code 0: nobody waits for a line that died without a word.
 */
export function stopSignal(log: Pick<ActivityLog, 'warn'>, endWithinMs = END_WITHIN_MS): AbortSignal {
  const controller = new AbortController();
  let askedAt = Number.POSITIVE_INFINITY;
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) {
        if (performance.now() - askedAt > SAME_WISH_MS) process.exit(1);
        return;
      }
      askedAt = performance.now();
      setTimeout(() => {
        log.warn({ afterMs: endWithinMs }, 'ended without an answer of somebody who was waited for');
        process.exit(0);
      }, endWithinMs);
      controller.abort(signal);
    });
  }
  return controller.signal;
}
