import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Identity } from '../contracts/identity.ts';
import type { Identify } from '../registry/identity/identify.ts';
import type { Registry } from '../registry/registry.ts';
import { CsrfRefused, NotSignedIn, OriginRefused } from './errors.ts';
import type { ApiClock } from './parts.ts';

export interface SignedIn {
  readonly identity: Identity;
  /** Null: signed in by a token in the header. */
  readonly sessionSecret: string | null;
}

export interface GateOptions {
  readonly registry: Registry;
  readonly identify: Identify;
  readonly clock: ApiClock;
  /** Browsers reach us over https: cookies are then Secure and bound to this host. */
  readonly https: boolean;
  /** Host of the public URL; null: only names of this machine. */
  readonly publicHost: string | null;
}

const THIS_MACHINE = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/u;
const SECRET = /^[\w-]{43}$/u;
/** A token that was called back opens nothing after this long at most. */
const REVOCATIONS_KEPT_MS = 5000;
/** A working day: whoever decides tomorrow signs in again. */
export const LONGEST_SESSION_SECONDS = 12 * 3600;

/** Who a request comes from: a bearer token, or the cookie of a session. */
export class RequestGate {
  readonly cookieName: string;
  readonly #options: GateOptions;
  #revoked: { readonly ids: ReadonlySet<string>; readonly untilMs: number } = { ids: new Set(), untilMs: 0 };

  constructor(options: GateOptions) {
    this.#options = options;
    // The prefix makes browsers refuse the cookie from anybody but this very host, over https, for every path.
    this.cookieName = options.https ? '__Host-contender' : 'contender-session';
  }

  /** Null: nobody is signed in. Throws TokenInvalid, TokenExpired, NotSignedIn, IdentityProviderUnreachable. */
  async signedIn(request: Pick<FastifyRequest, 'headers'>): Promise<SignedIn | null> {
    const { authorization } = request.headers;
    if (authorization !== undefined) {
      const [, token] = /^Bearer ([\w.~+/=-]+)$/u.exec(authorization) ?? [];
      if (token === undefined) {
        throw new NotSignedIn('the Authorization header holds no bearer token', {
          remedy: 'Send "Authorization: Bearer TOKEN"; made by: npm run contender -- token create',
        });
      }
      return { identity: await this.identityOf(token), sessionSecret: null };
    }
    const secret = this.#cookie(request.headers.cookie);
    if (secret === null) return null;
    const session = await this.#options.registry.findApiSession({ secret });
    if (session === null) {
      throw new NotSignedIn('the session has ended', { remedy: 'Sign in again.' });
    }
    const { subject, grants, issuer, tokenId, expiresAt } = session;
    return {
      identity: { subject, grants: [...grants], issuer, tokenId, expiresAt },
      sessionSecret: secret,
    };
  }

  /** Throws TokenInvalid, TokenExpired, NotSignedIn. */
  async identityOf(token: string): Promise<Identity> {
    const identity = await this.#options.identify(token);
    if (!(await this.isRevoked(identity))) return identity;
    throw new NotSignedIn('the token was called back', { remedy: 'Ask an admin for a new one.' });
  }

  async isRevoked({ issuer, tokenId }: Pick<Identity, 'issuer' | 'tokenId'>): Promise<boolean> {
    const { registry, clock } = this.#options;
    if (clock.monotonicMs() >= this.#revoked.untilMs) {
      const ids = new Set(await registry.revokedTokens());
      this.#revoked = { ids, untilMs: clock.monotonicMs() + REVOCATIONS_KEPT_MS };
    }
    return this.#revoked.ids.has(`${issuer} ${tokenId}`);
  }

  /** Whether what was signed in with still counts. */
  async stillCounts({ identity, sessionSecret }: SignedIn): Promise<boolean> {
    const { registry, clock } = this.#options;
    if (clock.now().getTime() >= Date.parse(identity.expiresAt)) return false;
    if (sessionSecret !== null) return (await registry.findApiSession({ secret: sessionSecret })) !== null;
    return !(await this.isRevoked(identity));
  }

