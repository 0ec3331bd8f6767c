import { ContenderError } from '../contracts/error.ts';
import type { ErrorKind } from '../contracts/error.ts';
import type { ReportedError } from '../control/reported-error.ts';

export { reportError } from '../control/reported-error.ts';
export type { ReportedError } from '../control/reported-error.ts';

/** The command line itself is wrong: unknown command or option, missing argument, bad value. */
export class UsageError extends ContenderError {
  readonly code = 'USAGE';
  readonly kind = 'usage';
}

/** The doctor found something missing. `details.checks` of the JSON form holds every finding. */
export class PartMissing extends ContenderError {
  readonly code = 'PART_MISSING';
  readonly kind = 'unreachable';
}

/** A version that was built again is not the recorded one. `details.report` holds every finding. */
export class ReproductionDiffers extends ContenderError {
  readonly code = 'REPRODUCTION_DIFFERS';
  readonly kind = 'refused';
}

/** A model of another library that cannot become a sum of trees, or cannot be read. */
export class ConversionRefused extends ContenderError {
  readonly code = 'CONVERSION_REFUSED';
  readonly kind = 'refused';
}

/** A converted model does not predict what its library predicts. */
export class ConversionInexact extends ContenderError {
  readonly code = 'CONVERSION_INEXACT';
  readonly kind = 'refused';
}

/** A token was called back on this machine; the registry, which tells the others, does not answer. */
export class RevokedHereOnly extends ContenderError {
  readonly code = 'REVOKED_HERE_ONLY';
  readonly kind = 'unreachable';
}

/** A drill of the way back did not pass; `details.drill` says how it ended and what each server found. */
export class DrillFailed extends ContenderError {
  readonly code = 'DRILL_FAILED';
  readonly kind = 'refused';
}

/** Ctrl-C, or a request to end, in the middle of a command. What was under way was ended in order; `cause` is how it noticed. */
export class Interrupted extends ContenderError {
  readonly code = 'INTERRUPTED';
  readonly kind = 'refused';
}

/** As shells report a program that an interrupt ended. */
export const INTERRUPTED_EXIT_CODE = 130;

/** Exit codes of design: 0 done, 1 refused by a rule, 2 wrong usage, 3 a part cannot be reached, 4 a bug. */
const EXIT_CODES = { refused: 1, usage: 2, unreachable: 3, bug: 4 } as const satisfies Record<
  ErrorKind,
  number
>;

export const exitCodeOf = (error: ReportedError): number => EXIT_CODES[error.kind];
