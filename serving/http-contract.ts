import type { z } from 'zod';
import { ContractViolation } from '../contracts/error.ts';
import { UnsupportedMediaType } from '../http/errors.ts';
import {
  PredictByName,
  PredictByPosition,
  PredictBySymbol,
  ScoreMatrix,
  ScoreSession,
  type PredictRequest,
  type ScoreRequest,
} from '../contracts/serving.ts';

/** Faults of one body that are listed; a hostile one has as many as it has bytes. */
const MOST_ISSUES = 20;
const LONGEST_PROBLEM = 300;

/** Chooses the shape by the field that tells them apart, so that a fault is named in the caller's own terms. @throws ContractViolation */
export function parsePredictRequest(body: unknown): PredictRequest {
  if (has(body, 'symbol')) return parseBody(PredictBySymbol, body);
  return has(body, 'features') && !has(body, 'rows')
    ? parseBody(PredictByPosition, body)
    : parseBody(PredictByName, body);
}

/** @throws ContractViolation */
export function parseScoreRequest(body: unknown): ScoreRequest {
  return has(body, 'features') ? parseBody(ScoreMatrix, body) : parseBody(ScoreSession, body);
}

function has(body: unknown, field: string): boolean {
  return typeof body === 'object' && body !== null && Object.hasOwn(body, field);
}

/** @throws ContractViolation with one line per field */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  if (Buffer.isBuffer(body)) {
    throw new UnsupportedMediaType('the body has to be JSON, not raw bytes', {
      remedy: 'Send JSON with "Content-Type: application/json"; raw float32 is taken by POST /api/v1/score.',
    });
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.slice(0, MOST_ISSUES).map((issue) => ({
    field: issue.path.map(String).join('.').slice(0, LONGEST_PROBLEM) || 'body',
    message: issue.message.slice(0, LONGEST_PROBLEM),
  }));
  const first = issues[0] ?? { field: 'body', message: 'is not valid' };
  throw new ContractViolation(`${first.field}: ${first.message}`, {
    remedy: 'GET /openapi.json says what the endpoint takes.',
    details: { issues },
  });
}
