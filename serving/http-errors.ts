import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { ContenderError } from '../contracts/error.ts';
import { HTTP_STATUS_BY_CODE } from '../http/errors.ts';
import { httpFault } from '../http/faults.ts';
import { PROBLEM_TYPE, problemDocument } from '../http/problem-document.ts';
import { InternalError, InvalidRequest, RequestTooLarge } from './errors.ts';
import type { ServingMetrics } from './metrics.ts';
import type { ServingLog } from './ports.ts';

const STATUS_BY_CODE: ReadonlyMap<string, number> = new Map([
  ...HTTP_STATUS_BY_CODE,
  ['UNAUTHENTICATED', 401],
  ['TOKEN_INVALID', 401],
  ['TOKEN_EXPIRED', 401],
  ['TOKEN_REVOKED', 401],
  ['BREAK_GLASS_FORBIDDEN', 403],
  ['ROLE_NOT_ALLOWED', 403],
  ['MODEL_NOT_SERVED', 404],
  ['VERSION_NOT_SERVED', 404],
  ['SYMBOL_UNKNOWN', 404],
  ['NO_SUCH_ENDPOINT', 404],
  ['EXPLANATION_UNKNOWN', 404],
  ['PAGE_NOT_INSTALLED', 404],
  ['REQUEST_TOO_LARGE', 413],
  ['QUEUE_FULL', 429],
  ['RATE_LIMITED', 429],
]);
const STATUS_BY_KIND = { usage: 400, refused: 409, unreachable: 503, bug: 500 } as const;

function statusOf(error: ContenderError): number {
  return STATUS_BY_CODE.get(error.code) ?? STATUS_BY_KIND[error.kind];
}

/** Brings whatever a handler or Fastify itself threw to one of our errors; only the unexpected becomes a 500. */
function translate(error: unknown): ContenderError {
  if (error instanceof ContenderError) return error;
  const fault = httpFault(error);
  if (fault !== null) return fault;
  const status = (error as Partial<FastifyError> | null)?.statusCode ?? 500;
  const message = error instanceof Error ? error.message : 'request refused';
  if (status === 413) return new RequestTooLarge(message, { remedy: 'Send fewer rows per request.' });
  if (status >= 400 && status < 500)
    return new InvalidRequest(message, { remedy: 'Send one JSON object as application/json.' });
  return new InternalError('unexpected failure', { cause: error });
}

/** The one place where an error becomes a status and a body. */
export function answerError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  context: { readonly metrics: ServingMetrics; readonly log: ServingLog },
): FastifyReply {
  const known = translate(error);
  const status = statusOf(known);
  context.metrics.refusedRequests.inc({ reason: known.code });
  if (status === 500) {
    const { cause } = known;
    const stack = (cause instanceof Error ? cause.stack : known.stack) ?? known.message;
    context.log.error({ url: request.url, code: known.code, stack }, 'request failed');
  }
  if (status === 429 || status === 503) void reply.header('retry-after', '1');
  return reply
    .status(status)
    .type(PROBLEM_TYPE)
    .send(JSON.stringify(problemDocument(known, status, request.id)));
}
