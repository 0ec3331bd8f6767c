import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import { ContenderError } from '../contracts/error.ts';
import { correlationOf } from '../contracts/trace-context.ts';

/** What an activity hands to the log; a structural subset of pino's logger. */
export interface ActivityLog {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

/** Told about every attempt of an activity; the worker turns it into metrics. */
export type ObserveActivity = (activity: string, outcome: 'done' | 'failed', seconds: number) => void;

const HEARTBEAT_MS = 3000;
/** Larger results hang a workflow instead of failing it (the server refuses them, the SDK retries for ever). */
const MAX_RESULT_BYTES = 256 * 1024;

type Activity = (input: never) => Promise<unknown>;

/**
 * The edge between our code and Temporal, put around every activity once: heartbeats while it runs, its outcome in the log
 * with the correlation id of the retrain, errors translated, oversized results refused.
 *
 * A refusal or a wrong call becomes a non-retryable failure whose type is the stable code; everything else is retried within
 * the limits of the workflow's proxies.
 */
export function atEdge<Activities extends object>(
  activities: Activities,
  log: ActivityLog,
  observe: ObserveActivity,
): Activities {
  const wrapped: Record<string, Activity> = {};
  for (const [name, activity] of Object.entries(activities) as [string, Activity][]) {
    wrapped[name] = (input) => run(name, activity, input, log, observe);
  }
  return wrapped as Activities;
}

async function run(
  name: string,
  activity: Activity,
  input: never,
  log: ActivityLog,
  observe: ObserveActivity,
): Promise<unknown> {
  const context = Context.current();
  const fields = {
    activity: name,
    workflowId: context.info.workflowExecution?.workflowId,
    attempt: context.info.attempt,
    correlationId: correlationOf(input) || undefined,
  };
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  const beat = setInterval(() => {
    context.heartbeat();
  }, HEARTBEAT_MS);
  try {
    const result = await activity(input);
    guardSize(name, result);
    observe(name, 'done', seconds());
    log.info({ ...fields, seconds: seconds() }, `${name} done`);
    return result;
  } catch (error) {
    const failure = translate(error);
    observe(name, 'failed', seconds());
    log.warn(
      { ...fields, code: failure instanceof ApplicationFailure ? failure.type : 'CANCELLED', err: error },
      `${name} failed`,
    );
    throw failure;
  } finally {
    clearInterval(beat);
  }
}

function translate(error: unknown): Error {
  if (error instanceof CancelledFailure || error instanceof ApplicationFailure) return error;
  if (error instanceof ContenderError) {
    const nonRetryable = error.kind === 'refused' || error.kind === 'usage';
    const message = error.remedy === '' ? error.message : `${error.message} ${error.remedy}`;
    return ApplicationFailure.create({
      message,
      type: error.code,
      nonRetryable,
      details: [{ kind: error.kind, ...error.details }],
      cause: error,
    });
  }
  const cause = error instanceof Error ? error : new Error(String(error));
  return ApplicationFailure.create({
    message: cause.message,
    type: 'UNEXPECTED',
    nonRetryable: false,
    cause,
  });
}

function guardSize(name: string, result: unknown): void {
  const bytes = result === undefined ? 0 : Buffer.byteLength(JSON.stringify(result));
  if (bytes <= MAX_RESULT_BYTES) return;
  throw ApplicationFailure.nonRetryable(
    `${name} returned ${String(bytes)} bytes; tables travel as artifacts`,
    'RESULT_TOO_LARGE',
  );
}
