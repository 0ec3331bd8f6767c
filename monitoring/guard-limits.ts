import type { GuardSpec } from '../contracts/shadow-spec.ts';

/** What one session showed, before limits: the part of a guard's decision that they need. */
export interface GuardFindings {
  readonly action: 'none' | 'hold' | 'rollback';
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  readonly cause: string;
  readonly reason: string;
}

/** Measurements in a row up to the session before. */
export interface GuardRun {
  readonly failedInRow: number;
  readonly inconclusiveInRow: number;
}

export interface LimitedDecision extends GuardRun {
  readonly action: 'none' | 'hold' | 'rollback';
  readonly reason: string;
  /** Somebody has to look: how loud, or null. */
  readonly severity: 'WARNING' | 'CRITICAL' | null;
}

/** Causes that carry an error rate over the whole reign: one crossing is enough. */
const OF_ITSELF: ReadonlySet<string> = new Set(['evidence', 'drawdown']);

/**
 * Counts failed and inconclusive measurements in a row, each against a limit of its own, and says what follows. Evidence
 * and drawdown act at once; broken or turned predictions when `failedLimit` sessions in a row show them, before which
 * they only page. An inconclusive session breaks a run of fails, never rolls back and never passes: it pages when
 * `inconclusiveLimit` of them follow one another. Failing wins over inconclusive. A session that could not be measured
 * at all is none of these: the guard's workflow counts it as an error.
 */
export function limitGuard(
  findings: GuardFindings,
  before: GuardRun,
  { failedLimit, inconclusiveLimit }: Pick<GuardSpec, 'failedLimit' | 'inconclusiveLimit'>,
): LimitedDecision {
  const { action, verdict, cause, reason } = findings;
  const failedInRow = verdict === 'fail' ? before.failedInRow + 1 : 0;
  const inconclusiveInRow = verdict === 'inconclusive' ? before.inconclusiveInRow + 1 : 0;
  const run = { failedInRow, inconclusiveInRow };
  if (verdict === 'pass') return { ...run, action: 'none', reason, severity: null };
  if (verdict === 'inconclusive') {
    const reached = inconclusiveInRow >= inconclusiveLimit && inconclusiveInRow % inconclusiveLimit === 0;
    const counted = `${reason} (${String(inconclusiveInRow)} inconclusive sessions in a row, limit ${String(inconclusiveLimit)})`;
    return { ...run, action: 'hold', reason: counted, severity: reached ? 'WARNING' : null };
  }
  if (!OF_ITSELF.has(cause) && failedInRow < failedLimit) {
    const counted = `${reason} (${String(failedInRow)} of ${String(failedLimit)} failed sessions in a row)`;
    return { ...run, action: 'hold', reason: counted, severity: 'WARNING' };
  }
  return { ...run, action, reason, severity: 'CRITICAL' };
}

/** What stands between a decided rollback and doing it. */
export interface FlapFacts {
  readonly frozen: boolean;
  readonly freezeReason: string;
  /** Automatic rollbacks of earlier reigns within 24 hours of the market's time before this session. */
  readonly rollbacksInADay: number;
  /** Sessions since the last automatic rollback; null: there was none. */
  readonly sessionsSinceRollback: number | null;
}

export type FlapAnswer =
  { readonly allowed: true } | { readonly allowed: false; readonly freeze: boolean; readonly reason: string };

/**
 * Whether a guard may roll back now. A frozen model keeps its champion; `maxRollbacksPerDay` reached freezes it; within
 * `cooldownSessions` of the last automatic rollback somebody is asked instead.
 */
export function answerFlap(
  { frozen, freezeReason, rollbacksInADay, sessionsSinceRollback }: FlapFacts,
  { cooldownSessions, maxRollbacksPerDay }: Pick<GuardSpec, 'cooldownSessions' | 'maxRollbacksPerDay'>,
): FlapAnswer {
  if (frozen) return { allowed: false, freeze: false, reason: `the model is frozen: ${freezeReason}` };
  if (rollbacksInADay >= maxRollbacksPerDay) {
    const reason = `${String(rollbacksInADay)} automatic rollbacks within a day, ${String(maxRollbacksPerDay)} are allowed`;
    return { allowed: false, freeze: true, reason };
  }
  if (sessionsSinceRollback !== null && sessionsSinceRollback < cooldownSessions) {
    const reason = `cooldown: ${String(sessionsSinceRollback)} of ${String(cooldownSessions)} sessions since the last automatic rollback`;
    return { allowed: false, freeze: false, reason };
  }
  return { allowed: true };
}

/** The newest page of a run of sessions that did not pass. */
export interface LastPage {
  readonly cause: string;
  readonly severity: 'WARNING' | 'CRITICAL';
  readonly sessionsAgo: number;
}

export interface Told {
  /** How loud this session pages; null: not at all. */
  readonly severity: 'WARNING' | 'CRITICAL' | null;
  readonly lastPage: LastPage | null;
}

/**
 * A cause that lasts pages when it begins, when it becomes louder, and then every `remindSessions` sessions: a page each
 * morning is one that nobody reads. A session that passed ends it.
 */
export function remind(
  now: { readonly severity: 'WARNING' | 'CRITICAL' | null; readonly cause: string; readonly passed: boolean },
  last: LastPage | null,
  remindSessions: number,
): Told {
  if (now.passed) return { severity: null, lastPage: null };
  const earlier = last === null ? null : { ...last, sessionsAgo: last.sessionsAgo + 1 };
  const { severity, cause } = now;
  if (severity === null) return { severity, lastPage: earlier };
  const louder = earlier?.severity === 'WARNING' && severity === 'CRITICAL';
  const known = earlier !== null && earlier.cause === cause && !louder;
  if (known && earlier.sessionsAgo < remindSessions) return { severity: null, lastPage: earlier };
  return { severity, lastPage: { cause, severity, sessionsAgo: 0 } };
}
