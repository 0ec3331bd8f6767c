import {
  continueAsNew,
  setCurrentDetails,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { alerting } from './activity-proxies.ts';
import { untilInstant } from './until-instant.ts';

export interface DeadManInput {
  /** Name of the switch in the alerting file. */
  readonly name: string;
  /** Last session that was looked at; null: begin with the next one. */
  readonly after: string | null;
}

/**
 * A dead-man switch: on each session of its market, at its time, it alarms for every model without results. It ends when the
 * alerting file no longer has it.
 */
export async function watchForResults(input: DeadManInput): Promise<void> {
  upsertSearchAttributes({ Step: ['dead-man-switch'] });
  const { name } = input;
  let { after } = input;
  for (;;) {
    const due = await alerting.nextResultsDeadline({ name, after });
    if (due === null) return;
    setCurrentDetails(`Looks for results of session ${due.session} at ${due.at}.`);
    await sleep(untilInstant(due.at));
    await alerting.checkResults({ name, ...due });
    after = due.session;
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof watchForResults>({ name, after });
  }
}
