import { ContenderError } from '../contracts/error.ts';

/** No token and no session came with the request, or one that does not count any more. */
export class NotSignedIn extends ContenderError {
  readonly code = 'NOT_SIGNED_IN';
  readonly kind = 'refused';
}

/** The roles of whoever is signed in do not allow this. */
export class NotAllowed extends ContenderError {
  readonly code = 'NOT_ALLOWED';
  readonly kind = 'refused';
}

/** A request with a session came without the token that proves that our own page sent it. */
export class CsrfRefused extends ContenderError {
  readonly code = 'CSRF_REFUSED';
  readonly kind = 'refused';
}

/** A page of another origin sent the request, or it was sent to a name that is not ours. */
export class OriginRefused extends ContenderError {
  readonly code = 'ORIGIN_REFUSED';
  readonly kind = 'refused';
}

/** One person or address asks more often than the settings allow. */
export class TooManyRequests extends ContenderError {
  readonly code = 'TOO_MANY_REQUESTS';
  readonly kind = 'refused';
}

/** A field of the request does not fit; `details.issues` names each. */
export class RequestInvalid extends ContenderError {
  readonly code = 'REQUEST_INVALID';
  readonly kind = 'usage';
}

/** The body is above the limit. */
export class BodyTooLarge extends ContenderError {
  readonly code = 'BODY_TOO_LARGE';
  readonly kind = 'usage';
}

/** No operation of that method and path. */
export class RouteUnknown extends ContenderError {
  readonly code = 'ROUTE_UNKNOWN';
  readonly kind = 'usage';
}

/** The resource is not as it was when it was read. */
export class ResourceChanged extends ContenderError {
  readonly code = 'RESOURCE_CHANGED';
  readonly kind = 'refused';
}

/** What changes something came without an Idempotency-Key. */
export class IdempotencyKeyMissing extends ContenderError {
  readonly code = 'IDEMPOTENCY_KEY_MISSING';
  readonly kind = 'usage';
}

/** A ticket for the live view was used, has run out, or was never given. */
export class TicketInvalid extends ContenderError {
  readonly code = 'TICKET_INVALID';
  readonly kind = 'refused';
}

/** What claims to come from Slack was not signed with the secret of the app, or not now. */
export class SlackSignatureInvalid extends ContenderError {
  readonly code = 'SLACK_SIGNATURE_INVALID';
  readonly kind = 'refused';
}

/** A failure nobody foresaw. */
export class ApiInternal extends ContenderError {
  readonly code = 'API_INTERNAL';
  readonly kind = 'bug';
}

/** The plot was not drawn for this retrain; the message says why. */
export class FigureMissing extends ContenderError {
  readonly code = 'FIGURE_MISSING';
  readonly kind = 'refused';
}
