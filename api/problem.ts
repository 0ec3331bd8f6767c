import type { FastifyError } from 'fastify';
import { ContenderError } from '../contracts/error.ts';
import { HTTP_STATUS_BY_CODE } from '../http/errors.ts';
import { httpFault } from '../http/faults.ts';
import { problemDocument } from '../http/problem-document.ts';
import type { ProblemDocument } from '../http/problem-document.ts';
import { NOT_IDENTIFIED, NOT_PERMITTED } from '../control/denied.ts';
import { reportError } from '../control/reported-error.ts';
import type { ReportedError } from '../control/reported-error.ts';
import { ApiInternal, BodyTooLarge, RequestInvalid } from './errors.ts';

const STATUS_BY_CODE: ReadonlyMap<string, number> = new Map<string, number>([
  ...HTTP_STATUS_BY_CODE,
  ...NOT_IDENTIFIED.map((code) => [code, 401] as const),
  ...NOT_PERMITTED.map((code) => [code, 403] as const),
  ['ROUTE_UNKNOWN', 404],
  ['MODEL_UNKNOWN', 404],
  ['VERSION_UNKNOWN', 404],
  ['OBJECTION_UNKNOWN', 404],
  ['SNAPSHOT_UNKNOWN', 404],
  ['REIGN_UNKNOWN', 404],
  ['CHALLENGER_UNKNOWN', 404],
  ['RETRAIN_UNKNOWN', 404],
  ['PROPOSAL_UNKNOWN', 404],
  ['WORKFLOW_UNKNOWN', 404],
  ['EVIDENCE_MISSING', 404],
  ['SCHEDULE_UNKNOWN', 404],
  ['ALERT_UNKNOWN', 404],
  ['SILENCE_UNKNOWN', 404],
  ['SHIFT_UNKNOWN', 404],
  ['ARTIFACT_MISSING', 404],
  ['FIGURE_MISSING', 404],
  ['SCORE_RUN_UNKNOWN', 404],
  ['RESOURCE_CHANGED', 412],
  ['BODY_TOO_LARGE', 413],
  ['TOO_MANY_REQUESTS', 429],
]);
const STATUS_BY_KIND = { usage: 400, refused: 409, unreachable: 503, bug: 500 } as const;

/** Statuses that say that somebody tried what they may not. */
export const DENIED: ReadonlySet<number> = new Set([401, 403, 429]);

export const statusOf = (error: Pick<ReportedError, 'code' | 'kind'>): number =>
  STATUS_BY_CODE.get(error.code) ?? STATUS_BY_KIND[error.kind];

/** Whatever was thrown, as one of our errors; only the unforeseen becomes a 500. */
export function translate(error: unknown): ReportedError {
  return reportError(fromFastify(error));
}

function fromFastify(error: unknown): unknown {
  if (error instanceof ContenderError) return error;
  const fault = httpFault(error);
  if (fault !== null) return fault;
  const status = (error as Partial<FastifyError> | null)?.statusCode;
  if (status === undefined) return error;
  const message = error instanceof Error ? error.message : 'the request was refused';
  if (status === 413) return new BodyTooLarge(message, { remedy: 'Send less at once.' });
  if (status >= 400 && status < 500) {
    return new RequestInvalid(message, { remedy: 'Send JSON as application/json.' });
  }
  return new ApiInternal(message, { cause: error });
}

/** The message of an unforeseen failure stays in the log: it may hold what is nobody's business. */
export function problemOf(error: ReportedError, requestId: string): ProblemDocument {
  if (error.kind !== 'bug') return problemDocument(error, statusOf(error), requestId);
  return problemDocument(
    {
      code: 'API_INTERNAL',
      message: 'a failure nobody foresaw; the log has it under this instance',
      remedy: 'Report it with the lines of the log around this instance.',
      details: {},
    },
    statusOf(error),
    requestId,
  );
}
