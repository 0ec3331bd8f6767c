import { decodeJwt } from 'jose';
import type { Identity } from '../../contracts/identity.ts';
import { TokenInvalid } from './errors.ts';
import { OidcVerifier } from './oidc.ts';
import type { OidcOptions } from './oidc.ts';
import { ISSUER, verifyIdentity } from './tokens.ts';

export interface IdentifierOptions {
  readonly signingKeyFile: string;
  /** Null: no identity provider. */
  readonly oidc: OidcOptions | null;
  /** Whether tokens that this installation signed itself count. */
  readonly localTokens: boolean;
  readonly now: () => Date;
}

export type Identify = (token: string) => Promise<Identity>;

/**
 * Who a token speaks for, whoever made it. The issuer that a token names decides who has to have signed it, so a key of the
 * one never vouches for the other.
 *
 * The function throws TokenExpired, TokenInvalid, SigningKeyUnusable, IdentityProviderUnreachable.
 */
export function createIdentifier({ signingKeyFile, oidc, localTokens, now }: IdentifierOptions): Identify {
  const provider = oidc === null ? null : new OidcVerifier(oidc);
  return async (token) => {
    if (provider !== null && oidc !== null && issuerOf(token) === oidc.issuer)
      return provider.verify(token, now());
    if (!localTokens) {
      throw new TokenInvalid('tokens of this installation do not count here', {
        remedy: 'Sign in at the identity provider (setting localTokens).',
      });
    }
    return verifyIdentity({ signingKeyFile, token, now: now() });
  };
}

/** Only to choose the verifier; nothing is believed. */
function issuerOf(token: string): string {
  try {
    const { iss } = decodeJwt(token);
    return iss === ISSUER ? '' : (iss ?? '');
  } catch {
    return '';
  }
}
