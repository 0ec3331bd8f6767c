import { ContenderError } from '../../contracts/error.ts';

/** A token that was not made here, was changed, or is not one at all. Deliberately says no more than that. */
export class TokenInvalid extends ContenderError {
  readonly code = 'TOKEN_INVALID';
  readonly kind = 'refused';
}

/** A token whose time is over. */
export class TokenExpired extends ContenderError {
  readonly code = 'TOKEN_EXPIRED';
  readonly kind = 'refused';
}

/** A token that an admin called back before its time. */
export class TokenRevoked extends ContenderError {
  readonly code = 'TOKEN_REVOKED';
  readonly kind = 'refused';
}

/** The signing key can be read by others, or is not an Ed25519 key. */
export class SigningKeyUnusable extends ContenderError {
  readonly code = 'SIGNING_KEY_UNUSABLE';
  readonly kind = 'refused';
}

/** A token cannot be made as asked: reserved subject, no role, too long a life. */
export class TokenRequestInvalid extends ContenderError {
  readonly code = 'TOKEN_REQUEST_INVALID';
  readonly kind = 'usage';
}

/** The identity provider does not give its keys, so nobody can be identified. */
export class IdentityProviderUnreachable extends ContenderError {
  readonly code = 'IDENTITY_PROVIDER_UNREACHABLE';
  readonly kind = 'unreachable';
}

/** The settings of the identity provider contradict each other. */
export class IdentitySettingsWrong extends ContenderError {
  readonly code = 'IDENTITY_SETTINGS_WRONG';
  readonly kind = 'usage';
}
