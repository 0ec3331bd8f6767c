import { hostname, userInfo } from 'node:os';
import { processSources } from '../config/config.ts';
import { ContenderError } from '../contracts/error.ts';
import { actorOn, scopeOf } from '../contracts/identity.ts';
import type { GrantSubject, Identity } from '../contracts/identity.ts';
import type { Actor } from '../contracts/primitives.ts';
import { identifierFrom } from '../control/identifier.ts';
import { Revocations, revocationsFile } from '../registry/identity/revocations.ts';
import type { CliContext } from './context.ts';
import { withRegistry } from './registry.ts';

/** The command decides something, and nobody said who acts. */
export class IdentityMissing extends ContenderError {
  readonly code = 'IDENTITY_MISSING';
  readonly kind = 'refused';
}

const TOKEN_VARIABLE = 'CONTENDER_TOKEN';

/** Which tokens are looked at: the one given on the command line alone, or also that of CONTENDER_TOKEN. */
type Source = 'given' | 'any';

const NOWHERE: GrantSubject = { model: null, market: null };

/**
 * Who acts on a model of a market, by a signed token: the one given, or (unless `only` is `given`) the one of
 * CONTENDER_TOKEN. Null without a token.
 *
 * @throws TokenInvalid, TokenExpired
 */
export async function actorFromToken(
  context: CliContext,
  given: string | undefined,
  about: GrantSubject = NOWHERE,
  only: Source = 'any',
): Promise<Actor | null> {
  const identity = await identityOf(context, given, only);
  return identity === null ? null : actorOn(identity, about);
}

/** As `actorFromToken`, on a model that exists; its market is looked up when a grant names one. */
export async function actorFromModelToken(
  context: CliContext,
  given: string | undefined,
  model: string,
  only: Source = 'any',
): Promise<Actor | null> {
  context.attempt.model = model;
  const identity = await identityOf(context, given, only);
  if (identity === null) return null;
  const byMarket = scopeOf(identity.grants).markets.length > 0;
  const market = byMarket
    ? (await withRegistry(context, (registry) => registry.currentSpec({ model }))).spec.market
    : null;
  return actorOn(identity, { model, market });
}

async function identityOf(
  context: CliContext,
  given: string | undefined,
  only: Source,
): Promise<Identity | null> {
  const token = given ?? (only === 'any' ? processSources().environment[TOKEN_VARIABLE] : undefined);
  if (token === undefined || token === '') return null;
  const identity = await identifierFrom(context.config(), () => new Date())(token);
  context.attempt.actor = identity.subject;
  await requireNotRevoked(context, identity);
  return identity;
}

/** By the list of this machine, and by the registry when it answers: a lost token opens nothing here either. */
async function requireNotRevoked(context: CliContext, { issuer, tokenId }: Identity): Promise<void> {
  const calledBack = new Revocations({
    file: revocationsFile(context.config().dataDir),
    read: () => withRegistry(context, (registry) => registry.revokedTokens()),
    onUnread: () => undefined,
  });
  await calledBack.refresh();
  await calledBack.require(issuer, tokenId);
}

/**
 * For what concerns every model. A role of one model or market does not do.
 *
 * @throws IdentityMissing, TokenInvalid, TokenExpired
 */
export async function requireActor(context: CliContext, given: string | undefined): Promise<Actor> {
  return (await actorFromToken(context, given)) ?? missing();
}

/** @throws IdentityMissing, TokenInvalid, TokenExpired */
export async function requireActorOn(
  context: CliContext,
  given: string | undefined,
  model: string,
): Promise<Actor> {
  return (await actorFromModelToken(context, given, model)) ?? missing();
}

/** @throws IdentityMissing, TokenInvalid, TokenExpired */
export async function requireActorOnRetrain(
  context: CliContext,
  given: string | undefined,
  retrainId: string,
): Promise<Actor> {
  return requireActorOn(context, given, retrainId.split(':')[1] ?? '');
}

function missing(): never {
  throw new IdentityMissing('Nobody said who decides', {
    remedy: `Make a token with "npm run contender -- token create --subject NAME --role quant-lead", then give it with --token or ${TOKEN_VARIABLE}.`,
  });
}

/** For commands that decide nothing: the user of this machine. */
export function localActor(): Actor {
  return { subject: `${userInfo().username}@${hostname()}`, roles: ['researcher'] };
}
