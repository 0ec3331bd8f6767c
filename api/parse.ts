import type { z } from 'zod';
import { RequestInvalid } from './errors.ts';

/** What is wrong with one field. */
export interface FieldIssue {
  readonly field: string;
  readonly message: string;
}

const MOST_ISSUES = 20;

/** Reads one part of a request. Throws RequestInvalid naming every field that does not fit. */
export function parsePart<S extends z.ZodType>(
  part: 'path' | 'query' | 'body',
  schema: S,
  value: unknown,
): z.output<S> {
  // Bytes are no text; who takes them says so by the schema.
  const unstorable = value instanceof Uint8Array ? null : findUnstorable(value, part);
  if (unstorable !== null) throw invalid([unstorable]);
  const parsed = schema.safeParse(value ?? (part === 'body' ? value : {}));
  if (parsed.success) return parsed.data;
  throw invalid(
    parsed.error.issues.slice(0, MOST_ISSUES).map((issue) => {
      const keys =
        'keys' in issue && Array.isArray(issue.keys) ? `: ${issue.keys.map(String).join(', ')}` : '';
      const field = [part, ...issue.path.map(String)].join('.');
      return { field: field.slice(0, 200), message: `${issue.message}${keys}`.slice(0, 300) };
    }),
  );
}

export function invalid(issues: readonly FieldIssue[]): RequestInvalid {
  const [first] = issues;
  return new RequestInvalid(
    first === undefined ? 'the request does not fit' : `${first.field}: ${first.message}`,
    {
      remedy: 'GET /api/v1/openapi.json says what the operation takes.',
      details: { issues },
    },
  );
}

const DEEPEST = 40;

/** Text that a database cannot hold (NUL, half a surrogate pair), wherever it stands, and what is nested without end. */
function findUnstorable(value: unknown, field: string, depth = 0): FieldIssue | null {
  if (depth > DEEPEST) return { field: field.slice(0, 200), message: 'is nested too deeply' };
  if (typeof value === 'string') {
    if (value.isWellFormed() && !value.includes('\u0000')) return null;
    return { field: field.slice(0, 200), message: 'holds text that cannot be kept' };
  }
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, inner] of Object.entries(value)) {
    const issue =
      findUnstorable(key, field, depth + 1) ?? findUnstorable(inner, `${field}.${key}`, depth + 1);
    if (issue !== null) return issue;
  }
  return null;
}
