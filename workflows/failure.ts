import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  isCancellation,
  TimeoutFailure,
} from '@temporalio/workflow';

/** What ended a step: a rule that said no (`refused`), or something that broke (`failed`). */
export interface StepFailure {
  readonly kind: 'refused' | 'failed' | 'cancelled';
  /** Stable code of the error that was thrown where the cause was found. */
  readonly code: string;
  readonly message: string;
}

/** Failure types of the Python sidecar that mean the data or the recipe was refused, not that a machine broke. */
const SIDECAR_REFUSALS: readonly string[] = [
  'AllTrialsFailed',
  'NonFiniteValues',
  'TooFewRows',
  'ConstantLabel',
  'OneClass',
  'UnsupportedModel',
  'ArtifactCorrupt',
];

/** Whether an activity used up all the time there was for it, from being scheduled to its last attempt. */
export function outOfTime(error: unknown): boolean {
  if (!(error instanceof ActivityFailure)) return false;
  const scheduled = error.cause instanceof TimeoutFailure && error.cause.timeoutType === 'SCHEDULE_TO_CLOSE';
  return scheduled || error.retryState === 'TIMEOUT';
}

/** Reads the innermost cause of the failure of an activity, or of a child workflow. */
export function stepFailure(error: unknown): StepFailure {
  if (isCancellation(error))
    return { kind: 'cancelled', code: 'CANCELLED', message: 'the retrain was cancelled' };
  let cause = error;
  while (cause instanceof ActivityFailure || cause instanceof ChildWorkflowFailure) cause = cause.cause;
  if (cause instanceof ApplicationFailure) {
    const detail = cause.details?.[0] as { readonly kind?: string } | undefined;
    const code = cause.type ?? 'UNKNOWN';
    const refused = detail?.kind === 'refused' || SIDECAR_REFUSALS.includes(code);
    return { kind: refused ? 'refused' : 'failed', code, message: cause.message };
  }
  if (cause instanceof TimeoutFailure) {
    return { kind: 'failed', code: 'STEP_TIMEOUT', message: `no answer in time (${cause.timeoutType})` };
  }
  if (cause instanceof CancelledFailure)
    return { kind: 'cancelled', code: 'CANCELLED', message: cause.message };
  return { kind: 'failed', code: 'UNKNOWN', message: error instanceof Error ? error.message : String(error) };
}
