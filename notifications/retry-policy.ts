import type { OutboxClaim } from './outbox-port.ts';
import type { RetryLater, Unknown } from './outcome.ts';

export interface RetryPolicy {
  /** First wait, milliseconds; doubles with each attempt. */
  readonly baseMs: number;
  /** Longest wait after an attempt that reached nobody, milliseconds: what a page loses at most when the channel is back. */
  readonly unreachedCapMs: number;
  /** Longest wait after an attempt of unknown outcome, milliseconds: each repeat may be seen twice. */
  readonly unknownCapMs: number;
  /** Age of an event after which a channel that still cannot be reached is given up, milliseconds. */
  readonly maxAgeMs: number;
  /** Attempts of unknown outcome after which a channel is given up: each may already have reached somebody. */
  readonly maxUnknown: number;
}

/**
 * A minute is little enough for somebody who is to be woken, and one attempt a minute nothing to a receiver that is down. Three days outlast a long weekend with a broken mail server. Ten repeats bound what people see twice when a receiver
 * takes messages and never answers.
 */
export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  baseMs: 2000,
  unreachedCapMs: 60_000,
  unknownCapMs: 600_000,
  maxAgeMs: 3 * 86_400_000,
  maxUnknown: 10,
};

/** Wait before the next attempt: exponential, capped, spread over its last fifth so that many do not come at once. */
export function backoffMs(
  wait: { readonly baseMs: number; readonly capMs: number },
  attempts: number,
  random: () => number,
): number {
  const full = Math.min(wait.baseMs * 2 ** Math.min(Math.max(attempts - 1, 0), 30), wait.capMs);
  return Math.round(full * (0.8 + 0.2 * random()));
}

/** The bounds of the wait after an outcome. */
export function waitAfter(
  { baseMs, unreachedCapMs, unknownCapMs }: RetryPolicy,
  { kind }: Pick<RetryLater | Unknown, 'kind'>,
): { readonly baseMs: number; readonly capMs: number } {
  return { baseMs, capMs: kind === 'unknown' ? unknownCapMs : unreachedCapMs };
}

/** Why this channel should be given up for this event, or null to go on. */
export function giveUpReason(
  policy: RetryPolicy,
  claim: OutboxClaim,
  outcome: RetryLater | Unknown,
  nowMs: number,
): string | null {
  if (outcome.kind === 'unknown' && claim.unknownOutcomes + 1 >= policy.maxUnknown) {
    return `${String(policy.maxUnknown)} attempts of unknown outcome; last: ${outcome.reason}`;
  }
  if (nowMs - Date.parse(claim.createdAt) >= policy.maxAgeMs) {
    return `not delivered in ${String(Math.round(policy.maxAgeMs / 3_600_000))} h; last: ${outcome.reason}`;
  }
  return null;
}