  /** Opens a session for whoever a token speaks for; gives the secret of its cookie. */
  async open(token: string): Promise<{ readonly secret: string; readonly identity: Identity }> {
    const { registry, clock } = this.#options;
    const identity = await this.identityOf(token);
    const longest = clock.now().getTime() + LONGEST_SESSION_SECONDS * 1000;
    const expiresAt = new Date(Math.min(longest, Date.parse(identity.expiresAt))).toISOString();
    const secret = randomBytes(32).toString('base64url');
    await registry.openApiSession({ secret, identity, expiresAt });
    return { secret, identity: { ...identity, expiresAt } };
  }

  setCookie(secret: string, identity: Identity): string {
    const seconds = Math.max(
      0,
      Math.floor((Date.parse(identity.expiresAt) - this.#options.clock.now().getTime()) / 1000),
    );
    return this.#cookieText(secret, seconds);
  }

  clearCookie(): string {
    return this.#cookieText('', 0);
  }

  #cookieText(value: string, maxAge: number): string {
    const secure = this.#options.https ? '; Secure' : '';
    return `${this.cookieName}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${String(maxAge)}${secure}`;
  }

  /** The name that the request was sent to is one of ours: a page of another name cannot reach us by pointing it here. */
  requireHost(host: string | undefined): void {
    const { publicHost } = this.#options;
    if (host !== undefined && (THIS_MACHINE.test(host) || host.toLowerCase() === publicHost)) return;
    throw new OriginRefused('the request was sent to a name that is not ours', {
      remedy: 'Use 127.0.0.1 or localhost, or set apiPublicUrl.',
    });
  }

  /** A page that sends this is our own. Programs send neither header. */
  requireOwnOrigin(request: Pick<FastifyRequest, 'headers'>): void {
    const { origin, host } = request.headers;
    const site = request.headers['sec-fetch-site'];
    const sameSite = site === undefined || site === 'same-origin' || site === 'none';
    const ownOrigin =
      origin === undefined || isOrigin(origin, host) || isOrigin(origin, this.#options.publicHost);
    if (sameSite && ownOrigin) return;
    throw new OriginRefused('a page of another origin sent this', { remedy: 'Use the dashboard itself.' });
  }

  /** Throws CsrfRefused, OriginRefused. Only sessions need it: no other site can make a browser send a token header. */
  requireOwnPage(request: Pick<FastifyRequest, 'headers'>, sessionSecret: string): void {
    this.requireOwnOrigin(request);
    const sent = request.headers['x-csrf-token'];
    if (typeof sent === 'string' && equal(sent, csrfTokenOf(sessionSecret))) return;
    throw new CsrfRefused('the request lacks the token of the page', {
      remedy: 'Send X-CSRF-Token as GET /api/v1/session gives it.',
    });
  }

  #cookie(header: string | undefined): string | null {
    const pairs = (header ?? '').split(';').map((pair) => pair.trim().split('='));
    const values = pairs.flatMap(([name, value]) => (name === this.cookieName ? [value ?? ''] : []));
    const [value] = values;
    // Two of them: somebody else set one.
    if (value === undefined || values.length > 1 || !SECRET.test(value)) return null;
    return value;
  }
}

/** Derived, so that nothing has to be kept: whoever has the cookie's secret is our page. */
export function csrfTokenOf(sessionSecret: string): string {
  return createHash('sha256').update(`csrf:${sessionSecret}`).digest('base64url');
}

function equal(one: string, other: string): boolean {
  const a = Buffer.from(one);
  const b = Buffer.from(other);
  return a.length === b.length && timingSafeEqual(a, b);
}

function isOrigin(origin: string, host: string | null | undefined): boolean {
  if (host === null || host === undefined || !URL.canParse(origin)) return false;
  return new URL(origin).host === host.toLowerCase();
}
