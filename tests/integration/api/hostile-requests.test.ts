import { createHmac, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, SignJWT } from 'jose';
import type { JWK, JWTPayload } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createIdentifier } from '../../../registry/identity/identify.ts';
import { openSigningKey } from '../../../registry/identity/signing-key.ts';
import { ApiWorld } from './api-world.ts';

const ISSUER_CLAIMS = { aud: 'contender', roles: ['leads'] };
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const seconds = (): number => Math.floor(Date.now() / 1000);

/** An identity provider as it is met in the wild: a discovery document and keys, over HTTP. */
class Provider {
  readonly keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  readonly #server: Server;
  #jwk: JWK = {};
  issuer = '';

  constructor() {
    this.#server = createServer((request, response) => {
      response.setHeader('content-type', 'application/json');
      const document = { issuer: this.issuer, jwks_uri: `${this.issuer}/keys` };
      response.end(JSON.stringify(request.url === '/keys' ? { keys: [this.#jwk] } : document));
    });
  }

  async start(): Promise<void> {
    this.#jwk = { ...(await exportJWK(this.keys.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' };
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

  token(claims: JWTPayload = {}, header: Record<string, unknown> = {}): Promise<string> {
    return new SignJWT({
      iss: this.issuer,
      sub: 'lee',
      jti: randomUUID(),
      iat: seconds(),
      exp: seconds() + 600,
      ...ISSUER_CLAIMS,
      ...claims,
    })
      .setProtectedHeader({ alg: 'RS256', kid: 'one', typ: 'JWT', ...header })
      .sign(this.keys.privateKey);
  }
}

const provider = new Provider();
let local: ApiWorld;
let oidc: ApiWorld;
beforeAll(async () => {
  await provider.start();
  local = await ApiWorld.open();
  const options = {
    ...{ issuer: provider.issuer, audience: 'contender', jwksUrl: null, algorithms: ['RS256', 'ES256'] },
    ...{ clockToleranceSeconds: 30, subjectClaim: 'sub', rolesClaim: 'roles' },
    grants: new Map([['leads', ['quant-lead', 'viewer']]]),
  };
  const signingKeyFile = local.signingKeyFile;
  const identify = createIdentifier({
    signingKeyFile,
    oidc: options,
    localTokens: false,
    now: () => new Date(),
  });
  oidc = await ApiWorld.open({ identify });
});
afterAll(async () => {
  await local.close();
  await oidc.close();
  await provider.stop();
});

const HOSTILE: readonly (readonly [string, () => Promise<string> | string])[] = [
  [
    'of algorithm none',
    () =>
      `${encode({ alg: 'none', typ: 'JWT', kid: 'one' })}.${encode({ iss: provider.issuer, ...ISSUER_CLAIMS, sub: 'lee', iat: seconds(), exp: seconds() + 600 })}.`,
  ],
  [
    'signed with the public key as a shared secret',
    async () => {
      const head = `${encode({ alg: 'HS256', typ: 'JWT', kid: 'one' })}.${encode({ iss: provider.issuer, ...ISSUER_CLAIMS, sub: 'lee', iat: seconds(), exp: seconds() + 600 })}`;
      const secret = provider.keys.publicKey.export({
        type: 'spki',
        format: 'pem',
      });
      return `${head}.${createHmac('sha256', secret).update(head).digest('base64url')}`;
    },
  ],
  ['of another issuer', () => provider.token({ iss: 'https://elsewhere.example' })],
  ['for another audience', () => provider.token({ aud: 'somebody-else' })],
  ['without an audience', async () => provider.token({ aud: [] })],
  ['that has expired', () => provider.token({ iat: seconds() - 1200, exp: seconds() - 60 })],
  ['that is not valid yet', () => provider.token({ nbf: seconds() + 600 })],
  ['from the future', () => provider.token({ iat: seconds() + 600, exp: seconds() + 1200 })],
  ['issued longer ago than a day', () => provider.token({ iat: seconds() - 90_000, exp: seconds() + 600 })],
  ['that never expires', () => provider.token({ exp: undefined as never })],
  ['of an unknown key', () => provider.token({}, { kid: 'two' })],
  [
    'of a key that it brings along',
    async () => {
      const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const jwk = await exportJWK(own.publicKey);
      return new SignJWT({
        iss: provider.issuer,
        sub: 'lee',
        iat: seconds(),
        exp: seconds() + 600,
        ...ISSUER_CLAIMS,
      })
        .setProtectedHeader({
          alg: 'RS256',
          kid: 'one',
          typ: 'JWT',
          jwk,
          jku: 'https://evil.example/keys',
        })
        .sign(own.privateKey);
    },
  ],
  [
    'with claims exchanged after signing',
    async () => {
      const [head, , signature] = (await provider.token()).split('.');
      const payload = encode({
        iss: provider.issuer,
        ...ISSUER_CLAIMS,
        sub: 'admin',
        iat: seconds(),
        exp: seconds() + 600,
      });
      return [head, payload, signature].join('.');
    },
  ],
  [
    'with a critical header nobody knows',
    () => {
      const claims = {
        iss: provider.issuer,
        ...ISSUER_CLAIMS,
        sub: 'lee',
        iat: seconds(),
        exp: seconds() + 600,
      };
      const head = `${encode({ alg: 'RS256', typ: 'JWT', kid: 'one', crit: ['policy'], policy: 'none' })}.${encode(claims)}`;
      return `${head}.${sign('sha256', Buffer.from(head), provider.keys.privateKey).toString('base64url')}`;
    },
  ],
  ['of another type', () => provider.token({}, { typ: 'secevent+jwt' })],
  ['for the control plane itself', () => provider.token({ sub: 'system' })],
  ['for a name with a line break', () => provider.token({ sub: 'lee\nadmin' })],
  ['whose groups give nothing', () => provider.token({ roles: ['cleaners'] })],
  ['whose roles are no list', () => provider.token({ roles: { admin: true } })],
  ['that is longer than any token', () => provider.token({ padding: 'x'.repeat(9000) })],
  ['of this installation, where a provider rules', () => local.token('lee', 'quant-lead')],
  [
    'of this installation that names the provider',
    async () => {
      const { privateKey } = await openSigningKey(local.signingKeyFile);
      return new SignJWT({
        iss: provider.issuer,
        sub: 'lee',
        iat: seconds(),
        exp: seconds() + 600,
        ...ISSUER_CLAIMS,
      })
        .setProtectedHeader({ alg: 'EdDSA', typ: 'contender+jwt' })
        .sign(privateKey);
    },
  ],
];

describe('tokens of an identity provider', () => {
  test('open the API with the grants of their groups', async () => {
    const answer = await oidc.ask('GET', '/session', { token: await provider.token() });
    expect(answer.body).toMatchObject({
      subject: 'lee',
      grants: ['quant-lead', 'viewer'],
      issuer: provider.issuer,
    });
  });

  test.each(HOSTILE)('%s is refused', async (_what, make) => {
    const answer = await oidc.ask('GET', '/session', { token: await make() });
    expect([answer.status, answer.headers['content-type']], answer.text).toEqual([
      401,
      'application/problem+json; charset=utf-8',
    ]);
  });
});

describe('tokens that an admin called back', () => {
  test('open nothing, nor do the sessions that they opened', async () => {
    const token = await local.token('lost', 'viewer');
    const [, payload = ''] = token.split('.');
    const { jti } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { jti: string };
    const signedIn = await local.ask('POST', '/session', { body: { token }, key: null });
    const cookie = cookieOf(signedIn.headers['set-cookie']);
    expect((await local.ask('GET', '/models', { cookie })).status).toBe(200);
    const admin = await local.token('root', 'admin');
    const revoked = await local.ask('POST', '/revoked-tokens', {
      token: admin,
      body: { tokenId: jti, reason: 'laptop lost' },
    });
    expect(revoked.status, revoked.text).toBe(200);
    expect((await local.ask('GET', '/models', { cookie })).status).toBe(401);
    await expect
      .poll(async () => (await local.ask('GET', '/models', { token })).status, { timeout: 30_000 })
      .toBe(401);
  });
});

const cookieOf = (header: unknown): string =>
  String(Array.isArray(header) ? header[0] : header).split(';')[0] ?? '';

describe('a session of a browser', () => {
  let cookie: string;
  let csrf: string;
  let model: string;
  beforeAll(async () => {
    model = await local.world.model();
    const token = await local.token('olga', 'operator');
    const answer = await local.ask('POST', '/session', { body: { token }, key: null });
    expect(answer.status, answer.text).toBe(200);
    expect(String(answer.headers['set-cookie'])).toMatch(/; HttpOnly; SameSite=Strict; /u);
    cookie = cookieOf(answer.headers['set-cookie']);
    csrf = String(answer.body['csrfToken']);
  });
  const freeze = (headers: Record<string, string>) =>
    local.ask('PUT', `/models/${model}/freeze`, {
      cookie,
      headers,
      body: { frozen: false, reason: 'a test' },
    });

  test('changes something with the token of the page, and not without it', async () => {
    expect((await freeze({ 'x-csrf-token': csrf })).status).toBe(200);
    for (const [headers, code] of [
      [{}, 'CSRF_REFUSED'],
      [{ 'x-csrf-token': '' }, 'CSRF_REFUSED'],
      [{ 'x-csrf-token': `${csrf}x` }, 'CSRF_REFUSED'],
      [{ 'x-csrf-token': csrf, origin: 'https://evil.example' }, 'ORIGIN_REFUSED'],
      [{ 'x-csrf-token': csrf, origin: 'null' }, 'ORIGIN_REFUSED'],
      [{ 'x-csrf-token': csrf, 'sec-fetch-site': 'cross-site' }, 'ORIGIN_REFUSED'],
      [{ 'x-csrf-token': csrf, 'sec-fetch-site': 'same-site' }, 'ORIGIN_REFUSED'],
      [{ 'x-csrf-token': csrf, host: 'evil.example' }, 'ORIGIN_REFUSED'],
      [{ 'x-csrf-token': csrf, host: '127.0.0.1.evil.example' }, 'ORIGIN_REFUSED'],
    ] as [Record<string, string>, string][]) {
      const answer = await freeze(headers);
      expect([headers, answer.status, answer.body['code']]).toEqual([headers, 403, code]);
    }
  });

  test('is not opened by a page of another origin, nor by a form', async () => {
    const token = await local.token('olga', 'operator');
    const foreign = await local.ask('POST', '/session', {
      body: { token },
      key: null,
      headers: { origin: 'https://evil.example' },
    });
    expect(foreign.status).toBe(403);
    const form = await local.ask('POST', '/session', {
      ...{ key: null, headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    });
    expect(form.status).toBe(415);
  });

  test('is not taken over by a second cookie of the same name', async () => {
    const answer = await local.ask('GET', '/session', {
      cookie: `contender-session=${'x'.repeat(43)}; ${cookie}`,
    });
    expect(answer.status).toBe(401);
  });

  test('ends at once', async () => {
    const answer = await local.ask('DELETE', '/session', {
      cookie,
      key: null,
      headers: { 'x-csrf-token': csrf },
    });
    expect(answer.status, answer.text).toBe(200);
    expect((await local.ask('GET', '/session', { cookie })).status).toBe(401);
  });
});

describe('what others own', () => {
  test('does not exist for whoever has no role on it', async () => {
    const mine = await local.world.model();
    const theirs = await local.world.model();
    const candidate = await local.world.candidate(theirs, 1);
    const token = await local.token('eve', `quant-lead@${mine}`, `operator@${mine}`);
    const nobody = await local.ask('GET', '/models/no-such-model', { token });
    for (const path of ['', '/spec', '/versions/1', '/audit', '/trials', '/results', '/pins', '/reigns']) {
      const answer = await local.ask('GET', `/models/${theirs}${path}`, { token });
      expect([path, answer.status, answer.body['code']]).toEqual([path, nobody.status, nobody.body['code']]);
    }
    for (const path of ['', '/evidence', '/gate-report', '/state']) {
      const answer = await local.ask('GET', `/retrains/${encodeURIComponent(candidate.retrainId)}${path}`, {
        token,
      });
      expect([path, answer.status], answer.text).toEqual([path, 404]);
    }
    // A retrain of theirs under a model of mine, a version of theirs by its id.
    const asMine = candidate.retrainId.replace(theirs, mine);
    expect((await local.ask('GET', `/retrains/${encodeURIComponent(asMine)}`, { token })).status).toBe(404);
    expect(
      (await local.ask('GET', `/models/${mine}/versions/${candidate.versionId}`, { token })).status,
    ).toBe(404);
    expect(
      (await local.ask('POST', `/models/${theirs}/rollbacks`, { token, body: { reason: 'mine now' } }))
        .status,
    ).toBe(404);
    for (const path of ['/models', '/retrains', '/approvals', '/alerts', '/spec-proposals']) {
      expect((await local.ask('GET', path, { token })).text).not.toContain(theirs);
    }
  });

  test('is not reached by a key that somebody else used', async () => {
    const model = await local.world.model();
    const body = { frozen: true, reason: 'first of the two' };
    const key = 'shared-key-of-two';
    const one = await local.ask('PUT', `/models/${model}/freeze`, {
      token: await local.token('olga', 'operator'),
      key,
      body,
    });
    const other = await local.ask('PUT', `/models/${model}/freeze`, {
      token: await local.token('omar', 'operator'),
      key,
      body: { ...body, frozen: false },
    });
    expect([one.body['frozen'], other.body['frozen']]).toEqual([true, false]);
  });
});

describe('text that is not what it seems', () => {
  const REASONS: readonly (readonly [string, string])[] = [
    ['turns the writing direction', 'all good \u202E.lla ta doog toN'],
    ['isolates', 'fine \u2066 text'],
    ['holds a NUL', 'a\u0000b good'],
    ['holds an escape', 'red \u001B[31m alert'],
    ['holds a space that takes no room', 'all\u200Bgood'],
    ['holds letters that nobody sees', 'good \u{E0041}\u{E0042}'],
    ['holds a soft hyphen', 'not\u00ADgood'],
    ['is a filler that looks like nothing', '\u3164\u3164\u3164'],
    ['holds half a character', 'half \uD83D here'],
    ['is empty but for blanks', '      '],
    ['is 10,000 characters long', 'x'.repeat(10_000)],
  ];
  test.each(REASONS)('a reason that %s is refused, and nothing happens', async (_what, reason) => {
    const model = await local.world.model();
    const answer = await local.ask('PUT', `/models/${model}/freeze`, {
      ...{ token: await local.token('olga', 'operator'), body: { frozen: true, reason } },
    });
    expect([answer.status, answer.body['code']], answer.text).toEqual([400, 'REQUEST_INVALID']);
    expect((await local.registry.champion({ model })).freeze.frozen).toBe(false);
  });

  test('markup in a reason stays text: JSON with a policy that runs nothing', async () => {
    const model = await local.world.model();
    const reason = '<img src=x onerror=alert(1)></script><script>alert(1)</script>';
    const token = await local.token('olga', 'operator');
    await local.ask('PUT', `/models/${model}/freeze`, { token, body: { frozen: true, reason } });
    const answer = await local.ask('GET', `/models/${model}/freeze`, { token });
    expect(answer.body['reason']).toBe(reason);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
    const policy = String(answer.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toMatch(/script-src[^;]*unsafe/u);
  });

  test.each(['<script>', '../../etc/passwd', '%00', 'TW-Alpha', 'a'.repeat(200), '__proto__', 'constructor'])(
    'a model named %s is refused',
    async (name) => {
      const token = await local.token('vera', 'viewer');
      const answer = await local.ask('GET', `/models/${encodeURIComponent(name)}`, { token });
      expect([400, 404], answer.text).toContain(answer.status);
      expect(answer.text).not.toContain('<script>');
    },
  );

  test('a body that would change every object is refused', async () => {
    const model = await local.world.model();
    const answer = await local.api.app.inject({
      method: 'PUT',
      url: `/api/v1/models/${model}/freeze`,
      headers: {
        ...{ host: 'localhost', 'content-type': 'application/json', 'idempotency-key': randomUUID() },
        authorization: `Bearer ${await local.token('olga', 'operator')}`,
      },
      payload: '{"frozen":true,"reason":"a test","__proto__":{"admin":true}}',
    });
    expect(answer.statusCode).toBe(400);
  });
});

describe('refused attempts', () => {
  test('are written down with who, what and why', async () => {
    const model = await local.world.model();
    await local.ask('POST', `/models/${model}/rollbacks`, {
      ...{ token: await local.token('nosy', 'viewer'), body: { reason: 'let me try' } },
    });
    await local.ask('GET', `/models/${model}`, { token: 'garbage' });
    await local.api.refusals.flushed();
    const admin = await local.token('root', 'admin');
    const { body } = await local.ask('GET', '/refused-attempts', { token: admin });
    expect(body['items']).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ actor: 'nosy', command: 'rollBack', code: 'NOT_ALLOWED' }),
        expect.objectContaining({ actor: 'anonymous@127.0.0.1', command: 'getModel', code: 'TOKEN_INVALID' }),
      ]),
    );
  });

  test('come to an end: whoever tries tokens is slowed down', async () => {
    const slow = await ApiWorld.open();
    try {
      const statuses: number[] = [];
      for (let attempt = 0; attempt < 40; attempt += 1) {
        statuses.push((await slow.ask('GET', '/session', { token: `guess-${String(attempt)}` })).status);
      }
      expect(statuses[0]).toBe(401);
      expect(statuses.at(-1)).toBe(429);
    } finally {
      await slow.close();
    }
  });
});
