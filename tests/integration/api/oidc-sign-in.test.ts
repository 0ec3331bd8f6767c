import { createHash, generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createIdentifier } from '../../../registry/identity/identify.ts';
import { OidcSignIn } from '../../../registry/identity/oidc-sign-in.ts';
import { ApiWorld } from './api-world.ts';

const CLIENT = 'contender';
const SECRET = 'of this installation';

interface Granted {
  readonly challenge: string;
  readonly nonce: string;
  readonly redirectUri: string;
}

/** An identity provider with a code flow: it gives a code for whoever comes, and a token for the code and its proof. */
class Provider {
  readonly #keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  readonly #granted = new Map<string, Granted>();
  readonly #server: Server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    this.#answer(request).then(
      ({ status, body }) => response.writeHead(status).end(JSON.stringify(body)),
      () => response.writeHead(500).end(),
    );
  });
  #jwk: JWK = {};
  issuer = '';
  /** Instead of the nonce that was asked with. */
  nonce: string | null = null;

  async start(): Promise<void> {
    this.#jwk = { ...(await exportJWK(this.#keys.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' };
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.issuer = `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }

  /** Somebody signs in at the address that their browser was sent to; gives what the browser is sent back with. */
  visit(address: string): { readonly code: string; readonly state: string; readonly redirectUri: string } {
    const asked = new URL(address).searchParams;
    expect(asked.get('response_type')).toBe('code');
    expect(asked.get('code_challenge_method')).toBe('S256');
    expect(asked.get('client_id')).toBe(CLIENT);
    const code = randomUUID();
    const redirectUri = asked.get('redirect_uri') ?? '';
    this.#granted.set(code, {
      challenge: asked.get('code_challenge') ?? '',
      nonce: asked.get('nonce') ?? '',
      redirectUri,
    });
    return { code, state: asked.get('state') ?? '', redirectUri };
  }

  async #answer(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
    if (request.url === '/keys') return { status: 200, body: { keys: [this.#jwk] } };
    if (request.url !== '/token') {
      const endpoints = {
        authorization_endpoint: `${this.issuer}/authorize`,
        token_endpoint: `${this.issuer}/token`,
      };
      return { status: 200, body: { issuer: this.issuer, jwks_uri: `${this.issuer}/keys`, ...endpoints } };
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const form = new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
    const granted = this.#granted.get(form.get('code') ?? '');
    this.#granted.delete(form.get('code') ?? '');
    const proof = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const client = `Basic ${Buffer.from(`${CLIENT}:${encodeURIComponent(SECRET)}`).toString('base64')}`;
    const fits =
      granted?.challenge === proof &&
      granted.redirectUri === form.get('redirect_uri') &&
      request.headers.authorization === client;
    if (!fits) return { status: 400, body: { error: 'invalid_grant' } };
    const now = Math.floor(Date.now() / 1000);
    const token = await new SignJWT({
      ...{ iss: this.issuer, aud: CLIENT, sub: 'lee', roles: ['leads'], nonce: this.nonce ?? granted.nonce },
      ...{ iat: now, exp: now + 600 },
    })
      .setProtectedHeader({ alg: 'RS256', kid: 'one', typ: 'JWT' })
      .sign(this.#keys.privateKey);
    return { status: 200, body: { id_token: token, token_type: 'Bearer' } };
  }
}

const provider = new Provider();
let api: ApiWorld;
beforeAll(async () => {
  await provider.start();
  const { issuer } = provider;
  api = await ApiWorld.open({
    oidcSignIn: new OidcSignIn({ issuer, clientId: CLIENT, clientSecret: SECRET }),
    identify: createIdentifier({
      signingKeyFile: '/nowhere',
      localTokens: false,
      now: () => new Date(),
      oidc: {
        ...{ issuer, audience: CLIENT, jwksUrl: null, algorithms: ['RS256'], clockToleranceSeconds: 30 },
        ...{ subjectClaim: 'sub', rolesClaim: 'roles', grants: new Map([['leads', ['quant-lead']]]) },
      },
    }),
  });
});
afterAll(async () => {
  await api.close();
  await provider.stop();
});

async function begin(to = '/models/tw-alpha'): Promise<{ address: string; cookie: string }> {
  const answer = await api.ask('GET', `/sign-in/oidc?to=${encodeURIComponent(to)}`);
  expect(answer.status, answer.text).toBe(303);
  const cookie = String(answer.headers['set-cookie']);
  expect(cookie).toMatch(/HttpOnly; SameSite=Lax/u);
  return { address: String(answer.headers.location), cookie: cookie.split(';')[0] ?? '' };
}

const comeBack = ({ code, state }: { readonly code: string; readonly state: string }, cookie: string) =>
  api.ask('GET', `/sign-in/oidc/callback?code=${code}&state=${encodeURIComponent(state)}`, { cookie });

describe('signing in at an identity provider', () => {
  test('opens a session for whoever comes back with a code, on the page they wanted', async () => {
    expect((await api.ask('GET', '/health')).body).toMatchObject({ signIn: 'oidc' });
    const { address, cookie } = await begin();
    const back = provider.visit(address);
    expect(back.redirectUri).toBe('http://127.0.0.1:8080/api/v1/sign-in/oidc/callback');
    const answer = await comeBack(back, cookie);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.text).toContain('content="0;url=/models/tw-alpha"');
    const [session = ''] = answer.headers['set-cookie'] as string[];
    expect(session).toMatch(/HttpOnly; SameSite=Strict/u);
    const who = await api.ask('GET', '/session', { cookie: session.split(';')[0] ?? '' });
    expect(who.body).toMatchObject({ subject: 'lee', grants: ['quant-lead'] });
  });

  test.each([
    [
      'of another browser',
      async () => ({ ...provider.visit((await begin()).address), cookie: (await begin()).cookie }),
    ],
    [
      'without the cookie of its beginning',
      async () => ({ ...provider.visit((await begin()).address), cookie: '' }),
    ],
    [
      'that nobody began',
      async () => {
        const { address, cookie } = await begin();
        return { ...provider.visit(address), state: 'made-up', cookie };
      },
    ],
    [
      'with a code of another sign-in',
      async () => {
        const mine = await begin();
        const other = provider.visit((await begin()).address);
        return { ...provider.visit(mine.address), code: other.code, cookie: mine.cookie };
      },
    ],
    [
      'whose token answers another request',
      async () => {
        const { address, cookie } = await begin();
        provider.nonce = 'another';
        return { ...provider.visit(address), cookie };
      },
    ],
  ])('%s is refused, and the page says so', async (_what, given) => {
    const { code, state, cookie } = await given();
    const answer = await comeBack({ code, state }, cookie);
    provider.nonce = null;
    expect(answer.text).toMatch(/0;url=\/sign-in\?refused=(?:NOT_SIGNED_IN|TOKEN_INVALID)/u);
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  test('takes a code once', async () => {
    const { address, cookie } = await begin();
    const back = provider.visit(address);
    await comeBack(back, cookie);
    expect((await comeBack(back, cookie)).text).toContain('refused=NOT_SIGNED_IN');
  });

  test.each([
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '/"><script>',
    'javascript:alert(1)',
  ])('never leads to %s', async (to) => {
    const { address, cookie } = await begin(to);
    expect((await comeBack(provider.visit(address), cookie)).text).toContain('content="0;url=/"');
  });
});
