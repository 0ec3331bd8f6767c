/**
 * The workflow's own clock in milliseconds. Inside a workflow Date.now() is the recorded time of the last workflow task,
 * hence deterministic; nowhere else in workflow code is it called.
 */
// oxlint-disable-next-line no-restricted-properties
export const nowMs = (): number => Date.now();

/** The same as an instant: what activities are told, for the clock of a worker may be off. */
export const nowInstant = (): string => new Date(nowMs()).toISOString();

/** Milliseconds from the workflow's own clock to a wall instant, at least one. */
export function untilInstant(instant: string): number {
  return Math.max(1, Date.parse(instant) - nowMs());
}
