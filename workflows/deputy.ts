import { ApplicationFailure } from '@temporalio/workflow';
import type { RetrainPlan } from '../activities/retrain-record.ts';
import { type ApprovalDeputy, namedDeputy } from '../contracts/deputy.ts';
import { samePerson } from '../contracts/identity.ts';
import type { ClockSpec } from '../contracts/clock.ts';
import { control } from './activity-proxies.ts';
import { nowMs } from './until-instant.ts';

/** Who the spec names, and from when they may sign: once the leads, asked at `from`, have had their sessions. */
export async function deputyOf(
  { spec }: RetrainPlan,
  clock: ClockSpec,
  from: string,
): Promise<ApprovalDeputy | null> {
  const named = namedDeputy(spec.approval);
  if (named === null) return null;
  const deadline = await control.sessionDeadline({ spec, clock, from, sessions: named.afterSessions });
  return { subject: named.subject, from: deadline.at };
}

/** Throws unless this is the deputy and the leads have had their time. */
export function requireDeputy(subject: string, deputy: ApprovalDeputy | null): void {
  if (deputy === null || !samePerson(subject, deputy.subject)) {
    throw refusal('APPROVER_ROLE', `${subject} is not a quant lead`);
  }
  if (nowMs() < Date.parse(deputy.from)) {
    throw refusal('DEPUTY_NOT_YET', `${subject} may decide as deputy from ${deputy.from} on`);
  }
}

/** Whether this person may not sign, in whatever spelling of the name. */
export const isBarred = (subject: string, barred: readonly string[]): boolean =>
  barred.some((one) => samePerson(one, subject));

/** What a person asked for is refused by a rule: nothing is tried again. */
export function refusal(code: string, message: string): ApplicationFailure {
  return ApplicationFailure.create({
    message,
    type: code,
    nonRetryable: true,
    details: [{ kind: 'refused' }],
  });
}
