/**
 * The root of every error the project throws on purpose.
 *
 * One subclass per cause, in the `errors.ts` of the area that finds it, with a stable upper-case `code`.
 * An error is thrown where the cause is found and translated once, at the edge: to an ApplicationFailure by an
 * activity, to a status by the API, to an exit code by the command line.
 */
export type ErrorKind =
  /** A rule said no; nothing changed. Exit code 1, HTTP 409 or 422, never retried. */
  | 'refused'
  /** The call itself is wrong: unknown field, bad value. Exit code 2, HTTP 400, never retried. */
  | 'usage'
  /** A part cannot be reached or lacks a resource. Exit code 3, HTTP 503, retried. */
  | 'unreachable'
  /** Our own defect. Exit code 4, HTTP 500. */
  | 'bug';

export interface ErrorOptions {
  readonly cause?: unknown;
  /** One sentence that says what the reader can do. */
  readonly remedy?: string;
  /** Structured facts (ids, numbers) for logs and clients; no secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export abstract class ContenderError extends Error {
  abstract readonly code: string;
  abstract readonly kind: ErrorKind;
  readonly remedy: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.remedy = options.remedy ?? '';
    this.details = options.details ?? {};
  }
}

/** A value from outside does not fit its contract. `details.issues` lists each field with the reason. */
export class ContractViolation extends ContenderError {
  readonly code = 'CONTRACT_VIOLATION';
  readonly kind = 'usage';
}
