import { ContenderError } from '../contracts/error.ts';

/** A table of returns cannot be read as one. The message names row and column; nothing was computed. */
export class ReturnsTableInvalid extends ContenderError {
  readonly code = 'RETURNS_TABLE_INVALID';
  readonly kind = 'usage';
}

/** The gates were asked with fewer trials than the ledger holds. Nothing was judged. */
export class LedgerIncomplete extends ContenderError {
  readonly code = 'LEDGER_INCOMPLETE';
  readonly kind = 'refused';
}
