import { createRemoteJWKSet, errors as joseErrors, jwtVerify } from 'jose';
import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { parseGrant } from '../../contracts/identity.ts';
import type { Identity } from '../../contracts/identity.ts';
import { SYSTEM_ACTOR } from '../../contracts/ids.ts';
import { IdentityProviderUnreachable, TokenExpired, TokenInvalid } from './errors.ts';
import { Subject } from './tokens.ts';

export interface OidcOptions {
  /** Exactly as the provider writes it into `iss`. */
  readonly issuer: string;
  /** This installation's name at the provider. */
  readonly audience: string;
  /** Where the keys are; null: as the provider's discovery document says. */
  readonly jwksUrl: string | null;
  /** Of public keys only: with a shared secret, whoever verifies could also sign. */
  readonly algorithms: readonly string[];
  /** Clocks of the provider and of this machine may differ by this much. */
  readonly clockToleranceSeconds: number;
  /** Claim that names the person; the same person has to have the same name everywhere. */
  readonly subjectClaim: string;
  /** Claim with the groups or roles of the person. */
  readonly rolesClaim: string;
  /** Grants by what the provider calls them. What is not listed here gives nothing. */
  readonly grants: ReadonlyMap<string, readonly string[]>;
}

const LONGEST_TOKEN = 8192;
const LONGEST_AGE_SECONDS = 24 * 3600;
const FETCH_TIMEOUT_MS = 5000;
/** Keys are asked for again when a token names an unknown one, no more often than this. */
const KEYS_COOLDOWN_MS = 30_000;
const KEYS_KEPT_MS = 600_000;
const DISCOVERY_KEPT_MS = 3_600_000;

const Discovery = z.object({ issuer: z.string(), jwks_uri: z.url() });
const Times = z.object({ exp: z.number(), iat: z.number() });
const Roles = z.union([z.array(z.string().max(200)).max(500), z.string().max(2000)]);

/** Tokens of an OpenID Connect provider, verified by the keys it publishes. */
export class OidcVerifier {
  readonly #options: OidcOptions;
  #keys: { readonly get: JWTVerifyGetKey; readonly untilMs: number } | undefined;

  constructor(options: OidcOptions) {
    this.#options = options;
  }

