import type { OutboxClaim } from './outbox-port.ts';
import type { SendOutcome } from './outcome.ts';

/** What the process that runs the dispatcher hears of it, for its log and its metrics. Must not throw. */
export interface DispatchObserver {
  /** One attempt is over and recorded. `claim.unknownOutcomes > 0`: it was a repeat. */
  attempted(claim: OutboxClaim, outcome: SendOutcome): void;
  /** A channel was given up for an event, which went to the last resort instead. */
  gaveUp(claim: OutboxClaim, reason: string): void;
  /** An outcome could not be written down yet; it will be tried again. */
  recordFailed(claim: OutboxClaim, error: unknown): void;
  /** The outbox cannot be read. */
  outboxFailed(lane: string, error: unknown): void;
}
