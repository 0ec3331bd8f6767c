import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import { ContenderError } from '../contracts/error.ts';
import { MAX_RESULT_BYTES, payloadBytes } from '../contracts/payload-limits.ts';
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
/** Of the words of a failure and of what comes with them: the server cuts off what is larger, and the cause with it. */
const MAX_MESSAGE_LENGTH = 8000;
const MAX_DETAIL_BYTES = 32 * 1024;

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
    const details = payloadBytes(error.details) > MAX_DETAIL_BYTES ? {} : error.details;
    return ApplicationFailure.create({
      message: shortened(sentences(error)),
      type: error.code,
      nonRetryable,
      details: [{ kind: error.kind, ...details }],
      cause: error,
    });
  }
  const cause = error instanceof Error ? error : new Error(String(error));
  return ApplicationFailure.create({
    message: shortened(cause.message),
    type: 'UNEXPECTED',
    nonRetryable: false,
    cause,
  });
}

/** What is wrong and what to do about it, as two sentences. */
function sentences({ message, remedy }: ContenderError): string {
  if (remedy === '') return message;
  return `${message}${/[.!?:;]$/u.test(message) ? '' : '.'} ${remedy}`;
}

function shortened(message: string): string {
  return message.length <= MAX_MESSAGE_LENGTH ? message : `${message.slice(0, MAX_MESSAGE_LENGTH)} …`;
}

function guardSize(name: string, result: unknown): void {
  const bytes = payloadBytes(result);
  if (bytes <= MAX_RESULT_BYTES) return;
  throw ApplicationFailure.nonRetryable(
    `the result of ${name} has ${String(bytes)} bytes, ${String(MAX_RESULT_BYTES)} are possible. Ask for fewer trials (training.trials), folds or features.`,
    'RESULT_TOO_LARGE',
  );
}
