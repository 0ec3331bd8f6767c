import { randomUUID } from 'node:crypto';
import { SignJWT, errors as joseErrors, jwtVerify } from 'jose';
import { z } from 'zod';
import { SYSTEM_ACTOR } from '../../contracts/ids.ts';
import { ModelName } from '../../contracts/primitives.ts';
import type { Actor } from '../../contracts/primitives.ts';
import { TokenExpired, TokenInvalid, TokenRequestInvalid } from './errors.ts';
import { openSigningKey } from './signing-key.ts';

/** A header type of its own: a break-glass token opens nothing but a server, and no other token opens a server. */
const TOKEN_TYPE = 'contender-break-glass+jwt';
const ALGORITHM = 'EdDSA';
const ISSUER = 'contender';
const AUDIENCE = 'contender-server';

/** Made beforehand and kept for the night when it is needed: a month, then a new one is due. */
export const LONGEST_BREAK_GLASS_SECONDS = 31 * 24 * 3600;
const CLOCK_TOLERANCE_SECONDS = 5;
const LONGEST_TOKEN = 8192;

/** Those who may take a champion back through the registry, and nobody else. */
const BreakGlassRole = z.enum(['quant-lead', 'operator', 'admin']);

const Claims = z.object({
  sub: z
    .string()
    .regex(/^[\p{L}\p{N}][\p{L}\p{N}._@+-]{0,119}$/u)
    .refine((subject) => subject !== SYSTEM_ACTOR.subject),
  roles: z.array(BreakGlassRole).min(1).max(3),
  models: z.array(ModelName).min(1).max(100),
  jti: z.uuid(),
  exp: z.number(),
});

export interface BreakGlassGrant {
  readonly actor: Actor;
  /** Models whose answers the bearer may override. */
  readonly models: readonly string[];
  readonly tokenId: string;
  /** ISO instant; nothing that the token causes lasts longer. */
  readonly expiresAt: string;
}

export interface IssueBreakGlassInput {
  readonly signingKeyFile: string;
  readonly subject: string;
  readonly roles: readonly string[];
  readonly models: readonly string[];
  readonly ttlSeconds: number;
  readonly now: Date;
}

/**
 * Makes a token that lets a prediction server answer with an earlier champion while the registry is away.
 *
 * @throws TokenRequestInvalid naming the field, SigningKeyUnusable
 */
export async function issueBreakGlassToken(
  input: IssueBreakGlassInput,
): Promise<BreakGlassGrant & { readonly token: string }> {
  const { ttlSeconds } = input;
  if (!Number.isInteger(ttlSeconds) || ttlSeconds < 1 || ttlSeconds > LONGEST_BREAK_GLASS_SECONDS) {
    throw new TokenRequestInvalid(`no break-glass token lives ${String(ttlSeconds)} seconds`, {
      remedy: `It lives 1 second to ${String(LONGEST_BREAK_GLASS_SECONDS / 86_400)} days.`,
    });
  }
  const issuedAt = Math.floor(input.now.getTime() / 1000);
  const asked = Claims.safeParse({
    sub: input.subject,
    roles: [...new Set(input.roles)],
    models: [...new Set(input.models)],
    jti: randomUUID(),
    exp: issuedAt + ttlSeconds,
  });
  if (!asked.success) {
    const fields = [...new Set(asked.error.issues.map(({ path }) => String(path[0])))];
    throw new TokenRequestInvalid(`no break-glass token is made: ${fields.join(', ')} do not fit`, {
      remedy: `Name a person, models, and roles out of ${BreakGlassRole.options.join(', ')}.`,
      details: { fields },
    });
  }
  const { sub, roles, models, jti, exp } = asked.data;
  const { privateKey } = await openSigningKey(input.signingKeyFile);
  const token = await new SignJWT({ roles, models })
    .setProtectedHeader({ alg: ALGORITHM, typ: TOKEN_TYPE })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(sub)
    .setJti(jti)
    .setIssuedAt(issuedAt)
    .setExpirationTime(exp)
    .sign(privateKey);
  return {
    token,
    actor: { subject: sub, roles },
    models,
    tokenId: jti,
    expiresAt: new Date(exp * 1000).toISOString(),
  };
}

/**
 * What a break-glass token allows. Needs the key file of the installation and nothing that could be down.
 *
 * @throws TokenExpired, TokenInvalid, SigningKeyUnusable
 */
export async function verifyBreakGlassToken(input: {
  readonly signingKeyFile: string;
  readonly token: string;
  readonly now: Date;
}): Promise<BreakGlassGrant> {
  if (input.token.length > LONGEST_TOKEN) throw invalid('it is too long');
  const { publicKey } = await openSigningKey(input.signingKeyFile);
  let payload: unknown;
  try {
    const verified = await jwtVerify(input.token, publicKey, {
      algorithms: [ALGORITHM],
      typ: TOKEN_TYPE,
      issuer: ISSUER,
      audience: AUDIENCE,
      requiredClaims: ['sub', 'jti', 'iat', 'exp'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      maxTokenAge: LONGEST_BREAK_GLASS_SECONDS,
      currentDate: input.now,
    });
    payload = verified.payload;
  } catch (error) {
    if (error instanceof joseErrors.JWTExpired) {
      throw new TokenExpired('the break-glass token has expired', {
        cause: error,
        remedy: 'Make a new one: npm run contender -- token break-glass',
      });
    }
    throw invalid('its signature or its claims do not fit', error);
  }
  const claims = Claims.safeParse(payload);
  if (!claims.success) throw invalid('its claims do not fit');
  const { sub, roles, models, jti, exp } = claims.data;
  return {
    actor: { subject: sub, roles },
    models,
    tokenId: jti,
    expiresAt: new Date(exp * 1000).toISOString(),
  };
}

function invalid(reason: string, cause?: unknown): TokenInvalid {
  return new TokenInvalid(`this is no break-glass token of this installation: ${reason}`, {
    cause,
    remedy: 'Make one: npm run contender -- token break-glass --subject NAME --role operator --model MODEL',
  });
}
