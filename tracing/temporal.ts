import type { WorkflowClientInterceptor } from '@temporalio/client';
import type { Headers } from '@temporalio/common';
import type { InjectedSinks, WorkerInterceptors } from '@temporalio/worker';
import { correlationOf, rootOfRun } from '../contracts/trace-context.ts';
import { contextOf, headersOf } from './headers.ts';
import type { TraceSinks } from './in-workflows.ts';
import { inSpan, type SpanAttributes, type Tracing } from './tracing.ts';

/** The module whose interceptors are bundled with the workflows. */
export const WORKFLOW_INTERCEPTORS = new URL('in-workflows.ts', import.meta.url);

/** Clients of Temporal carry the active trace into what they start and ask. None when traces are off. */
export function clientInterceptors(tracing: Tracing): WorkflowClientInterceptor[] {
  if (!tracing.on) return [];
  const traced = <Result>(
    name: string,
    attributes: SpanAttributes,
    correlationId: string,
    send: (headers: Headers) => Promise<Result>,
  ): Promise<Result> => {
    // The request that asks for it is about it too.
    if (correlationId !== '') tracing.active()?.correlate(correlationId);
    const span = tracing.begin({ name, kind: 'client', parent: null, attributes });
    return inSpan(span, () => send(headersOf(span.context)));
  };
  return [
    {
      startWithDetails: (input, next) =>
        traced(
          `start ${input.workflowType}`,
          { 'temporal.workflow_id': input.options.workflowId },
          correlationOf(input.options.args[0]),
          (headers) => next({ ...input, headers: { ...input.headers, ...headers } }),
        ),
      startUpdate: (input, next) =>
        traced(
          `update ${input.updateName}`,
          { 'temporal.workflow_id': input.workflowExecution.workflowId },
          '',
          (headers) => next({ ...input, headers: { ...input.headers, ...headers } }),
        ),
    },
  ];
}

/** A span for every attempt of an activity, below the workflow that asked for it. */
export function workerInterceptors(tracing: Tracing): WorkerInterceptors {
  if (!tracing.on) return {};
  return {
    activity: [
      ({ info }) => ({
        inbound: {
          execute: (input, next) => {
            const { workflowId = '', runId = '' } = info.workflowExecution ?? {};
            const span = tracing.begin({
              name: `activity ${info.activityType}`,
              kind: 'consumer',
              parent: contextOf(input.headers) ?? rootOfRun(runId),
              attributes: {
                'temporal.workflow_id': workflowId,
                'temporal.run_id': runId,
                'temporal.task_queue': info.taskQueue,
                'temporal.attempt': info.attempt,
              },
            });
            const correlationId = correlationOf(input.args[0]);
            if (correlationId !== '') span.correlate(correlationId);
            return inSpan(span, () => next(input));
          },
        },
      }),
    ],
  };
}

/** Where workflows tell of their ends, whether anybody wants to know or not. */
export function workflowSinks(tracing: Tracing): InjectedSinks<TraceSinks> {
  return {
    traces: {
      ended: {
        fn: (_info, span) => {
          tracing.record(span);
        },
        callDuringReplay: false,
      },
    },
  };
}
