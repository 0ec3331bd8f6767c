import { randomUUID } from 'node:crypto';
import { SignJWT, errors as joseErrors, jwtVerify } from 'jose';
import { z } from 'zod';
import { SYSTEM_ACTOR } from '../../contracts/ids.ts';
import { Grant, rolesFor } from '../../contracts/identity.ts';
import type { Identity } from '../../contracts/identity.ts';
import { Role } from '../../contracts/primitives.ts';
import type { Actor } from '../../contracts/primitives.ts';
import { TokenExpired, TokenInvalid, TokenRequestInvalid } from './errors.ts';
import { openSigningKey } from './signing-key.ts';

/** The one algorithm; a token that names another, `none` above all, is refused before anything is computed. */
const ALGORITHM = 'EdDSA';
export const ISSUER = 'contender';
const AUDIENCE = 'contender';
/** A header type of our own: a token made for something else by the same key does not pass. */
const TOKEN_TYPE = 'contender+jwt';

/** A working day: long enough to decide with, short enough to be lost. */
export const DEFAULT_TTL_SECONDS = 8 * 3600;
const LONGEST_TTL_SECONDS = 30 * 24 * 3600;
/** Clocks of two machines may differ by this much. */
const CLOCK_TOLERANCE_SECONDS = 5;
const LONGEST_TOKEN = 4096;
const MOST_GRANTS = 64;

/** A name that can stand in a log line: letters, digits and a few signs. */
export const Subject = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N}._@+-]{0,119}$/u, '1 to 120 letters, digits, or . _ @ + -');

const Claims = z.object({
  sub: Subject,
  roles: z.array(Grant).min(1).max(MOST_GRANTS),
  jti: z.string().min(1).max(200),
  iat: z.number(),
  exp: z.number(),
});

export interface IssueTokenInput {
  readonly signingKeyFile: string;
  readonly subject: string;
  /** Grants: a role, `role@model` or `role@MARKET`. */
  readonly roles: readonly string[];
  readonly ttlSeconds: number;
  readonly now: Date;
}

export interface IssuedToken {
  readonly token: string;
  /** With the roles that hold everywhere; those of one model or market are in `grants`. */
  readonly actor: Actor;
  readonly grants: readonly string[];
  readonly tokenId: string;
  readonly expiresAt: string;
}

/** Makes a token that says who acts, with which roles, until when. Throws TokenRequestInvalid, SigningKeyUnusable. */
export async function issueToken(input: IssueTokenInput): Promise<IssuedToken> {
  const subject = Subject.safeParse(input.subject);
  if (!subject.success)
    throw badRequest(`not a subject: ${input.subject}`, 'Use 1 to 120 letters, digits or . _ @ + -');
  if (subject.data === SYSTEM_ACTOR.subject) {
    throw badRequest('the subject system is the control plane itself', 'Name a person.');
  }
  const roles = z
    .array(Grant)
    .min(1)
    .max(MOST_GRANTS)
    .safeParse([...new Set(input.roles)]);
  if (!roles.success) {
    throw badRequest(
      `roles ${input.roles.join(', ') || '(none)'}`,
      `Choose from ${Role.options.join(', ')}; add @MODEL or @MARKET to limit one.`,
    );
  }
  const { ttlSeconds } = input;
  if (!Number.isInteger(ttlSeconds) || ttlSeconds < 1 || ttlSeconds > LONGEST_TTL_SECONDS) {
    throw badRequest(
      `a life of ${String(ttlSeconds)} seconds`,
      `A token lives 1 second to ${String(LONGEST_TTL_SECONDS / 86_400)} days.`,
    );
  }
  const { privateKey } = await openSigningKey(input.signingKeyFile);
  const issuedAt = Math.floor(input.now.getTime() / 1000);
  const expiresAt = issuedAt + ttlSeconds;
  const tokenId = randomUUID();
  const token = await new SignJWT({ roles: roles.data })
    .setProtectedHeader({ alg: ALGORITHM, typ: TOKEN_TYPE })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(subject.data)
    .setJti(tokenId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(expiresAt)
    .sign(privateKey);
  return {
    token,
    actor: { subject: subject.data, roles: rolesFor(roles.data) },
    grants: roles.data,
    tokenId,
    expiresAt: new Date(expiresAt * 1000).toISOString(),
  };
}

export interface VerifyTokenInput {
  readonly signingKeyFile: string;
  readonly token: string;
  readonly now: Date;
}

/** As `verifyIdentity`, with the roles alone that hold for every model. */
export async function verifyToken(input: VerifyTokenInput): Promise<Actor> {
  const { subject, grants } = await verifyIdentity(input);
  return { subject, roles: rolesFor(grants) };
}

/** Who a token speaks for, and for what. Throws TokenExpired, TokenInvalid, SigningKeyUnusable. */
export async function verifyIdentity(input: VerifyTokenInput): Promise<Identity> {
  const { token, now } = input;
  if (token.length > LONGEST_TOKEN) throw invalid('it is too long');
  const { publicKey } = await openSigningKey(input.signingKeyFile);
  let payload: unknown;
  try {
    const verified = await jwtVerify(token, publicKey, {
      algorithms: [ALGORITHM],
      typ: TOKEN_TYPE,
      issuer: ISSUER,
      audience: AUDIENCE,
      requiredClaims: ['sub', 'jti', 'iat', 'exp'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      maxTokenAge: LONGEST_TTL_SECONDS,
      currentDate: now,
    });
    payload = verified.payload;
  } catch (error) {
    if (error instanceof joseErrors.JWTExpired) {
      throw new TokenExpired('the token has expired', {
        cause: error,
        remedy: 'Make a new one: npm run contender -- token create',
      });
    }
    throw invalid('its signature or its claims do not fit', error);
  }
  const claims = Claims.safeParse(payload);
  if (!claims.success || claims.data.sub === SYSTEM_ACTOR.subject) throw invalid('its claims do not fit');
  const { sub, roles, jti, exp } = claims.data;
  return {
    subject: sub,
    grants: [...new Set(roles)],
    tokenId: jti,
    issuer: ISSUER,
    expiresAt: new Date(exp * 1000).toISOString(),
  };
}

function invalid(reason: string, cause?: unknown): TokenInvalid {
  return new TokenInvalid(`this is no token of this installation: ${reason}`, {
    cause,
    remedy: 'Make one: npm run contender -- token create --subject NAME --role quant-lead',
  });
}

function badRequest(what: string, remedy: string): TokenRequestInvalid {
  return new TokenRequestInvalid(`no token is made for ${what}`, { remedy });
}
