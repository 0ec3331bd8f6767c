import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DENIED_CODES } from '../control/denied.ts';
import { reportError } from '../control/reported-error.ts';
import type { AuthorizationRequest, OidcSignIn } from '../registry/identity/oidc-sign-in.ts';
import { NotSignedIn } from './errors.ts';
import type { RequestGate } from './identity-of-request.ts';
import type { ApiClock } from './parts.ts';
import type { RefusalLog } from './refusals.ts';

/** Below the base path. */
export const OIDC_URL = '/sign-in/oidc';
const OPERATION = 'signIn';
/** From leaving for the provider to coming back. */
const PATIENCE_MS = 600_000;
const MOST_UNDER_WAY = 1000;
const SECRET_BYTES = 32;
const COOKIE = 'contender-sign-in';

interface UnderWay extends AuthorizationRequest {
  /** Of the browser that began: a link that somebody else began signs nobody in. */
  readonly browser: string;
  readonly to: string;
  readonly untilMs: number;
}

interface OidcParts {
  readonly signIn: OidcSignIn;
  readonly gate: RequestGate;
  readonly clock: ApiClock;
  readonly refusals: RefusalLog;
  /** As browsers reach us; null: by the name they used, which is one of this machine. */
  readonly publicOrigin: string | null;
}

const secret = (): string => randomBytes(SECRET_BYTES).toString('base64url');

/** Signing in at the identity provider: out by redirect, back with a code that only this process can turn into a token. */
export function addOidc(app: FastifyInstance, base: string, parts: OidcParts): void {
  const { signIn, gate, clock } = parts;
  const underWay = new Map<string, UnderWay>();
  const callback = `${base}${OIDC_URL}/callback`;
  const secure = parts.publicOrigin?.startsWith('https:') === true ? '; Secure' : '';
  const cookie = (value: string, seconds: number): string =>
    `${COOKIE}=${value}; Path=${base}${OIDC_URL}; HttpOnly; SameSite=Lax; Max-Age=${String(seconds)}${secure}`;

  app.get(`${base}${OIDC_URL}`, async (request, reply) => {
    const origin = parts.publicOrigin ?? `http://${request.headers.host ?? ''}`;
    const begun: UnderWay = {
      ...{ redirectUri: `${origin}${callback}`, state: secret(), nonce: secret(), verifier: secret() },
      ...{ browser: secret(), to: pageOf(request), untilMs: clock.monotonicMs() + PATIENCE_MS },
    };
    let url: string;
    try {
      url = await signIn.authorizationUrl(begun);
    } catch (error) {
      return refuse(error, request, reply, parts);
    }
    const [oldest] = underWay.keys();
    if (underWay.size >= MOST_UNDER_WAY && oldest !== undefined) underWay.delete(oldest);
    underWay.set(begun.state, begun);
    return reply
      .header('set-cookie', cookie(begun.browser, PATIENCE_MS / 1000))
      .header('cache-control', 'no-store')
      .redirect(url, 303);
  });

  app.get(callback, async (request, reply) => {
    void reply.header('cache-control', 'no-store');
    try {
      const { code, state } = request.query as Readonly<Record<string, unknown>>;
      const begun = typeof state === 'string' ? underWay.get(state) : undefined;
      if (begun !== undefined) underWay.delete(begun.state);
      if (begun === undefined || typeof code !== 'string' || !sameBrowser(request, begun)) {
        throw new NotSignedIn('this sign-in was not begun in this browser, or long ago', {
          remedy: 'Begin again at the sign-in page.',
        });
      }
      if (clock.monotonicMs() > begun.untilMs) {
        throw new NotSignedIn('this sign-in took longer than ten minutes', { remedy: 'Begin again.' });
      }
      const { secret: session, identity } = await gate.open(await signIn.tokenFor(code, begun));
      void reply.header('set-cookie', [gate.setCookie(session, identity), cookie('', 0)]);
      return await goOn(reply, begun.to);
    } catch (error) {
      return refuse(error, request, reply, parts);
    }
  });
}

/** A page of ours, whatever the link said. */
function pageOf(request: FastifyRequest): string {
  const { to } = request.query as Readonly<Record<string, unknown>>;
  return typeof to === 'string' && to.length < 500 && /^\/(?![/\\])[^\s"<>]*$/u.test(to) ? to : '/';
}

function sameBrowser(request: FastifyRequest, { browser }: UnderWay): boolean {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='));
  const given = Buffer.from(pairs.find(([name]) => name === COOKIE)?.[1] ?? '');
  const wanted = Buffer.from(browser);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

/**
 * The cookie of the session is not sent with a navigation that another site began, redirects included: a page of ours takes
 * the last step.
 */
function goOn(reply: FastifyReply, to: string): FastifyReply {
  const address = to.replaceAll('&', '&amp;');
  return reply
    .type('text/html; charset=utf-8')
    .send(
      `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Contender</title><meta http-equiv="refresh" content="0;url=${address}"></head><body><a href="${address}">Contender</a></body></html>`,
    );
}

/** Somebody waits before a page: they are led back to it, with the code of what went wrong. */
function refuse(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { refusals }: OidcParts,
): FastifyReply {
  const { code, kind, message } = reportError(error);
  if (kind === 'bug') throw error;
  if (DENIED_CODES.has(code)) {
    refusals.record({
      actor: `anonymous@${request.ip}`,
      command: OPERATION,
      code,
      model: '',
      reason: message,
    });
  }
  return goOn(reply, `/sign-in?refused=${encodeURIComponent(code)}`);
}
