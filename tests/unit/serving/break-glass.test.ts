import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { issueToken } from '../../../registry/identity/tokens.ts';
import { issueBreakGlassToken, verifyBreakGlassToken } from '../../../registry/identity/break-glass-token.ts';
import type { ServingServer, ServingServerOptions } from '../../../serving/server.ts';
import type { ServableVersion } from '../../../serving/ports.ts';
import { eventually } from './memory-registry.ts';
import { get, predict, ready, ServerFleet, type Answer } from './server-fleet.ts';

const MODEL = 'tw-alpha';

describe('break-glass on a prediction server', () => {
  let fleet: ServerFleet;
  let folder: string;
  let signingKeyFile: string;
  let token: string;
  let first: ServableVersion;
  let second: ServableVersion;

  const issue = async (
    changes: Partial<Parameters<typeof issueBreakGlassToken>[0]> = {},
  ): Promise<string> => {
    const now = new Date(fleet.clock.wallMs());
    const asked = { subject: 'olga', roles: ['operator'], models: [MODEL], ttlSeconds: 3600, now };
    return (await issueBreakGlassToken({ signingKeyFile, ...asked, ...changes })).token;
  };
  const start = (options: Partial<ServingServerOptions> = {}): Promise<ServingServer> =>
    fleet.start({
      name: 'server-a',
      breakGlass: {
        folder: join(folder, 'break-glass'),
        verify: (text) =>
          verifyBreakGlassToken({ signingKeyFile, token: text, now: new Date(fleet.clock.wallMs()) }),
      },
      ...options,
    });
  const send = async (
    server: ServingServer,
    body: Record<string, unknown>,
    bearer: string | null = token,
    path = '/api/v1/break-glass',
  ): Promise<Answer> => {
    const response = await fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
      },
      body: JSON.stringify(body),
    });
    const { status, headers } = response;
    return { status, headers, body: (await response.json()) as Answer['body'] };
  };
  const command = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
    ...{ id: randomUUID(), model: MODEL, version: null, reason: 'it loses money', seconds: 600 },
    ...changes,
  });
  const journal = async (): Promise<{ overrides: unknown[] }> =>
    JSON.parse(await readFile(join(folder, 'break-glass', 'server-a.json'), 'utf8')) as {
      overrides: unknown[];
    };

  beforeEach(async () => {
    fleet = new ServerFleet();
    folder = await mkdtemp(join(tmpdir(), 'contender-break-glass-'));
    signingKeyFile = join(folder, 'signing-key.pem');
    token = await issue();
    [first, second] = [fleet.registry.version('a', 1), fleet.registry.version('b', 2)];
    fleet.registry.commit(MODEL, 7, second, { previous: [first] });
  });
  afterEach(async () => {
    await fleet.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('answers with the champion before while the registry is down, under the same epoch, and every answer says so', async () => {
    const server = await start();
    await ready(server);
    const [before] = (await predict(server)).body['predictions'] as number[];
    fleet.registry.cutOff = true;
    const { status, body } = await send(server, command());
    expect([status, body['version'], body['fromVersion'], body['epoch']]).toEqual([200, 1, 2, 7]);
    const answer = await predict(server);
    expect(answer.body).toMatchObject({
      version: 1,
      versionHash: first.versionId,
      epoch: 7,
      override: { id: body['id'], by: 'olga', reason: 'it loses money', expiresAt: body['expiresAt'] },
    });
    expect(answer.headers.get('x-model-override')).toBe(body['id']);
    expect((answer.body['predictions'] as number[])[0]).not.toBe(before);
    expect((await get(server, '/health')).body['models']).toMatchObject([
      { version: 1, override: { by: 'olga' } },
    ]);
  });

  it('is written into the audit and carried out as a rollback when the registry is back; the champion it fled never answers', async () => {
    const server = await start();
    await ready(server);
    fleet.registry.cutOff = true;
    const { body } = await send(server, command());
    const versions = new Set<unknown>();
    fleet.registry.cutOff = false;
    await eventually('reconciled', async () => {
      const answer = (await predict(server)).body;
      versions.add(answer['version']);
      return answer['override'] === null;
    });
    expect([...versions]).toEqual([1]);
    expect((await predict(server)).body).toMatchObject({ version: 1, epoch: 8, override: null });
    const id = String(body['id']);
    await eventually('an empty journal', async () => (await journal()).overrides.length === 0);
    expect(fleet.registry.audit).toEqual([
      { key: `break-glass:${id}`, by: 'olga' },
      { key: `break-glass:${id}:rolled-back`, by: 'olga' },
    ]);
  });

  it('gives way to what the registry decided meanwhile, and opens no epoch of its own', async () => {
    const third = fleet.registry.version('c', 3);
    const server = await start();
    await ready(server);
    fleet.registry.cutOff = true;
    const { body } = await send(server, command());
    fleet.registry.commit(MODEL, 8, third, { previous: [second, first] });
    fleet.registry.cutOff = false;
    await eventually('epoch 8', async () => (await predict(server)).body['epoch'] === 8);
    expect((await predict(server)).body).toMatchObject({ version: 3, override: null });
    await eventually('both ends told', () => fleet.registry.audit.length === 2);
    expect(fleet.registry.audit[1]?.key).toBe(`break-glass:${String(body['id'])}:superseded`);
  });

  it('expires, and is told of all the same', async () => {
    const server = await start();
    await ready(server);
    fleet.registry.cutOff = true;
    const { body } = await send(server, command({ seconds: 60 }));
    expect((await predict(server)).body['version']).toBe(1);
    fleet.clock.skippedMs += 61_000;
    expect((await predict(server)).body).toMatchObject({ version: 2, epoch: 7, override: null });
    fleet.registry.cutOff = false;
    await eventually('both ends told', () => fleet.registry.audit.length === 2);
    expect(fleet.registry.audit[1]).toEqual({
      key: `break-glass:${String(body['id'])}:expired`,
      by: 'system',
    });
    expect((await predict(server)).body).toMatchObject({ version: 2, epoch: 7 });
  });

  it('never outlasts its token', async () => {
    const server = await start();
    await ready(server);
    const short = await issue({ ttlSeconds: 120 });
    const { body } = await send(server, command({ seconds: 86_400 }), short);
    expect(Date.parse(String(body['expiresAt']))).toBeLessThanOrEqual(fleet.clock.wallMs() + 120_000);
  });

  it('is lifted by a token, and is in the audit with who lifted it', async () => {
    const server = await start();
    await ready(server);
    fleet.registry.cutOff = true;
    const { body } = await send(server, command());
    const other = await issue({ subject: 'pat', roles: ['quant-lead'] });
    const lifted = await send(
      server,
      { model: MODEL, reason: 'false alarm' },
      other,
      '/api/v1/break-glass/lift',
    );
    expect(lifted.body).toMatchObject({ id: body['id'], ended: { how: 'lifted', by: 'pat' } });
    expect((await predict(server)).body).toMatchObject({ version: 2, epoch: 7, override: null });
    const again = await send(server, { model: MODEL, reason: 'again' }, other, '/api/v1/break-glass/lift');
    expect([again.status, again.body.code]).toEqual([409, 'NO_OVERRIDE']);
    fleet.registry.cutOff = false;
    await eventually('both ends told', () => fleet.registry.audit.length === 2);
    expect(fleet.registry.audit[1]?.by).toBe('pat');
    expect((await predict(server)).body['epoch']).toBe(7);
  });

  it('with onStale refuse answers again: a person has named the version', async () => {
    const policy = { onStale: 'refuse', maxStaleSeconds: 30, swapWindow: 'any' } as const;
    fleet.registry.commit(MODEL, 7, second, { previous: [first], serving: policy });
    const server = await start();
    await ready(server);
    fleet.registry.cutOff = true;
    fleet.clock.skippedMs += 40_000;
    expect((await predict(server)).status).toBe(503);
    expect((await send(server, command())).status).toBe(200);
    expect((await predict(server)).body).toMatchObject({ version: 1, stale: true, override: { by: 'olga' } });
    fleet.clock.skippedMs += 601_000;
    expect((await predict(server)).status).toBe(503);
  });

  it('survives a restart of the server in the outage: told and carried out before the fled champion can answer', async () => {
    const server = await start();
    await ready(server);
    fleet.registry.cutOff = true;
    const { body } = await send(server, command());
    await server.stop();
    fleet.registry.cutOff = false;
    const again = await start();
    await ready(again);
    expect((await predict(again)).body).toMatchObject({ version: 1, epoch: 8, override: null });
    expect(fleet.registry.audit.map(({ key }) => key)).toEqual([
      `break-glass:${String(body['id'])}`,
      `break-glass:${String(body['id'])}:rolled-back`,
    ]);
  });

  it('stays in force until it expires, with an alert, when the registry will not carry it out', async () => {
    const server = await start();
    await ready(server);
    fleet.registry.refusal = 'VERSION_DELETED: gone';
    const { body } = await send(server, command());
    await eventually('an alert', () => fleet.registry.alerts.length === 1);
    expect(fleet.registry.alerts[0]).toMatchObject({ kind: 'BREAK_GLASS_REFUSED', severity: 'CRITICAL' });
    expect((await predict(server)).body).toMatchObject({ version: 1, epoch: 7 });
    fleet.clock.skippedMs += 601_000;
    await eventually('both ends told', () => fleet.registry.audit.length === 2);
    expect(fleet.registry.audit[1]?.key).toBe(`break-glass:${String(body['id'])}:expired`);
  });

  it('repeats its answer for a command that comes again', async () => {
    const server = await start();
    await ready(server);
    fleet.registry.cutOff = true;
    const asked = command();
    const one = await send(server, asked);
    const other = await send(server, asked);
    expect(other.body).toEqual(one.body);
    expect((await journal()).overrides).toHaveLength(1);
  });

  it('a second override takes the place of the first, and both are told', async () => {
    const third = fleet.registry.version('c', 3);
    fleet.registry.commit(MODEL, 8, third, { previous: [second, first] });
    const server = await start();
    await eventually('epoch 8', async () => (await predict(server)).body['epoch'] === 8);
    fleet.registry.cutOff = true;
    const one = await send(server, command());
    const other = await send(server, command({ version: 1 }));
    expect([one.body['version'], other.body['version']]).toEqual([2, 1]);
    expect((await predict(server)).body).toMatchObject({ version: 1, epoch: 8 });
    fleet.registry.cutOff = false;
    await eventually('four ends told', () => fleet.registry.audit.length === 4);
    expect(fleet.registry.audit.map(({ key }) => key.split(':').at(2) ?? 'set').sort()).toEqual(
      ['replaced', 'rolled-back', 'set', 'set'].sort(),
    );
  });

  it.for([
    ['no token', 403, 'BREAK_GLASS_FORBIDDEN', null],
    ['a token for another model', 403, 'BREAK_GLASS_FORBIDDEN', { models: ['us-alpha'] }],
    ['a token that has expired', 401, 'TOKEN_EXPIRED', { ttlSeconds: 1, now: new Date(Date.now() - 60_000) }],
  ] as const)('refuses %s', async ([, status, code, changes]) => {
    const server = await start();
    await ready(server);
    const bearer =
      changes === null
        ? null
        : await issue({ ...changes, models: [...('models' in changes ? changes.models : [MODEL])] });
    const answer = await send(server, command(), bearer);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect((await predict(server)).body).toMatchObject({ version: 2, override: null });
  });

  it('refuses an identity token, a token of another installation and a changed one', async () => {
    const server = await start();
    await ready(server);
    const now = new Date();
    const identity = await issueToken({
      signingKeyFile,
      subject: 'olga',
      roles: ['admin'],
      ttlSeconds: 60,
      now,
    });
    const foreign = await issue({ signingKeyFile: join(folder, 'other-key.pem') });
    const [head = '', body = '', signature = ''] = token.split('.');
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as object;
    const forged = Buffer.from(JSON.stringify({ ...claims, models: [MODEL, 'us-alpha'] })).toString(
      'base64url',
    );
    for (const bearer of [identity.token, foreign, `${head}.${forged}.${signature}`]) {
      const answer = await send(server, command(), bearer);
      expect([answer.status, answer.body.code]).toEqual([401, 'TOKEN_INVALID']);
    }
  });

  it('refuses a version that was no champion here, and one whose artifact is gone', async () => {
    const third = fleet.registry.version('c', 3);
    fleet.registry.artifacts.delete(third.onnx.sha256);
    fleet.registry.commit(MODEL, 7, second, { previous: [first, first, third] });
    const server = await start();
    await ready(server);
    const unknown = await send(server, command({ version: 9 }));
    expect([unknown.status, unknown.body.code]).toEqual([409, 'VERSION_NOT_HELD']);
    const same = await send(server, command({ version: 2 }));
    expect([same.status, same.body.code]).toEqual([409, 'VERSION_NOT_HELD']);
    const gone = await send(server, command({ version: 3 }));
    expect([gone.status, gone.body.code]).toEqual([503, 'MODEL_NOT_READY']);
    expect((await predict(server)).body).toMatchObject({ version: 2, override: null });
  });

  it('loads an earlier champion that is not in memory before it answers', async () => {
    const third = fleet.registry.version('c', 3);
    const fourth = fleet.registry.version('a', 4);
    fleet.registry.commit(MODEL, 9, third, { previous: [fourth, second, first] });
    const server = await start();
    await ready(server);
    expect(server.follower.model(MODEL)?.versions.get(first.versionId)).toBeNull();
    const { status } = await send(server, command({ version: 1 }));
    expect(status).toBe(200);
    expect((await predict(server)).body).toMatchObject({ version: 1, epoch: 9 });
  });

  it('does not start over a journal that it cannot read', async () => {
    const server = await start();
    await ready(server);
    fleet.registry.cutOff = true;
    await send(server, command());
    await server.stop();
    await writeFile(join(folder, 'break-glass', 'server-a.json'), '{"schema":1,"overrides":[{}]}');
    await expect(start()).rejects.toMatchObject({ code: 'BREAK_GLASS_JOURNAL_BROKEN' });
  });
});
