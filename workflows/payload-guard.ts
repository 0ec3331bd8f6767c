import { ApplicationFailure, type WorkflowInterceptors } from '@temporalio/workflow';
import { MAX_INPUT_BYTES, payloadBytes } from '../contracts/payload-limits.ts';

/** @throws ApplicationFailure INPUT_TOO_LARGE, not retried: the same input is as large the next time */
function guard(what: string, args: readonly unknown[]): void {
  const bytes = args.reduce<number>((sum, arg) => sum + payloadBytes(arg), 0);
  if (bytes <= MAX_INPUT_BYTES) return;
  throw ApplicationFailure.nonRetryable(
    `the input of ${what} has ${String(bytes)} bytes, ${String(MAX_INPUT_BYTES)} are possible. Ask for fewer trials (training.trials), folds or features.`,
    'INPUT_TOO_LARGE',
  );
}

/** Refuses what is too large for the server by the name of who was to get it; otherwise the workflow's task fails for ever. */
export function interceptors(): WorkflowInterceptors {
  return {
    outbound: [
      {
        scheduleActivity: (input, next) => {
          guard(input.activityType, input.args);
          return next(input);
        },
        startChildWorkflowExecution: (input, next) => {
          guard(input.workflowType, input.options.args);
          return next(input);
        },
        continueAsNew: (input, next) => {
          guard(`the next run of ${input.options.workflowType}`, input.args);
          return next(input);
        },
      },
    ],
  };
}
