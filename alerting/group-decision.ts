/** What the router knows of a group when its timer fires; alerts that are held back are not counted. */
export interface GroupFacts {
  /** Alerts that fire. */
  readonly firing: number;
  /** Of them, those that the last notification did not name as firing. */
  readonly newFiring: number;
  /** Alerts that ended and of whose end nobody was told. */
  readonly newResolved: number;
  /** Of those that fire, those that nobody has acknowledged. */
  readonly unacknowledged: number;
  /** Whether the last notification named anything as firing. */
  readonly toldFiring: boolean;
  /** When the last notification was; null: never. Milliseconds. */
  readonly notifiedMs: number | null;
  readonly repeatIntervalMs: number;
  readonly sendResolved: boolean;
  readonly nowMs: number;
}

export type GroupDecision =
  | { readonly kind: 'nothing' }
  /** Somebody is told, because of `why`. */
  | { readonly kind: 'notify'; readonly why: 'first' | 'new' | 'resolved' | 'repeat' }
  /** Everything ended and the receiver does not want to hear of ends: only the state is brought up to date. */
  | { readonly kind: 'forget' };

const NOTHING: GroupDecision = { kind: 'nothing' };
const notify = (why: 'first' | 'new' | 'resolved' | 'repeat'): GroupDecision => ({ kind: 'notify', why });

/**
 * Whether a group's receiver is told now. The rules of Alertmanager's deduplication stage: at once about what is new, about
 * the end of what it was told of, and otherwise only when `repeat_interval` has passed; ours alone: what somebody has acknowledged is not repeated. What fired and ended between two
 * flushes is never told.
 */
export function decideGroup(facts: GroupFacts): GroupDecision {
  const { firing, newFiring, newResolved, toldFiring, notifiedMs, sendResolved } = facts;
  if (notifiedMs === null) return firing > 0 ? notify('first') : NOTHING;
  if (newFiring > 0) return notify('new');
  if (firing === 0) {
    if (!toldFiring || newResolved === 0) return NOTHING;
    return sendResolved ? notify('resolved') : { kind: 'forget' };
  }
  if (sendResolved && newResolved > 0) return notify('resolved');
  if (facts.unacknowledged === 0) return NOTHING;
  return facts.nowMs - notifiedMs > facts.repeatIntervalMs ? notify('repeat') : NOTHING;
}