  /** @throws TokenExpired, TokenInvalid, IdentityProviderUnreachable */
  async verify(token: string, now: Date): Promise<Identity> {
    if (token.length > LONGEST_TOKEN) throw invalid('it is too long');
    const { issuer, audience, algorithms, clockToleranceSeconds, subjectClaim, rolesClaim } = this.#options;
    const payload = await this.#payload(token, now, {
      issuer,
      audience,
      algorithms: [...algorithms],
      requiredClaims: ['sub', 'iat', 'exp'],
      clockTolerance: clockToleranceSeconds,
      maxTokenAge: LONGEST_AGE_SECONDS,
      currentDate: now,
    });
    const subject = Subject.safeParse(payload[subjectClaim]);
    if (!subject.success || subject.data === SYSTEM_ACTOR.subject) {
      throw invalid(`its claim ${subjectClaim} names nobody`);
    }
    if (subjectClaim === 'email' && payload['email_verified'] !== true) {
      throw invalid('the provider has not verified its address');
    }
    const times = Times.safeParse(payload);
    if (!times.success) throw invalid('its times do not fit');
    const grants = this.#grantsOf(payload[rolesClaim]);
    if (grants.length === 0) throw invalid(`its claim ${rolesClaim} gives no role here`);
    return {
      subject: subject.data,
      grants: [...grants],
      tokenId:
        typeof payload.jti === 'string' && payload.jti.length <= 200
          ? payload.jti
          : `${subject.data}:${String(times.data.iat)}`,
      issuer,
      expiresAt: new Date(times.data.exp * 1000).toISOString(),
    };
  }

  async #payload(token: string, now: Date, options: Parameters<typeof jwtVerify>[2]): Promise<JWTPayload> {
    const keys = await this.#keySet(now);
    try {
      const { payload, protectedHeader } = await jwtVerify(token, keys, options);
      const type = protectedHeader.typ?.toLowerCase().replace(/^application\//u, '');
      if (type !== undefined && type !== 'jwt' && type !== 'at+jwt') throw invalid('it is of another type');
      return payload;
    } catch (error) {
      if (error instanceof joseErrors.JWTExpired) {
        throw new TokenExpired('the token has expired', { cause: error, remedy: 'Sign in again.' });
      }
      if (error instanceof TokenInvalid) throw error;
      if (isAboutKeys(error)) throw unreachable(this.#options.issuer, error);
      throw invalid('its signature or its claims do not fit', error);
    }
  }

  async #keySet(now: Date): Promise<JWTVerifyGetKey> {
    const kept = this.#keys;
    if (kept !== undefined && now.getTime() < kept.untilMs) return kept.get;
    const url = this.#options.jwksUrl ?? (await this.#discovered());
    const get = createRemoteJWKSet(new URL(url), {
      timeoutDuration: FETCH_TIMEOUT_MS,
      cooldownDuration: KEYS_COOLDOWN_MS,
      cacheMaxAge: KEYS_KEPT_MS,
    });
    this.#keys = { get, untilMs: now.getTime() + DISCOVERY_KEPT_MS };
    return get;
  }

  async #discovered(): Promise<string> {
    const { issuer } = this.#options;
    let document: unknown;
    try {
      const answer = await fetch(`${issuer.replace(/\/$/u, '')}/.well-known/openid-configuration`, {
        redirect: 'error',
        signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
      });
      document = await answer.json();
    } catch (error) {
      throw unreachable(issuer, error);
    }
    const parsed = Discovery.safeParse(document);
    if (!parsed.success || parsed.data.issuer !== issuer) {
      throw unreachable(issuer, new Error('its discovery document is not that of the issuer'));
    }
    return parsed.data.jwks_uri;
  }

  #grantsOf(claim: unknown): readonly string[] {
    const named = Roles.safeParse(claim);
    if (!named.success) return [];
    const names = typeof named.data === 'string' ? named.data.split(/[\s,]+/u) : named.data;
    return [...new Set(names.flatMap((name) => this.#options.grants.get(name) ?? []))];
  }
}

/**
 * `group=grant` pairs as a map: `trading-leads=quant-lead@XTAI`. A group may stand in several pairs.
 *
 * @returns null when a pair does not fit, with its text
 */
export function oidcGrants(
  pairs: readonly string[],
): { readonly map: ReadonlyMap<string, readonly string[]> } | { readonly wrong: string } {
  const map = new Map<string, readonly string[]>();
  for (const pair of pairs) {
    const at = pair.lastIndexOf('=');
    const name = pair.slice(0, at).trim();
    const grant = pair.slice(at + 1).trim();
    if (at < 1 || name === '' || parseGrant(grant) === null) return { wrong: pair };
    map.set(name, [...(map.get(name) ?? []), grant]);
  }
  return { map };
}

/** The keys could not be had, as opposed to a token that none of them signed. */
function isAboutKeys(error: unknown): boolean {
  if (error instanceof joseErrors.JWKSTimeout || error instanceof joseErrors.JWKSInvalid) return true;
  if (error instanceof TypeError && error.message === 'fetch failed') return true;
  return error instanceof joseErrors.JOSEError && error.code === 'ERR_JOSE_GENERIC';
}

function unreachable(issuer: string, cause: unknown): IdentityProviderUnreachable {
  return new IdentityProviderUnreachable(`the identity provider ${issuer} does not give its keys`, {
    cause,
    remedy: 'Check oidcIssuer and oidcJwksUrl, and that this machine reaches them.',
  });
}

function invalid(reason: string, cause?: unknown): TokenInvalid {
  return new TokenInvalid(`this token does not open this installation: ${reason}`, {
    cause,
    remedy: 'Sign in again at the identity provider; docs/identity.md says which claims are read.',
  });
}
