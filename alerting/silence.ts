import type { Labels } from './labels.ts';
import { MatcherInvalid } from './errors.ts';
import { matchesAll, requireMatcher } from './matcher.ts';
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
        Date.parse(startsAt) <= nowMs && nowMs < Date.parse(endsAt) && holds(matchers, labels),
    ) ?? null
  );
}

/** Whether a silence can hold back an alert about a model. */
export const mayConcern = (matchers: readonly Matcher[], model: string): boolean =>
  holds(
    matchers.filter(({ name }) => name === 'model'),
    { model },
  );

/** A silence of an earlier release may hold an expression that is refused today: it keeps nothing back. */
function holds(matchers: readonly Matcher[], labels: Labels): boolean {
  try {
    matchers.forEach(requireMatcher);
  } catch (error) {
    if (error instanceof MatcherInvalid) return false;
    throw error;
  }
  return matchesAll(matchers, labels);
}
