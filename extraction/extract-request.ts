import { ContractViolation } from '../contracts/error.ts';
import { Instant } from '../contracts/primitives.ts';
import { LabelSpec } from '../contracts/spec.ts';

export type ExtractRequest =
  | { readonly kind: 'table'; readonly asOf: string }
  | { readonly kind: 'snapshot'; readonly asOf: string; readonly label: LabelSpec };

/**
 * Parses what a person typed.
 *
 * @throws ContractViolation when a value is not what it should be, or the output does not fit the set
 */
export function requestOf(given: {
  readonly asOf: string;
  readonly out: string;
  readonly kind: 'features' | 'table';
  readonly horizon: string;
  readonly delay: string;
}): ExtractRequest {
  const asOf = instantOf(given.asOf);
  if (asOf === null) {
    throw violation(
      `${given.asOf} is not an instant`,
      'Write it with its zone, as 2017-06-30T21:00:00Z or 2017-07-01T05:00:00.000+08:00.',
    );
  }
  const isFile = /\.(?:parquet|csv)$/u.test(given.out);
  if (given.kind === 'table') {
    if (!isFile) throw violation(`${given.out} is neither .parquet nor .csv`, 'A cross-section is one file.');
    return { kind: 'table', asOf };
  }
  if (isFile) throw violation(`${given.out} is a file`, 'A snapshot is a folder of several files.');
  const label = LabelSpec.safeParse({
    horizonSessions: Number(given.horizon),
    entryDelaySessions: Number(given.delay),
  });
  if (!label.success) {
    throw violation(
      'the label is not possible',
      'The horizon is 1 to 60 sessions, the delay 1 to 5.',
      label.error,
    );
  }
  return { kind: 'snapshot', asOf, label: label.data };
}

/**
 * The instant that a person typed: milliseconds and seconds may be left out, the zone may be an offset; a zone there must be. Null
 * when it is none.
 */
export function instantOf(text: string): string | null {
  const isZoned = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})$/u.test(text);
  const ms = isZoned ? Date.parse(text) : NaN;
  const instant = Instant.safeParse(Number.isNaN(ms) ? text : new Date(ms).toISOString());
  return instant.success ? instant.data : null;
}

function violation(message: string, remedy: string, cause?: unknown): ContractViolation {
  return new ContractViolation(message, cause === undefined ? { remedy } : { remedy, cause });
}
