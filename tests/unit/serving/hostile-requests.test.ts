import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Problem } from '../../../contracts/api/problem.ts';
import { verifyBreakGlassToken, issueBreakGlassToken } from '../../../registry/identity/break-glass-token.ts';
import { issueToken, verifyIdentity } from '../../../registry/identity/tokens.ts';
import type { ServingServer } from '../../../serving/server.ts';
import { namedRow, predict, ready, ServerFleet, vector } from './server-fleet.ts';
import { requestText, sendRaw, type RawAnswer } from './raw-request.ts';

const MAX_BODY = 50_000;
const PREDICT = '/api/v1/predict';
const SCORE = '/api/v1/score?model=tw-alpha';
const BREAK = '/api/v1/break-glass';
const json = (value: unknown): string => JSON.stringify(value);
const good = json({ model: 'tw-alpha', features: [vector] });
const raw = { 'content-type': 'application/octet-stream' };
const set = (changes: Record<string, unknown>): string =>
  json({
    ...{ id: '7b0f9a4e-3c1d-4c8e-9a55-0d2f4c7e1b90', model: 'tw-alpha', version: null },
    ...{ reason: 'it loses money', seconds: 600, ...changes },
  });

describe('whatever is sent to a prediction server', () => {
  const fleet = new ServerFleet();
  let open: ServingServer;
  let guarded: ServingServer;
  let folder: string;
  let signingKeyFile: string;
  let documented: ReadonlySet<string>;
  let glass: string;
  let viewer: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'contender-hostile-'));
    signingKeyFile = join(folder, 'key');
    fleet.registry.commit('tw-alpha', 3, fleet.registry.version('b', 2, { missingAllowed: new Set() }), {
      previous: [fleet.registry.version('a', 1)],
    });
    const now = (): Date => new Date(fleet.clock.wallMs());
    const breakGlass = {
      folder: join(folder, 'break-glass'),
      verify: (token: string) => verifyBreakGlassToken({ signingKeyFile, token, now: now() }),
    };
    const limits = { maxBodyBytes: MAX_BODY };
    open = await fleet.start({ breakGlass, limits });
    guarded = await fleet.start({
      limits,
      access: {
        verifyToken: (token) => verifyIdentity({ signingKeyFile, token, now: now() }),
        ...{ revoked: () => false, requestsPerSecond: 0, corsOrigins: [] },
      },
    });
    await Promise.all([ready(open), ready(guarded)]);
    const asked = { signingKeyFile, subject: 'olga', ttlSeconds: 3600, now: now() };
    glass = (await issueBreakGlassToken({ ...asked, roles: ['operator'], models: ['tw-alpha'] })).token;
    viewer = (await issueToken({ ...asked, roles: ['viewer'] })).token;
    const page = await readFile(join(import.meta.dirname, '../../../docs/errors.md'), 'utf8');
    documented = new Set([...page.matchAll(/^\| `([A-Z_]+)`/gmu)].map(([, code = '']) => code));
  });
  afterAll(async () => {
    await fleet.stop();
    await rm(folder, { recursive: true });
  });

  /** The refusal as a problem document, and nothing that a stranger need not know. */
  const problemOf = ({ status, headers, text }: RawAnswer): Problem => {
    expect(headers['content-type'], text).toBe('application/problem+json; charset=utf-8');
    expect(text).not.toMatch(/node_modules|\bat \S+ \(|\.ts:\d+|<html/u);
    const problem = Problem.parse(JSON.parse(text));
    expect(problem.status).toBe(status);
    expect([...documented]).toContain(problem.code);
    expect(problem.remedy, problem.code).not.toBe('');
    return problem;
  };
  const expectRefusal = async (
    request: string | Uint8Array,
    [status, code, field]: readonly [number, string, (string | null)?],
    server: ServingServer = open,
  ): Promise<void> => {
    const problem = problemOf(await sendRaw(server.url, request));
    expect([problem.status, problem.code], problem.detail).toEqual([status, code]);
    if (field !== undefined && field !== null)
      expect(problem.issues.map((issue) => issue.field)).toContain(field);
  };

  it.each([
    ['a body above the limit', 'x'.repeat(MAX_BODY + 1), [413, 'REQUEST_TOO_LARGE']],
    ['a cut off body', good.slice(0, -3), [400, 'INVALID_REQUEST']],
    ['an empty body', '', [400, 'INVALID_REQUEST']],
    ['a number', '17', [400, 'CONTRACT_VIOLATION', 'body']],
    ['null', 'null', [400, 'CONTRACT_VIOLATION', 'body']],
    ['NUL in the JSON', `${good}\u0000`, [400, 'INVALID_REQUEST']],
    [
      'a key given twice',
      `{"model":"tw-alpha","features":[[1,2,3,4,5,6]],"model":"us-alpha"}`,
      [400, 'DUPLICATE_KEY', 'model'],
    ],
    [
      'a feature given twice',
      json({ model: 'tw-alpha', rows: [namedRow()] }).replace('"gap_1":', '"gap_1":9,"gap_1":'),
      [400, 'DUPLICATE_KEY', 'rows[0].gap_1'],
    ],
    ['brackets without end', '['.repeat(MAX_BODY - 1), [400, 'NESTED_TOO_DEEPLY', 'body']],
    [
      'a row within rows within rows',
      `{"model":"tw-alpha","features":${'['.repeat(30)}1${']'.repeat(30)}}`,
      [400, 'INVALID_FEATURE', 'features[0]'],
    ],
    ['a prototype', '{"model":"tw-alpha","__proto__":{"x":1}}', [400, 'INVALID_REQUEST']],
    ['a constructor', '{"model":"tw-alpha","constructor":{"prototype":{"x":1}}}', [400, 'INVALID_REQUEST']],
    [
      'a number beyond float64',
      '{"model":"tw-alpha","features":[[1e999,1,1,1,1,1]]}',
      [400, 'INVALID_FEATURE', 'features[0][0] (momentum_20)'],
    ],
    [
      'a number of a thousand digits',
      `{"model":"tw-alpha","features":[[${'9'.repeat(1000)},1,1,1,1,1]]}`,
      [400, 'INVALID_FEATURE', 'features[0][0] (momentum_20)'],
    ],
    ['NaN in the JSON', '{"model":"tw-alpha","features":[[NaN,1,1,1,1,1]]}', [400, 'INVALID_REQUEST']],
    [
      'a model name that turns the writing',
      json({ model: 'tw-\u202Ealpha', features: [vector] }),
      [400, 'CONTRACT_VIOLATION', 'model'],
    ],
    [
      'a model name with NUL',
      json({ model: 'tw-alpha\u0000', features: [vector] }),
      [400, 'CONTRACT_VIOLATION', 'model'],
    ],
    ['another model', json({ model: 'no-such', features: [vector] }), [404, 'MODEL_NOT_SERVED']],
    [
      'a version of none',
      json({ model: 'tw-alpha', version: 99, features: [vector] }),
      [404, 'VERSION_NOT_SERVED'],
    ],
    [
      'a negative version',
      json({ model: 'tw-alpha', version: -1, features: [vector] }),
      [400, 'CONTRACT_VIOLATION', 'version'],
    ],
    [
      'a version beyond integers',
      json({ model: 'tw-alpha', version: 1e300, features: [vector] }),
      [400, 'CONTRACT_VIOLATION', 'version'],
    ],
    ['a stale epoch', json({ model: 'tw-alpha', epoch: 2, features: [vector] }), [409, 'STALE_EPOCH']],
    [
      'an epoch of the future',
      json({ model: 'tw-alpha', epoch: 4, features: [vector] }),
      [409, 'STALE_EPOCH'],
    ],
    [
      'half an epoch',
      json({ model: 'tw-alpha', epoch: 2.5, features: [vector] }),
      [400, 'CONTRACT_VIOLATION', 'epoch'],
    ],
    [
      'a session of year zero',
      json({ model: 'tw-alpha', symbol: 'A', session: '0000-00-00' }),
      [400, 'CONTRACT_VIOLATION', 'session'],
    ],
    [
      'a session in month 13',
      json({ model: 'tw-alpha', symbol: 'A', session: '2024-13-45' }),
      [400, 'CONTRACT_VIOLATION', 'session'],
    ],
    [
      'a negative session',
      json({ model: 'tw-alpha', symbol: 'A', session: '-2024-01-05' }),
      [400, 'CONTRACT_VIOLATION', 'session'],
    ],
    [
      'a symbol with NUL',
      json({ model: 'tw-alpha', symbol: '23\u000030', session: '2024-01-05' }),
      [400, 'CONTRACT_VIOLATION', 'symbol'],
    ],
    [
      'an instant that is none',
      json({ model: 'tw-alpha', symbol: 'A', session: '2024-01-05', asOf: '2024-01-05T25:61:00.000Z' }),
      [400, 'CONTRACT_VIOLATION', 'asOf'],
    ],
    [
      'more rows explained than allowed',
      json({ model: 'tw-alpha', features: Array(101).fill(vector), explain: true }),
      [400, 'INVALID_REQUEST', 'explain'],
    ],
  ] as const)('predict refuses %s', async (_what, body, expected) => {
    await expectRefusal(requestText('POST', PREDICT, body), expected);
  });

  it.each([
    ['half a number', new Uint8Array([1, 2, 3]), [400, 'INVALID_REQUEST', 'body']],
    ['half a row', new Uint8Array(8), [400, 'INVALID_REQUEST', 'body']],
    [
      'a NaN that training never saw',
      new Uint8Array(Float32Array.from([Number.NaN, 1, 1, 1, 1, 1]).buffer),
      [400, 'INVALID_FEATURE', 'row 0 momentum_20'],
    ],
    [
      'an infinity',
      new Uint8Array(Float32Array.from([1, -Infinity, 1, 1, 1, 1]).buffer),
      [400, 'INVALID_FEATURE', 'row 0 reversal_5'],
    ],
  ] as const)('score refuses raw bytes with %s', async (_what, bytes, expected) => {
    const head = requestText('POST', SCORE, '', { ...raw, 'content-length': String(bytes.length) });
    await expectRefusal(Buffer.concat([Buffer.from(head), bytes]), expected);
  });

  it.each([
    ['no model', '/api/v1/score', [400, 'CONTRACT_VIOLATION', 'model']],
    ['a model twice', `${SCORE}&model=us-alpha`, [400, 'CONTRACT_VIOLATION', 'model']],
    ['a parameter nobody knows', `${SCORE}&admin=1`, [400, 'CONTRACT_VIOLATION', 'body']],
    ['an epoch that is no number', `${SCORE}&epoch=1e3`, [400, 'CONTRACT_VIOLATION', 'epoch']],
    ['a prototype', `${SCORE}&__proto__=1`, [400, 'CONTRACT_VIOLATION', 'body']],
    ['an escape that is none', '/api/v1/models/%E0%A4%A', [400, 'INVALID_REQUEST']],
  ] as const)('a query with %s is refused', async (_what, path, expected) => {
    const bytes = Buffer.alloc(24);
    const head = requestText('POST', path, '', { ...raw, 'content-length': String(bytes.length) });
    await expectRefusal(Buffer.concat([Buffer.from(head), bytes]), expected);
  });

  it.each([
    ['text', { 'content-type': 'text/plain' }],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['XML', { 'content-type': 'application/xml' }],
    ['a type that is none', { 'content-type': 'x' }],
    ['no type', {}],
    ['raw bytes', raw],
  ] as const)('predict refuses a body of %s with 415', async (_what, headers) => {
    await expectRefusal(requestText('POST', PREDICT, good, headers), [415, 'UNSUPPORTED_MEDIA_TYPE']);
  });

  it('takes JSON whatever its type is called beside that', async () => {
    const type = { 'content-type': 'Application/JSON; charset=UTF-8' };
    expect((await sendRaw(open.url, requestText('POST', PREDICT, good, type))).status).toBe(200);
  });

  it.each([
    ['GET', PREDICT, 405],
    ['PUT', PREDICT, 405],
    ['DELETE', '/api/v1/models/tw-alpha', 405],
    ['OPTIONS', PREDICT, 405],
    ['POST', '/api/v1/health', 405],
    ['PATCH', '/metrics', 405],
    ['GET', '/api/v1/models/reload/x', 404],
    ['GET', '/api/v1/nothing', 404],
    ['GET', '/../../etc/passwd', 404],
    ['PROPFIND', '/', 404],
  ] as const)('%s %s is refused with %i', async (method, path, status) => {
    const answer = await sendRaw(open.url, requestText(method, path));
    const { code } = problemOf(answer);
    expect([answer.status, code]).toEqual([
      status,
      status === 405 ? 'METHOD_NOT_ALLOWED' : 'NO_SUCH_ENDPOINT',
    ]);
    expect(answer.headers['allow'] === undefined).toBe(status === 404);
  });

  it('answers HEAD as GET without the body', async () => {
    for (const path of ['/health', '/api/v1/models', '/metrics', '/openapi.json']) {
      const { status, text } = await sendRaw(open.url, requestText('HEAD', path));
      expect([path, status, text]).toEqual([path, 200, '']);
    }
  });

  it.each([
    ['what is no HTTP', 'hello\r\n\r\n', [400, 'HTTP_MALFORMED']],
    ['the beginning of TLS', '\u0016\u0003\u0001\u0002\u0000', [400, 'HTTP_MALFORMED']],
    [
      'two lengths',
      requestText('POST', PREDICT, good, { 'content-type': 'application/json', 'Content-Length': '3' }),
      [400, 'HTTP_MALFORMED'],
    ],
    [
      'a length that is none',
      requestText('POST', PREDICT, '', { 'content-length': 'ten' }),
      [400, 'HTTP_MALFORMED'],
    ],
    [
      'a length and chunks',
      requestText('POST', PREDICT, good, { 'transfer-encoding': 'chunked' }),
      [400, 'HTTP_MALFORMED'],
    ],
    [
      'a chunk that lies about its size',
      requestText('POST', PREDICT, '', {
        'transfer-encoding': 'chunked',
        'content-type': 'application/json',
      }) + 'zz\r\n{}\r\n0\r\n\r\n',
      [400, 'HTTP_MALFORMED'],
    ],
    ['NUL in a header', requestText('GET', '/health', '', { 'x-a': 'b\u0000c' }), [400, 'HTTP_MALFORMED']],
    [
      'headers without end',
      requestText('GET', '/health', '', { 'x-a': 'b'.repeat(40_000) }),
      [431, 'HTTP_HEADERS_TOO_LARGE'],
    ],
    [
      'a name without end',
      requestText('GET', `/api/v1/models/${'a'.repeat(300)}`),
      [414, 'ADDRESS_TOO_LONG'],
    ],
  ] as const)('%s is refused on the connection itself', async (_what, request, expected) => {
    await expectRefusal(request, expected);
  });

  it('takes a body in chunks of a byte, and refuses one in chunks that is too large', async () => {
    const head = requestText('POST', PREDICT, '', {
      'content-type': 'application/json',
      'transfer-encoding': 'chunked',
    });
    const chunks = good.replace(/./gu, (character) => `1\r\n${character}\r\n`);
    expect((await sendRaw(open.url, `${head}${chunks}0\r\n\r\n`)).status).toBe(200);
    const large = `${(MAX_BODY + 1).toString(16)}\r\n${' '.repeat(MAX_BODY + 1)}\r\n0\r\n\r\n`;
    await expectRefusal(`${head}${large}`, [413, 'REQUEST_TOO_LARGE']);
  });

  it.each([
    ['no token', null, set({}), [403, 'BREAK_GLASS_FORBIDDEN']],
    ['a token that is none', 'x.y.z', set({}), [401, 'TOKEN_INVALID']],
    ['a token of a megabyte', 'x'.repeat(9000), set({}), [401, 'TOKEN_INVALID']],
    ['a reason with NUL', 'glass', set({ reason: 'because\u0000' }), [400, 'CONTRACT_VIOLATION', 'reason']],
    [
      'a reason with half a character',
      'glass',
      set({ reason: 'because \uD800' }),
      [400, 'CONTRACT_VIOLATION', 'reason'],
    ],
    [
      'a reason that turns the writing',
      'glass',
      set({ reason: 'because \u202E' }),
      [400, 'CONTRACT_VIOLATION', 'reason'],
    ],
    ['a reason of blanks', 'glass', set({ reason: '    ' }), [400, 'CONTRACT_VIOLATION', 'reason']],
    ['an id that is none', 'glass', set({ id: '../../x' }), [400, 'CONTRACT_VIOLATION', 'id']],
    ['a week', 'glass', set({ seconds: 7 * 86_400 }), [400, 'CONTRACT_VIOLATION', 'seconds']],
    ['another model', 'glass', set({ model: 'us-alpha' }), [403, 'BREAK_GLASS_FORBIDDEN']],
    ['a version that never reigned', 'glass', set({ version: 9 }), [409, 'VERSION_NOT_HELD']],
    [
      'a key given twice',
      'glass',
      set({}).replace('{', '{"model":"us-alpha",'),
      [400, 'DUPLICATE_KEY', 'model'],
    ],
  ] as const)('break-glass refuses %s', async (_what, token, body, expected) => {
    const bearer = token === 'glass' ? glass : token;
    const headers = {
      'content-type': 'application/json',
      ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
    };
    await expectRefusal(requestText('POST', BREAK, body, headers), expected);
  });

  it.each([
    ['no token', null, PREDICT, [401, 'UNAUTHENTICATED']],
    ['a password', 'Basic YTpi', PREDICT, [401, 'UNAUTHENTICATED']],
    ['a token that is none', 'Bearer x.y.z', PREDICT, [401, 'TOKEN_INVALID']],
    ['an empty token', 'Bearer ', PREDICT, [401, 'UNAUTHENTICATED']],
    ['a role that may not', 'viewer', '/api/v1/models/reload', [403, 'ROLE_NOT_ALLOWED']],
  ] as const)('a server that asks for tokens refuses %s', async (_what, authorization, path, expected) => {
    const sent = authorization === 'viewer' ? `Bearer ${viewer}` : authorization;
    const headers = { 'content-type': 'application/json', ...(sent === null ? {} : { authorization: sent }) };
    await expectRefusal(
      requestText('POST', path, path === PREDICT ? good : '{}', headers),
      expected,
      guarded,
    );
  });

  it.each([
    ['an id that is none', '/api/v1/explanations/..%2F..', [404, 'EXPLANATION_UNKNOWN']],
    ['a model of none', '/api/v1/models/no-such', [404, 'MODEL_NOT_SERVED']],
    ['a model with NUL', '/api/v1/models/tw%00alpha', [404, 'MODEL_NOT_SERVED']],
  ] as const)('a path with %s is refused', async (_what, path, expected) => {
    await expectRefusal(requestText('GET', path), expected);
  });

  it('becomes no label: models are those that are served, routes those that are offered', async () => {
    const { text } = await sendRaw(open.url, requestText('GET', '/metrics'));
    const valuesOf = (label: string): ReadonlySet<string> =>
      new Set([...text.matchAll(new RegExp(`[{,]${label}="([^"]*)"`, 'gu'))].map(([, value = '']) => value));
    expect([...valuesOf('model')]).toEqual(['tw-alpha']);
    for (const route of valuesOf('route')) expect(route).toMatch(/^(?:none|\*|\/[a-z0-9/:*.-]*)$/iu);
    expect(valuesOf('route').size).toBeLessThan(40);
  });

  it('leaves it answering as before', async () => {
    expect((await predict(open)).status).toBe(200);
    expect((await sendRaw(open.url, requestText('POST', '/api/v1/models/reload', '{}'))).status).toBe(200);
  });
});
