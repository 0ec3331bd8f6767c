import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Problem } from '../../../contracts/api/problem.ts';
import { ApiWorld } from './api-world.ts';

let local: ApiWorld;
beforeAll(async () => {
  local = await ApiWorld.open();
});
afterAll(() => local.close());

describe('bodies and addresses', () => {
  const HOST = { host: 'localhost' };
  const JSON_TYPE = { 'content-type': 'application/json' };
  test.each([
    [
      'a key given twice',
      'POST',
      '/models/M/rollbacks',
      '{"reason":"one","reason":"two"}',
      JSON_TYPE,
      400,
      'DUPLICATE_KEY',
    ],
    [
      'brackets without end',
      'POST',
      '/models/M/rollbacks',
      '['.repeat(200_000),
      JSON_TYPE,
      400,
      'NESTED_TOO_DEEPLY',
    ],
    [
      'a body of half a megabyte',
      'POST',
      '/models/M/rollbacks',
      'x'.repeat(500_000),
      JSON_TYPE,
      413,
      'BODY_TOO_LARGE',
    ],
    [
      'XML',
      'POST',
      '/models/M/rollbacks',
      '<a/>',
      { 'content-type': 'application/xml' },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    [
      'text',
      'POST',
      '/models/M/rollbacks',
      '{}',
      { 'content-type': 'text/plain' },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    [
      'bytes for JSON',
      'POST',
      '/models/M/rollbacks',
      '{}',
      { 'content-type': 'application/octet-stream' },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    [
      'JSON for bytes',
      'POST',
      `/models/M/artifacts?sha256=${'a'.repeat(64)}`,
      '{}',
      JSON_TYPE,
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    [
      'a hash that is none',
      'POST',
      '/models/M/artifacts?sha256=abc',
      'x',
      { 'content-type': 'application/octet-stream' },
      400,
      'REQUEST_INVALID',
    ],
    [
      'another file than its hash',
      'POST',
      `/models/M/artifacts?sha256=${'a'.repeat(64)}`,
      'x',
      { 'content-type': 'application/octet-stream' },
      409,
      'IDENTITY_MISMATCH',
    ],
    [
      'a version that is an object',
      'POST',
      '/models/M/versions',
      '{"features":{}}',
      JSON_TYPE,
      400,
      'REQUEST_INVALID',
    ],
    [
      'NUL in a reason',
      'POST',
      '/models/M/rollbacks',
      '{"reason":"be\\u0000cause"}',
      JSON_TYPE,
      400,
      'REQUEST_INVALID',
    ],
    ['a method that is not offered', 'PATCH', '/models/M/versions', '', {}, 405, 'METHOD_NOT_ALLOWED'],
    ['HEAD where there is none', 'DELETE', '/models/M', '', {}, 405, 'METHOD_NOT_ALLOWED'],
    ['a name without end', 'GET', `/models/${'a'.repeat(400)}`, '', {}, 414, 'ADDRESS_TOO_LONG'],
    ['a version beyond integers', 'GET', '/models/M/versions/99999999999', '', {}, 400, 'REQUEST_INVALID'],
    ['a page of a million', 'GET', '/models/M/versions?limit=1000000', '', {}, 400, 'REQUEST_INVALID'],
    ['a parameter given twice', 'GET', '/models/M/versions?limit=1&limit=2', '', {}, 400, 'REQUEST_INVALID'],
    ['an escape that is none', 'GET', '/models/%E0%A4%A', '', {}, 400, 'REQUEST_INVALID'],
  ] as const)('%s: refused by name', async (_what, method, path, payload, headers, status, code) => {
    const model = await local.world.model();
    const authorization = `Bearer ${await local.token('olga', 'operator', 'quant-lead')}`;
    const answer = await local.api.app.inject({
      ...{ method, url: `/api/v1${path.replace('/M', `/${model}`)}`, payload },
      headers: { ...HOST, ...headers, authorization, 'idempotency-key': randomUUID() },
    });
    expect([answer.statusCode, answer.headers['content-type']], answer.body).toEqual([
      status,
      'application/problem+json; charset=utf-8',
    ]);
    const problem = Problem.parse(answer.json());
    expect([problem.code, problem.remedy === ''], answer.body).toEqual([code, false]);
    if (status === 405) expect(answer.headers['allow']).toMatch(/GET/u);
  });
});
