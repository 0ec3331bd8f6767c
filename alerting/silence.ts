import type { Labels } from './labels.ts';
import { matchesAll } from './matcher.ts';
import type { Matcher } from './matcher.ts';

/** Nobody hears of what matches, from `startsAt` until `endsAt`. */
export interface Silence {
  readonly id: number;
  readonly matchers: readonly Matcher[];
  readonly startsAt: string;
  readonly endsAt: string;
}

/** The silence that holds an alert back at an instant, or null. */
export function silenceOf(silences: readonly Silence[], labels: Labels, nowMs: number): Silence | null {
  return (
    silences.find(
      ({ matchers, startsAt, endsAt }) =>
        Date.parse(startsAt) <= nowMs && nowMs < Date.parse(endsAt) && matchesAll(matchers, labels),
    ) ?? null
  );
}
