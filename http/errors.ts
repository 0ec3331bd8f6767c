import { ContenderError } from '../contracts/error.ts';

/** The body is of a type that the operation does not take. */
export class UnsupportedMediaType extends ContenderError {
  readonly code = 'UNSUPPORTED_MEDIA_TYPE';
  readonly kind = 'usage';
}

/** The path exists and does not take this method. */
export class MethodNotAllowed extends ContenderError {
  readonly code = 'METHOD_NOT_ALLOWED';
  readonly kind = 'usage';
}

/** A JSON object names a key twice: which value was meant is anybody's guess. */
export class DuplicateKey extends ContenderError {
  readonly code = 'DUPLICATE_KEY';
  readonly kind = 'usage';
}

/** Arrays and objects within each other beyond anything that is asked for. */
export class NestedTooDeeply extends ContenderError {
  readonly code = 'NESTED_TOO_DEEPLY';
  readonly kind = 'usage';
}

/** A part of the address is longer than anything that is kept. */
export class AddressTooLong extends ContenderError {
  readonly code = 'ADDRESS_TOO_LONG';
  readonly kind = 'usage';
}

/** What came is no HTTP request. */
export class HttpMalformed extends ContenderError {
  readonly code = 'HTTP_MALFORMED';
  readonly kind = 'usage';
}

/** The headers of a request are above what is read. */
export class HttpHeadersTooLarge extends ContenderError {
  readonly code = 'HTTP_HEADERS_TOO_LARGE';
  readonly kind = 'usage';
}

/** A request did not arrive as a whole in time. */
export class HttpTimedOut extends ContenderError {
  readonly code = 'HTTP_TIMED_OUT';
  readonly kind = 'usage';
}

/** Statuses of the faults above; a server adds its own. */
export const HTTP_STATUS_BY_CODE: readonly (readonly [string, number])[] = [
  ['METHOD_NOT_ALLOWED', 405],
  ['HTTP_TIMED_OUT', 408],
  ['ADDRESS_TOO_LONG', 414],
  ['UNSUPPORTED_MEDIA_TYPE', 415],
  ['HTTP_HEADERS_TOO_LARGE', 431],
];
