import { ContenderError } from '../contracts/error.ts';

/** A table of returns cannot be read as one. The message names row and column; nothing was computed. */
export class ReturnsTableInvalid extends ContenderError {
  readonly code = 'RETURNS_TABLE_INVALID';
  readonly kind = 'usage';
}
