import type { ContenderError } from '../contracts/error.ts';

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

type Shown = Pick<ContenderError, 'code' | 'message' | 'remedy' | 'details'>;

/** `Problem` of the contracts, before its details have been through JSON. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly remedy: string;
  readonly issues: readonly { readonly field: string; readonly message: string }[];
  readonly details: Readonly<Record<string, unknown>>;
}

/** An error as RFC 9457 has it; fields that do not fit come from `details.issues`, or are the one of `details.field`. */
export function problemDocument(error: Shown, status: number, instance: string): ProblemDocument {
  const { code, message, remedy } = error;
  const { issues, ...details } = error.details;
  const { field } = details;
  const one = typeof field === 'string' ? [{ field, message }] : [];
  return {
    type: `https://contender.invalid/errors/${code}`,
    title: code.toLowerCase().replaceAll('_', ' '),
    status,
    detail: message,
    instance,
    code,
    remedy,
    issues: Array.isArray(issues) ? issues.filter(isIssue) : one,
    details,
  };
}

const isIssue = (value: unknown): value is { field: string; message: string } =>
  typeof value === 'object' &&
  value !== null &&
  'field' in value &&
  typeof value.field === 'string' &&
  'message' in value &&
  typeof value.message === 'string';
