import {
  LiveTicket,
  OpenSession,
  RevokedToken,
  RevokeToken,
  SignedOut,
  WhoAmI,
} from '../../contracts/api/people.ts';
import { NotSignedIn } from '../errors.ts';
import { csrfTokenOf } from '../identity-of-request.ts';
import { LIVE_PATH } from '../live/live.ts';
import { defineRoute } from '../route.ts';
import { NO_BODY, NO_PARAMS, NO_QUERY } from './nothing.ts';

const TAG = 'identity';
const none = () => null;

/** Opening a session sets a cookie, which the server does itself: the answer is that of `whoAmI`. */
export const SIGN_IN = 'signIn';
export const SIGN_OUT = 'signOut';

export const sessionRoutes = [
  defineRoute({
    ...{ id: SIGN_IN, method: 'post', path: '/session', tag: TAG, refusals: [], repeatable: false },
    summary: 'Opens a session for the person of a token; the cookie is set by the answer',
    access: { kind: 'open' },
    ...{ params: NO_PARAMS, query: NO_QUERY, body: OpenSession, answer: WhoAmI, about: none },
    handle: ({ identity, sessionSecret }) => {
      if (sessionSecret === null) return Promise.reject(new NotSignedIn('no session was opened'));
      return Promise.resolve(whoIs(identity, sessionSecret));
    },
  }),
  defineRoute({
    ...{ id: 'whoAmI', method: 'get', path: '/session', tag: TAG, refusals: [], repeatable: false },
    summary: 'Who is signed in, with which roles, until when',
    access: { kind: 'signed-in' },
    ...{ params: NO_PARAMS, query: NO_QUERY, body: NO_BODY, answer: WhoAmI, about: none },
    handle: ({ identity, sessionSecret }) => Promise.resolve(whoIs(identity, sessionSecret)),
  }),
  defineRoute({
    ...{ id: SIGN_OUT, method: 'delete', path: '/session', tag: TAG, refusals: [], repeatable: false },
    summary: 'Ends the session',
    access: { kind: 'signed-in' },
    ...{ params: NO_PARAMS, query: NO_QUERY, body: NO_BODY, answer: SignedOut, about: none },
    handle: async ({ sessionSecret }, { registry }) => {
      if (sessionSecret !== null) await registry.closeApiSession({ secret: sessionSecret });
      return { signedOut: true as const };
    },
  }),
  defineRoute({
    ...{ id: 'liveTicket', method: 'post', path: '/live/tickets', tag: TAG, refusals: [], repeatable: false },
    summary: 'A ticket for one WebSocket of the live view',
    access: { kind: 'signed-in' },
    ...{ params: NO_PARAMS, query: NO_QUERY, body: NO_BODY, answer: LiveTicket, about: none },
    handle: ({ identity, sessionSecret }, { live }) =>
      Promise.resolve({ ...live.ticket({ identity, sessionSecret }), path: LIVE_PATH }),
  }),
  defineRoute({
    ...{
      id: 'revokeToken',
      method: 'post',
      path: '/revoked-tokens',
      tag: TAG,
      refusals: [],
      repeatable: true,
    },
    summary: 'Calls a token back, with every session that it opened',
    access: { kind: 'roles', roles: ['admin'], on: 'everything' },
    ...{ params: NO_PARAMS, query: NO_QUERY, body: RevokeToken, answer: RevokedToken, about: none },
    handle: async ({ actor, body }, { registry }) => {
      const { issuer, tokenId, reason } = body;
      await registry.revokeToken({ issuer, tokenId, reason, revokedBy: actor.subject });
      return { issuer, tokenId, revokedBy: actor.subject };
    },
  }),
];

function whoIs(
  {
    subject,
    grants,
    issuer,
    expiresAt,
  }: { subject: string; grants: string[]; issuer: string; expiresAt: string },
  sessionSecret: string | null,
) {
  const csrfToken = sessionSecret === null ? null : csrfTokenOf(sessionSecret);
  return { subject, grants, issuer, expiresAt, csrfToken };
}
