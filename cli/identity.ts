import { hostname, userInfo } from 'node:os';
import { processSources } from '../config/config.ts';
import { ContenderError } from '../contracts/error.ts';
import type { Actor } from '../contracts/primitives.ts';
import { verifyToken } from '../registry/identity/tokens.ts';
import type { CliContext } from './context.ts';

/** The command decides something, and nobody said who acts. */
export class IdentityMissing extends ContenderError {
  readonly code = 'IDENTITY_MISSING';
  readonly kind = 'refused';
}

const TOKEN_VARIABLE = 'CONTENDER_TOKEN';

/**
 * Who acts, by a signed token: the one given, or (unless `only` is `given`) the one of CONTENDER_TOKEN. Null without a token.
 *
 * @throws TokenInvalid, TokenExpired
 */
export async function actorFromToken(
  context: CliContext,
  given: string | undefined,
  only: 'given' | 'any' = 'any',
): Promise<Actor | null> {
  const token = given ?? (only === 'any' ? processSources().environment[TOKEN_VARIABLE] : undefined);
  if (token === undefined || token === '') return null;
  return await verifyToken({
    signingKeyFile: context.config().tokenSigningKeyFile,
    token,
    now: new Date(),
  });
}

/** @throws IdentityMissing, TokenInvalid, TokenExpired */
export async function requireActor(context: CliContext, given: string | undefined): Promise<Actor> {
  const actor = await actorFromToken(context, given);
  if (actor !== null) return actor;
  throw new IdentityMissing('Nobody said who decides', {
    remedy: `Make a token with "npm run contender -- token create --subject NAME --role quant-lead", then give it with --token or ${TOKEN_VARIABLE}.`,
  });
}

/** For commands that decide nothing: the user of this machine. */
export function localActor(): Actor {
  return { subject: `${userInfo().username}@${hostname()}`, roles: ['researcher'] };
}
