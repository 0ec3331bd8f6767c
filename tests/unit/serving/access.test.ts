import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Identity } from '../../../contracts/identity.ts';
import { issueToken, verifyIdentity } from '../../../registry/identity/tokens.ts';
import type { ServingAccess, ServingServer } from '../../../serving/server.ts';
import { ready, ServerFleet, vector } from './server-fleet.ts';

const OPEN: ServingAccess = {
  verifyToken: null,
  revoked: () => false,
  requestsPerSecond: 0,
  corsOrigins: [],
};

describe('access to a prediction server', () => {
  let fleet: ServerFleet;
  let folder: string;
  let signingKeyFile: string;
  let checked: number;

  beforeEach(async () => {
    fleet = new ServerFleet();
    fleet.registry.commit('tw-alpha', 1, fleet.registry.version('a', 1));
    folder = await mkdtemp(join(tmpdir(), 'contender-access-'));
    signingKeyFile = join(folder, 'key');
    checked = 0;
  });
  afterEach(async () => {
    await fleet.stop();
    await rm(folder, { recursive: true });
  });

  const start = async (access: Partial<ServingAccess>): Promise<ServingServer> => {
    const server = await fleet.start({ access: { ...OPEN, ...access } });
    await ready(server);
    return server;
  };
  const verify = async (token: string): Promise<Identity> => {
    checked += 1;
    return verifyIdentity({ signingKeyFile, token, now: new Date(fleet.clock.wallMs()) });
  };
  const tokenOf = async (role: string, ttlSeconds = 3600): Promise<string> => {
    const now = new Date(fleet.clock.wallMs());
    return (await issueToken({ signingKeyFile, subject: 'ann', roles: [role], ttlSeconds, now })).token;
  };
  const ask = (
    server: ServingServer,
    headers: Record<string, string> = {},
    path = '/api/v1/predict',
  ): Promise<Response> =>
    fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(path.endsWith('reload') ? {} : { model: 'tw-alpha', features: [vector] }),
    });
  const codeOf = async (response: Response): Promise<string> =>
    ((await response.json()) as { readonly code: string }).code;

  describe('with tokens required', () => {
    it('refuses a request without one, and answers with one; probes need none', async () => {
      const server = await start({ verifyToken: verify });
      const refused = await ask(server);
      expect([refused.status, await codeOf(refused)]).toEqual([401, 'UNAUTHENTICATED']);
      expect((await ask(server, { authorization: `Bearer ${await tokenOf('viewer')}` })).status).toBe(200);
      for (const path of ['/health', '/metrics', '/api/v1/health', '/api/v1/metrics', '/openapi.json']) {
        expect((await fetch(`${server.url}${path}`)).status, path).toBe(200);
      }
      expect((await fetch(`${server.url}/api/v1/models`)).status).toBe(401);
    });

    it('refuses a forged token every time', async () => {
      const server = await start({ verifyToken: verify });
      const token = await tokenOf('viewer');
      const forged = `${token.slice(0, -8)}AAAAAAAA`;
      for (const wrong of [forged, 'x', '', 'null']) {
        expect((await ask(server, { authorization: `Bearer ${wrong}` })).status).toBe(401);
      }
      expect((await ask(server, { authorization: `Basic ${token}` })).status).toBe(401);
    });

    it('checks a signature once in 60 seconds, not at every request', async () => {
      const server = await start({ verifyToken: verify });
      const authorization = `Bearer ${await tokenOf('viewer')}`;
      for (let time = 0; time < 5; time += 1) await ask(server, { authorization });
      expect(checked).toBe(1);
      fleet.clock.skippedMs += 60_001;
      await ask(server, { authorization });
      expect(checked).toBe(2);
    });

    it('refuses a token that has expired, although it was checked a moment before', async () => {
      const server = await start({ verifyToken: verify });
      const authorization = `Bearer ${await tokenOf('viewer', 20)}`;
      expect((await ask(server, { authorization })).status).toBe(200);
      fleet.clock.skippedMs += 30_000;
      expect((await ask(server, { authorization })).status).toBe(401);
    });

    it('refuses a token from the moment that it is known to be called back, although it was checked before', async () => {
      const calledBack = new Set<string>();
      const server = await start({
        verifyToken: verify,
        revoked: (issuer, tokenId) => calledBack.has(`${issuer} ${tokenId}`),
      });
      const [token, other] = [await tokenOf('viewer'), await tokenOf('viewer')];
      expect((await ask(server, { authorization: `Bearer ${token}` })).status).toBe(200);
      calledBack.add(`contender ${decodeJwt(token).jti ?? ''}`);
      for (let time = 0; time < 2; time += 1) {
        const refused = await ask(server, { authorization: `Bearer ${token}` });
        expect([refused.status, await codeOf(refused)]).toEqual([401, 'TOKEN_REVOKED']);
      }
      expect((await ask(server, { authorization: `Bearer ${other}` })).status).toBe(200);
    });

    it('lets only operators and admins reload', async () => {
      const server = await start({ verifyToken: verify });
      const reload = async (role: string): Promise<number> =>
        (await ask(server, { authorization: `Bearer ${await tokenOf(role)}` }, '/api/v1/models/reload'))
          .status;
      expect([await reload('viewer'), await reload('operator')]).toEqual([403, 200]);
    });
  });

  describe('with a limit per client', () => {
    it('answers 429 with Retry-After beyond it, and again once time has passed', async () => {
      const server = await start({ requestsPerSecond: 3 });
      const statuses: number[] = [];
      for (let time = 0; time < 40; time += 1) statuses.push((await ask(server)).status);
      expect(statuses.slice(0, 3)).toEqual([200, 200, 200]);
      const refused = await ask(server);
      expect([refused.status, await codeOf(refused)]).toEqual([429, 'RATE_LIMITED']);
      expect(refused.headers.get('retry-after')).toBe('1');
      fleet.clock.skippedMs += 1000;
      expect((await ask(server)).status).toBe(200);
      expect((await fetch(`${server.url}/health`)).status).toBe(200);
    });
  });

  describe('from pages of other origins', () => {
    const origin = 'https://desk.example';
    const allowed = async (server: ServingServer, from: string): Promise<string | null> =>
      (await ask(server, { origin: from })).headers.get('access-control-allow-origin');

    it('is allowed to the origins named, answers and preflight, and to no other', async () => {
      const server = await start({ corsOrigins: [origin] });
      expect(await allowed(server, origin)).toBe(origin);
      expect(await allowed(server, 'https://elsewhere.example')).not.toBe('https://elsewhere.example');
      const preflight = await fetch(`${server.url}/api/v1/predict`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      });
      expect(preflight.status).toBe(204);
      expect(preflight.headers.get('access-control-allow-methods')).toMatch(/POST/u);
    });

    it('is not mentioned at all by default', async () => {
      expect(await allowed(await start({}), origin)).toBeNull();
    });
  });
});
