import { ContenderError } from '../contracts/error.ts';

/** A table of daily ICs cannot be read as one. The message names row and column; nothing was computed. */
export class IcTableInvalid extends ContenderError {
  readonly code = 'IC_TABLE_INVALID';
  readonly kind = 'usage';
}

/** A running comparison was given what it cannot use: a setting out of range, a session twice or out of order, a value that is not finite. Its state did not change. */
export class ComparisonInvalid extends ContenderError {
  readonly code = 'COMPARISON_INVALID';
  readonly kind = 'usage';
}
