import { setCurrentDetails, sleep, upsertSearchAttributes } from '@temporalio/workflow';
import { alerting } from './activity-proxies.ts';
import { untilInstant } from './until-instant.ts';

export interface EscalationInput {
  readonly notificationId: number;
  readonly policy: string;
  /** When the first message was decided on, ISO instant. */
  readonly startedAt: string;
}

/**
 * Takes a group of alerts from one way of reaching people to the next until somebody acknowledges, everything is over, or no
 * step is left. The timers are durable; whether a step is still wanted is asked when its time has come.
 */
export async function escalateAlert(input: EscalationInput): Promise<void> {
  upsertSearchAttributes({ Step: ['escalation'] });
  const { notificationId } = input;
  const { afterMs } = await alerting.planEscalation({ policy: input.policy });
  for (const [index, after] of afterMs.entries()) {
    const at = new Date(Date.parse(input.startedAt) + after).toISOString();
    setCurrentDetails(
      `Step ${String(index + 1)} of ${String(afterMs.length)} at ${at}, unless acknowledged.`,
    );
    await sleep(untilInstant(at));
    const { ended } = await alerting.escalateAlert({ notificationId, step: index + 1 });
    if (ended) return;
  }
  await alerting.endEscalation({ notificationId });
}
