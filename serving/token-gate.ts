import { hash } from 'node:crypto';
import { rolesFor } from '../contracts/identity.ts';
import type { Actor, Role } from '../contracts/primitives.ts';
import type { Identify } from '../registry/identity/identify.ts';
import { revoked } from '../registry/identity/revocations.ts';
import { RoleNotAllowed, Unauthenticated } from './errors.ts';
import type { ServingClock } from './ports.ts';

export interface TokenGateOptions {
  /** Checks signature and claims. @throws for a token that does not hold */
  readonly verify: Identify;
  /** Whether a token was called back; asked with every request, so it looks nothing up. */
  readonly revoked: (issuer: string, tokenId: string) => boolean;
  readonly clock: ServingClock;
}

/** Signature and claims of a token are checked again after this long at most. */
export const TOKEN_CACHE_MS = 60_000;
const KEPT_TOKENS = 4096;

interface Known {
  readonly actor: Actor;
  readonly untilMonotonicMs: number;
  readonly expiresAtMs: number;
  readonly issuer: string;
  readonly tokenId: string;
}

/** Who asks, by the bearer token of a request. A signature costs as much as several predictions, so verdicts are kept for a while. */
export class TokenGate {
  readonly #options: TokenGateOptions;
  /** By the hash of the token, so that no token stays in memory. */
  readonly #known = new Map<string, Known>();

  constructor(options: TokenGateOptions) {
    this.#options = options;
  }

  /** At once for a token checked before. @throws Unauthenticated, TokenInvalid, TokenExpired, TokenRevoked */
  identify(authorization: string | undefined): Actor | Promise<Actor> {
    if (authorization?.startsWith('Bearer ') !== true) {
      throw new Unauthenticated('no bearer token was sent', {
        remedy: 'Send "Authorization: Bearer TOKEN"; made by: npm run contender -- token create',
      });
    }
    const token = authorization.slice('Bearer '.length);
    const key = hash('sha256', token, 'base64');
    const known = this.#known.get(key);
    const { clock, revoked: isRevoked } = this.#options;
    if (known !== undefined && isRevoked(known.issuer, known.tokenId)) throw revoked();
    if (
      known !== undefined &&
      clock.monotonicMs() < known.untilMonotonicMs &&
      clock.wallMs() < known.expiresAtMs
    ) {
      return known.actor;
    }
    this.#known.delete(key);
    return this.#check(key, token);
  }

  async #check(key: string, token: string): Promise<Actor> {
    const { verify, clock, revoked: isRevoked } = this.#options;
    const { subject, grants, issuer, tokenId, expiresAt } = await verify(token);
    if (isRevoked(issuer, tokenId)) throw revoked();
    const actor: Actor = { subject, roles: rolesFor(grants) };
    const untilMonotonicMs = clock.monotonicMs() + TOKEN_CACHE_MS;
    this.#known.set(key, { actor, untilMonotonicMs, expiresAtMs: Date.parse(expiresAt), issuer, tokenId });
    for (const [oldest] of this.#known) {
      if (this.#known.size <= KEPT_TOKENS) break;
      this.#known.delete(oldest);
    }
    return actor;
  }
}

/** @throws RoleNotAllowed */
export function requireRole(actor: Actor, roles: readonly Role[]): void {
  if (actor.roles.some((role) => roles.includes(role))) return;
  throw new RoleNotAllowed(`${actor.subject} needs the role ${roles.join(' or ')}`, {
    remedy: 'Use a token with that role.',
    details: { roles: actor.roles, needed: roles },
  });
}
