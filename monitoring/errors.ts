import { ContenderError } from '../contracts/error.ts';

/** A table of daily ICs cannot be read as one. The message names row and column; nothing was computed. */
export class IcTableInvalid extends ContenderError {
  readonly code = 'IC_TABLE_INVALID';
  readonly kind = 'usage';
}
