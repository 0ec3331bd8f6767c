import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  SigningKeyUnusable,
  TokenExpired,
  TokenInvalid,
  TokenRequestInvalid,
} from '../../../registry/identity/errors.ts';
import { openSigningKey } from '../../../registry/identity/signing-key.ts';
import { issueToken, verifyToken } from '../../../registry/identity/tokens.ts';

const NOW = new Date('2026-03-02T09:00:00.000Z');
const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);

let folder: string;
let signingKeyFile: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokens-'));
  signingKeyFile = join(folder, 'keys', 'signing-key');
});
afterAll(() => rm(folder, { recursive: true }));

const issue = (changes: Partial<Parameters<typeof issueToken>[0]> = {}) =>
  issueToken({
    signingKeyFile,
    subject: 'lee',
    roles: ['quant-lead'],
    ttlSeconds: 600,
    now: NOW,
    ...changes,
  });
const verify = (token: string, now = NOW) => verifyToken({ signingKeyFile, token, now });
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const CLAIMS = {
  iss: 'contender',
  aud: 'contender',
  sub: 'mallory',
  roles: ['quant-lead'],
  jti: 'x',
  iat: NOW.getTime() / 1000,
  exp: NOW.getTime() / 1000 + 600,
};

test('a token gives back who it was made for', async () => {
  const issued = await issue({ roles: ['quant-lead', 'researcher', 'quant-lead'] });
  expect(issued.expiresAt).toBe('2026-03-02T09:10:00.000Z');
  expect(await verify(issued.token)).toEqual({ subject: 'lee', roles: ['quant-lead', 'researcher'] });
});

test('a token ends', async () => {
  const { token } = await issue({ ttlSeconds: 60 });
  expect(await verify(token, later(62))).toMatchObject({ subject: 'lee' });
  await expect(verify(token, later(66))).rejects.toBeInstanceOf(TokenExpired);
});

test('a token from the future is refused', async () => {
  const { token } = await issue({ now: later(3600) });
  await expect(verify(token)).rejects.toBeInstanceOf(TokenInvalid);
});

test.each([
  ['the control plane itself', { subject: 'system' }],
  ['a subject with a line break', { subject: 'lee\nadmin' }],
  ['an empty subject', { subject: '' }],
  ['no role', { roles: [] }],
  ['an unknown role', { roles: ['root'] }],
  ['no life', { ttlSeconds: 0 }],
  ['half a second', { ttlSeconds: 0.5 }],
  ['a year', { ttlSeconds: 365 * 86_400 }],
])('no token is made for %s', async (_, changes) => {
  await expect(issue(changes)).rejects.toBeInstanceOf(TokenRequestInvalid);
});

