import {
  ContinueAsNew,
  proxySinks,
  workflowInfo,
  type Sinks,
  type WorkflowExecuteInput,
  type WorkflowInterceptors,
} from '@temporalio/workflow';
import { correlationOf, failureOf, rootOfRun, spanOfRun } from '../contracts/trace-context.ts';
import { contextOf, headersOf } from './headers.ts';
import type { EndedSpan } from './tracing.ts';

/** What workflows tell of themselves when they end; not told again when a history is replayed. */
export interface TraceSinks extends Sinks {
  readonly traces: { ended(span: EndedSpan): void };
}

/**
 * Carries the trace that a workflow was started in to everything it starts. Bundled with the workflows always, so that
 * switching traces on or off is no new build; without a trace it adds not a byte. It schedules nothing and yields to
 * nobody: a history that was recorded without it replays with it.
 */
export function interceptors(): WorkflowInterceptors {
  let headers: WorkflowExecuteInput['headers'] = {};
  const carrying = <Input extends { readonly headers: WorkflowExecuteInput['headers'] }>(
    input: Input,
  ): Input => ({
    ...input,
    headers: { ...input.headers, ...headers },
  });
  return {
    inbound: [
      {
        execute(input, next) {
          const given = contextOf(input.headers);
          const { runId, runStartTime, workflowId, workflowType } = workflowInfo();
          const correlationId = correlationOf(input.args[0]);
          const above = given ?? rootOfRun(runId);
          const context = {
            ...above,
            spanId: spanOfRun(runId),
            correlationId: correlationId === '' ? above.correlationId : correlationId,
          };
          if (given !== null) headers = headersOf(context);
          const ended = (failure: string): void => {
            proxySinks<TraceSinks>().traces.ended({
              name: `workflow ${workflowType}`,
              kind: 'internal',
              context,
              parentSpanId: given?.spanId ?? '',
              startedMs: runStartTime.getTime(),
              endedMs: Date.now(),
              failure,
              attributes: { 'temporal.workflow_id': workflowId, 'temporal.run_id': runId },
            });
          };
          const run = next(input);
          // Beside the workflow and not in its way: the promise that is given back is its own.
          void run.then(
            () => {
              ended('');
            },
            (error: unknown) => {
              ended(error instanceof ContinueAsNew ? '' : failureOf(error));
            },
          );
          return run;
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) => next(carrying(input)),
        scheduleLocalActivity: (input, next) => next(carrying(input)),
        startChildWorkflowExecution: (input, next) => next(carrying(input)),
        continueAsNew: (input, next) => next(carrying(input)),
      },
    ],
  };
}
