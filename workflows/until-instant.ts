/**
 * Milliseconds from the workflow's own clock to a wall instant, at least one: Date.now() inside a workflow is the
 * recorded time of the last workflow task, hence deterministic.
 */
export function untilInstant(instant: string): number {
  return Math.max(1, Date.parse(instant) - Date.now());
}
