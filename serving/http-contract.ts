import { z } from 'zod';
import { ContractViolation } from '../contracts/error.ts';
import { Instant, ModelName, SessionDate } from '../contracts/primitives.ts';

/** Rows of one request; a universe is asked for by session instead. */
export const MAX_REQUEST_ROWS = 20_000;

const named = z.strictObject({
  model: ModelName,
  rows: z
    .array(z.unknown())
    .min(1)
    .max(MAX_REQUEST_ROWS)
    .describe('one object per row: every feature of the version by name, a finite number or null'),
});
const vectors = z.strictObject({
  model: ModelName,
  features: z
    .array(z.unknown())
    .min(1)
    .max(MAX_REQUEST_ROWS)
    .describe('one array per row: the features in the order of the version'),
});

/** Body of POST /api/v1/predict. The values of a row are checked against the version, in feature-rows.ts. */
export type PredictRequest = z.infer<typeof named> | z.infer<typeof vectors>;

/** @throws ContractViolation */
export function parsePredictRequest(body: unknown): PredictRequest {
  const positional = typeof body === 'object' && body !== null && 'features' in body && !('rows' in body);
  return positional ? parseBody(vectors, body) : parseBody(named, body);
}

/** Body of POST /api/v1/score. */
export const ScoreRequest = z
  .strictObject({
    model: ModelName,
    session: SessionDate,
    asOf: Instant.optional().describe('nothing known later is used; left out: the moment of the request'),
  })
  .meta({ id: 'ScoreRequest' });
export type ScoreRequest = z.infer<typeof ScoreRequest>;

/** @throws ContractViolation with one line per field */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => ({
    field: issue.path.map(String).join('.') || 'body',
    problem: issue.message,
  }));
  const first = issues[0] ?? { field: 'body', problem: 'is not valid' };
  throw new ContractViolation(`${first.field}: ${first.problem}`, { details: { issues } });
}
