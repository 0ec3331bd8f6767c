/** Refusals for not saying who asks, or saying it wrongly: 401 of the API. */
export const NOT_IDENTIFIED: readonly string[] = [
  'NOT_SIGNED_IN',
  'TOKEN_INVALID',
  'TOKEN_EXPIRED',
  'TOKEN_REVOKED',
  'TICKET_INVALID',
  'IDENTITY_MISSING',
  'SLACK_SIGNATURE_INVALID',
];

/** Refusals for who asks, whatever the state of things: 403 of the API. */
export const NOT_PERMITTED: readonly string[] = [
  'NOT_ALLOWED',
  'ROLE_MISSING',
  'APPROVER_ROLE',
  'OPERATOR_ROLE',
  'FOUR_EYES',
  'SECOND_PERSON_NEEDED',
  'CSRF_REFUSED',
  'ORIGIN_REFUSED',
];

/** What goes into the log of refused attempts, at whichever entrance it was tried. */
export const DENIED_CODES: ReadonlySet<string> = new Set([
  ...NOT_IDENTIFIED,
  ...NOT_PERMITTED,
  'TOO_MANY_REQUESTS',
]);
