import type { WatchDecision } from '../contracts/live.ts';
import type { Monitor } from '../contracts/notification.ts';
import type { WatchRecord } from '../registry/watch-records.ts';

/** What holds from session to session, and ends; each is an alert of its own. */
export type Condition = Extract<Monitor, 'decay' | 'data' | 'software'>;

type Concluded = Pick<WatchRecord, 'decision' | 'diagnosis' | 'standing'>;

/** The conditions that hold after a session. A decay alarm stands on while a fault of the data is looked at first. */
export function conditionsOf({ decision, diagnosis, standing }: Concluded): readonly Condition[] {
  const fault =
    decision !== 'repair-data' ? [] : ([diagnosis === 'data-fault' ? 'data' : 'software'] as const);
  return [...(standing ? (['decay'] as const) : []), ...fault];
}

/** What the session's message is about; null when there is none to send. */
export function monitorOf({
  decision,
  diagnosis,
}: Pick<Concluded, 'decision' | 'diagnosis'>): Exclude<Monitor, 'guard' | 'results'> | null {
  const monitors = {
    ...{ watch: null, released: null, 'drift-retrain': 'drift' },
    ...{ retrain: 'decay', cooldown: 'decay', standing: 'decay', 'not-worth': 'decay' },
    'repair-data': diagnosis === 'data-fault' ? 'data' : 'software',
  } as const satisfies Record<WatchDecision, Exclude<Monitor, 'guard' | 'results'> | null>;
  return monitors[decision];
}

/** Conditions that held after the session before and no longer do; of the reign before, when a new one has begun. */
export function endedSince(before: Concluded | null, now: Concluded): readonly Condition[] {
  const holding = conditionsOf(now);
  return before === null ? [] : conditionsOf(before).filter((condition) => !holding.includes(condition));
}
