import type { WorkflowExecutionDescription } from '@temporalio/client';

/** What a workflow waits for and what has failed at least once: Temporal tries it again. */
export interface FailingActivity {
  readonly activity: string;
  /** The one that runs or comes next, from 2. */
  readonly attempt: number;
  /** Null: as many as fit into the time of the activity. */
  readonly attempts: number | null;
  /** Why the last attempt failed, with what to do about it. */
  readonly failure: string;
}

const LONGEST_FAILURE = 600;

/** Those of an open workflow, in the order in which Temporal names them. */
export function failingActivities({ raw }: Pick<WorkflowExecutionDescription, 'raw'>): FailingActivity[] {
  return (raw.pendingActivities ?? []).flatMap(({ activityType, attempt, maximumAttempts, lastFailure }) => {
    const failure = lastFailure?.message ?? '';
    if (failure === '') return [];
    return [
      {
        activity: activityType?.name ?? '',
        attempt: attempt ?? 1,
        attempts: (maximumAttempts ?? 0) === 0 ? null : (maximumAttempts ?? null),
        failure: failure.length <= LONGEST_FAILURE ? failure : `${failure.slice(0, LONGEST_FAILURE)} …`,
      },
    ];
  });
}

/** A line for a terminal. */
export function failingActivityText({ activity, attempt, attempts, failure }: FailingActivity): string {
  const of = attempts === null ? '' : ` of ${String(attempts)}`;
  return `  fails: ${activity}, attempt ${String(attempt)}${of}; the last: ${failure}`;
}