describe('a hostile token is refused:', () => {
  const hostile: readonly (readonly [string, () => Promise<string> | string])[] = [
    ['not a token at all', () => 'hello'],
    ['empty', () => ''],
    ['far too long', () => 'a'.repeat(100_000)],
    ['algorithm none', () => `${encode({ alg: 'none', typ: 'contender+jwt' })}.${encode(CLAIMS)}.`],
    [
      'the public key used as an HMAC secret',
      async () => {
        const { publicKey } = await openSigningKey(signingKeyFile);
        const pem = publicKey.export({ type: 'spki', format: 'pem' });
        const text = `${encode({ alg: 'HS256', typ: 'contender+jwt' })}.${encode(CLAIMS)}`;
        return `${text}.${createHmac('sha256', pem).update(text).digest('base64url')}`;
      },
    ],
    [
      "somebody else's key",
      () => {
        const { privateKey } = generateKeyPairSync('ed25519');
        const text = `${encode({ alg: 'EdDSA', typ: 'contender+jwt' })}.${encode(CLAIMS)}`;
        return `${text}.${sign(null, Buffer.from(text), privateKey).toString('base64url')}`;
      },
    ],
    [
      'a role added after signing',
      async () => {
        const [header = '', , signature = ''] = (
          await issue({ subject: 'mallory', roles: ['viewer'] })
        ).token.split('.');
        return `${header}.${encode(CLAIMS)}.${signature}`;
      },
    ],
    [
      'its own key in the header',
      async () => {
        const { privateKey, publicKey } = generateKeyPairSync('ed25519');
        const header = { alg: 'EdDSA', typ: 'contender+jwt', jwk: publicKey.export({ format: 'jwk' }) };
        return new SignJWT(CLAIMS).setProtectedHeader(header).sign(privateKey);
      },
    ],
    ...Object.entries({
      'another audience': { ...CLAIMS, aud: 'elsewhere' },
      'another issuer': { ...CLAIMS, iss: 'elsewhere' },
      'no expiry': { ...CLAIMS, exp: undefined },
      'no subject': { ...CLAIMS, sub: undefined },
      'the system as subject': { ...CLAIMS, sub: 'system' },
      'an unknown role': { ...CLAIMS, roles: ['root'] },
      'roles as text': { ...CLAIMS, roles: 'quant-lead' },
    }).map(([name, claims]) => [`${name}, though well signed`, () => wellSigned(claims)] as const),
    ['another type, though well signed', () => wellSigned(CLAIMS, 'JWT')],
  ];

  const wellSigned = async (claims: Record<string, unknown>, typ = 'contender+jwt') => {
    const { privateKey } = await openSigningKey(signingKeyFile);
    return new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA', typ }).sign(privateKey);
  };

  test.each(hostile)('%s', async (_, make) => {
    await expect(verify(await make())).rejects.toBeInstanceOf(TokenInvalid);
  });

  test('an age beyond the longest life, though well signed and not yet over', async () => {
    const token = await wellSigned({ ...CLAIMS, iat: CLAIMS.iat - 40 * 86_400 });
    await expect(verify(token)).rejects.toBeInstanceOf(TokenExpired);
  });

  test('one flipped bit anywhere in the signature', async () => {
    const { token } = await issue();
    const at = token.lastIndexOf('.') + 1;
    const bytes = Buffer.from(token.slice(at), 'base64url');
    for (let index = 0; index < bytes.length; index += 1) {
      const flipped = Buffer.from(bytes);
      flipped[index] = (flipped[index] ?? 0) ^ 1;
      await expect(verify(token.slice(0, at) + flipped.toString('base64url'))).rejects.toBeInstanceOf(
        TokenInvalid,
      );
    }
  });
});

describe('the signing key', () => {
  test('is readable by its owner alone and stays the same', async () => {
    await issue();
    expect((await stat(signingKeyFile)).mode & 0o777).toBe(0o600);
    const before = await readFile(signingKeyFile, 'utf8');
    await issue();
    expect(await readFile(signingKeyFile, 'utf8')).toBe(before);
  });

  test('is one key when many make it at once', async () => {
    const file = join(folder, 'race', 'key');
    const keys = await Promise.all(Array.from({ length: 12 }, () => openSigningKey(file)));
    const distinct = new Set(keys.map(({ publicKey }) => publicKey.export({ type: 'spki', format: 'pem' })));
    expect(distinct.size).toBe(1);
  });

  test('is refused when others can read it, or when it is something else', async () => {
    const exposed = join(folder, 'exposed');
    await openSigningKey(exposed);
    await chmod(exposed, 0o644);
    await expect(openSigningKey(exposed)).rejects.toBeInstanceOf(SigningKeyUnusable);

    const rubbish = join(folder, 'rubbish');
    await writeFile(rubbish, 'not a key', { mode: 0o600 });
    await expect(openSigningKey(rubbish)).rejects.toBeInstanceOf(SigningKeyUnusable);

    const rsa = join(folder, 'rsa');
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await writeFile(rsa, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    await expect(openSigningKey(rsa)).rejects.toBeInstanceOf(SigningKeyUnusable);
  });
});
