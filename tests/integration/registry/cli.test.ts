import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../../../cli/program.ts';
import { verifyToken } from '../../../registry/identity/tokens.ts';
import { testDatabase } from '../../postgres.ts';
import { openBench } from './registry-bench.ts';
import type { RegistryBench } from './registry-bench.ts';
import type { Candidate } from './world.ts';

let bench: RegistryBench;
let folder: string;
let model: string;
let first: Candidate;
let second: Candidate;

beforeAll(async () => {
  bench = await openBench('cli');
  folder = await mkdtemp(join(tmpdir(), 'registry-cli-'));
  model = await bench.world.model();
  first = await bench.world.champion(model, 1);
  second = await bench.world.champion(model, 2);
});
afterAll(async () => {
  await bench.close();
  await rm(folder, { recursive: true });
});

interface Answer {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

async function contender(args: readonly string[], databaseUrl = bench.url): Promise<Answer> {
  let [out, err] = ['', ''];
  const exitCode = await runCli(args, {
    streams: {
      stdin: Readable.from([]),
      stdout: { write: (text: string) => (out += text) },
      stderr: { write: (text: string) => (err += text) },
    },
    interrupted: new AbortController().signal,
    sources: {
      environment: {
        CONTENDER_DATABASE_URL: databaseUrl,
        CONTENDER_TOKEN_SIGNING_KEY_FILE: join(folder, 'key'),
      },
      root: folder,
    },
    showStacks: false,
  });
  return { exitCode, out, err };
}
const json = (answer: Answer): unknown => JSON.parse(answer.out);

describe('contender champion', () => {
  test('says who answers, what a rollback returns to, and which servers know', async () => {
    const { exitCode, out } = await contender(['champion', model]);
    expect(exitCode).toBe(0);
    expect(out).toContain(`${model}: version 2, epoch 2, swap by system`);
    expect(out).toContain('to version 1');
    expect(json(await contender(['champion', model, '--json']))).toMatchObject({
      epoch: 2,
      champion: { id: second.versionId },
      rollbackTarget: 1,
      servers: { status: 'complete' },
    });
  });

  test('answers for the past, in both times', async () => {
    const at = await contender(['champion', model, '--at', first.asOf, '--json']);
    expect(json(at)).toMatchObject({ reign: { version: 1, epoch: 1 } });
    const unknownThen = await contender([
      'champion',
      model,
      '--at',
      first.asOf,
      '--known-at',
      '2001-01-01',
      '--json',
    ]);
    expect(json(unknownThen)).toMatchObject({ knownAt: '2001-01-01T00:00:00.000Z', reign: null });
    const { out } = await contender(['champion', model, '--history']);
    expect(out.split('\n').filter((line) => line.includes('promotion of'))).toHaveLength(2);
  });

  test.each([
    [['champion', 'nobody'], 1, 'MODEL_UNKNOWN'],
    [['champion', 'MODEL', '--at', 'yesterday'], 2, 'USAGE'],
    [['champion', 'MODEL', '--at', '2019-13-45'], 2, 'USAGE'],
    [['champion', '--history'], 2, 'USAGE'],
  ])('%j ends with %i and %s', async (args, exitCode, code) => {
    const answer = await contender([...args.map((arg) => (arg === 'MODEL' ? model : arg)), '--json']);
    expect(answer.exitCode).toBe(exitCode);
    expect(json(answer)).toMatchObject({ error: { code } });
  });
});

describe('contender versions and show', () => {
  test('list the roles of the versions', async () => {
    const { out } = await contender(['versions', model]);
    const lines = out.trim().split('\n');
    expect(lines[1]).toMatch(/2\s+champion /u);
    expect(lines[2]).toMatch(/1\s+previous /u);
    expect((await contender(['versions', model, '--limit', 'many'])).exitCode).toBe(2);
  });

  test('show gates, signatures and reigns of a version, by number, by id, or of the champion', async () => {
    const byNumber = json(await contender(['show', model, '1', '--json']));
    expect(byNumber).toMatchObject({
      version: { number: 1 },
      signatures: [{ subject: 'lee' }],
      reigns: [{ epoch: 1 }],
    });
    expect(json(await contender(['show', model, first.versionId, '--json']))).toEqual(byNumber);
    const { out } = await contender(['show', model]);
    for (const text of [
      second.versionId,
      'Evidence of the gate: pass',
      'Signatures',
      'Reigns',
      'it is the champion',
    ]) {
      expect(out).toContain(text);
    }
    expect((await contender(['show', model, '7'])).exitCode).toBe(1);
    expect((await contender(['show', model, 'seven'])).exitCode).toBe(2);
  });
});

describe('contender audit', () => {
  test('verifies, exports an anchor, and finds what was cut off since', async () => {
    const file = join(folder, 'anchor.json');
    const exported = await contender(['audit', 'verify', '--export-anchor', file, '--json']);
    expect(json(exported)).toMatchObject({ ok: true, rows: 11, models: 1 });
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
      schema: 1,
      heads: [{ model, seq: 11 }],
    });
    expect((await contender(['audit', 'verify', '--anchor', file])).out).toContain(
      'everything the anchor has seen',
    );

    await bench.root.query('create table kept as select * from audit where seq = 11');
    await bench.root.query('set session_replication_role = replica');
    await bench.root.query('delete from audit where seq = 11');
    const cut = await contender(['audit', 'verify', '--anchor', file, '--json']);
    await bench.root.query('insert into audit select * from kept');
    await bench.root.query('set session_replication_role = origin');
    expect(cut.exitCode).toBe(1);
    expect(json(cut)).toMatchObject({ error: { code: 'AUDIT_BROKEN', details: { model, seq: 11 } } });
  });

  test('refuses a file that is no anchor, and lists the commands of a model', async () => {
    const file = join(folder, 'rubbish.json');
    await writeFile(file, '{}');
    expect((await contender(['audit', 'verify', '--anchor', file])).exitCode).toBe(2);
    const { out } = await contender(['audit', 'list', model]);
    expect(out).toContain('apply-spec');
    expect(out).toContain('promote');
    expect((await contender(['audit', 'list', 'nobody'])).exitCode).toBe(1);
  });
});

describe('contender token create', () => {
  test('prints a token that verifies, and nothing else', async () => {
    const { exitCode, out, err } = await contender([
      'token',
      'create',
      '--subject',
      'lee',
      '--role',
      'quant-lead',
      '--ttl',
      '30m',
    ]);
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    const actor = await verifyToken({
      signingKeyFile: join(folder, 'key'),
      token: out.trim(),
      now: new Date(),
    });
    expect(actor).toEqual({ subject: 'lee', roles: ['quant-lead'] });
  });

  test.each([
    ['--subject', 'system', '--role', 'admin'],
    ['--subject', 'lee', '--role', 'root'],
    ['--subject', 'lee', '--role', 'viewer', '--ttl', 'long'],
    ['--subject', 'lee', '--role', 'viewer', '--ttl', '400d'],
    ['--role', 'viewer'],
    ['--subject', 'lee'],
  ])('refuses %s %s %s %s', async (...args) => {
    const answer = await contender([
      'token',
      'create',
      ...args.filter((arg) => typeof arg === 'string'),
      '--json',
    ]);
    expect(answer.exitCode).toBe(2);
  });
});

describe('contender token revoke', () => {
  const AWAY = 'postgres://nobody@127.0.0.1:1/none';
  const make = async (role: string): Promise<{ token: string; tokenId: string }> => {
    const made = await contender(['token', 'create', '--subject', 'mia', '--role', role, '--json']);
    return json(made) as { token: string; tokenId: string };
  };
  const freezeBy = (token: string): Promise<Answer> =>
    contender(['freeze', model, '--reason', 'incident 44', '--token', token, '--json']);

  test('a token that an admin called back opens nothing at the command line any more', async () => {
    const [lost, admin] = [await make('operator'), await make('admin')];
    expect((await freezeBy(lost.token)).exitCode).toBe(0);
    const by = ['--reason', 'laptop stolen', '--token', admin.token, '--json'];
    const revoked = await contender(['token', 'revoke', lost.tokenId, ...by]);
    expect(json(revoked)).toMatchObject({ tokenId: lost.tokenId, revokedBy: 'mia' });
    const refused = await freezeBy(lost.token);
    expect([refused.exitCode, json(refused)]).toMatchObject([1, { error: { code: 'TOKEN_REVOKED' } }]);
    expect(await bench.registry.revokedTokens()).toContain(`contender ${lost.tokenId}`);
    expect(
      (await contender(['unfreeze', model, '--reason', 'it was a drill', '--token', admin.token])).exitCode,
    ).toBe(0);
  });

  test('a break-glass token is called back by itself, on this machine alone while the registry is away', async () => {
    const admin = await make('admin');
    const made = await contender([
      ...['token', 'break-glass', '--subject', 'olga', '--role', 'operator', '--model', model, '--json'],
    ]);
    const { token, tokenId } = json(made) as { token: string; tokenId: string };
    const file = join(folder, 'glass.token');
    await writeFile(file, `${token}\n`);
    const args = ['token', 'revoke', '--token-file', file, '--reason', 'left in a ticket', '--json'];
    const away = await contender([...args, '--token', admin.token], AWAY);
    expect([away.exitCode, json(away)]).toMatchObject([3, { error: { code: 'REVOKED_HERE_ONLY' } }]);
    expect(await readFile(join(folder, '.contender', 'revoked-tokens'), 'utf8')).toContain(
      `contender ${tokenId}\n`,
    );
    expect((await contender([...args, '--token', admin.token])).exitCode).toBe(0);
    expect(await bench.registry.revokedTokens()).toContain(`contender ${tokenId}`);
  });

  test.each([
    ['nobody but an admin', 'operator', ['some-token'], 1, 'ROLE_MISSING'],
    ['no token named', 'admin', [], 2, 'USAGE'],
    ['a file that holds none', 'admin', ['--token-file', 'package.json'], 2, 'USAGE'],
  ])('%s', async (_what, role, which, exitCode, code) => {
    const { token } = await make(role);
    const answer = await contender([
      'token',
      'revoke',
      ...which,
      '--reason',
      'drill',
      '--token',
      token,
      '--json',
    ]);
    expect([answer.exitCode, json(answer)]).toMatchObject([exitCode, { error: { code } }]);
  });
});

describe('contender migrate', () => {
  test('applies what is missing, and then has nothing to do', async () => {
    const { url, drop } = await testDatabase({ schema: 'empty' });
    expect(json(await contender(['migrate', '--json'], url))).toMatchObject({
      applied: expect.any(Array) as unknown,
    });
    expect((await contender(['migrate'], url)).out).toContain('nothing to do');
    await drop();
  });

  test('ends with 3 when the database cannot be reached', async () => {
    const answer = await contender(['migrate', '--json'], 'postgres://u:p@127.0.0.1:9/x');
    expect(answer.exitCode).toBe(3);
    expect(json(answer)).toMatchObject({ error: { code: 'REGISTRY_UNREACHABLE' } });
  });
});

describe('contender backup and restore', () => {
  test('copy the registry into a folder, and back into an empty database', async () => {
    const to = join(folder, 'saved');
    const saved = await contender(['backup', '--to', to, '--json']);
    expect(saved.exitCode).toBe(0);
    expect(json(saved)).toMatchObject({ folder: to, artifacts: { count: 0 } });
    expect(json(await contender(['backup', '--to', to, '--json']))).toMatchObject({
      error: { code: 'BACKUP_OCCUPIED' },
    });
    const empty = await testDatabase({ schema: 'empty' });
    try {
      const restored = await contender(['restore', '--from', to, '--json'], empty.url);
      expect(restored.exitCode).toBe(0);
      const view = await contender(['champion', model, '--json'], empty.url);
      const now = json(await contender(['champion', model, '--json'])) as { epoch: number };
      expect(json(view)).toMatchObject({ epoch: now.epoch });
      expect((await contender(['audit', 'verify'], empty.url)).exitCode).toBe(0);
    } finally {
      await empty.drop();
    }
    expect((await contender(['restore'])).exitCode).toBe(2);
    expect((await contender(['restore', '--from', join(folder, 'nothing')])).exitCode).toBe(1);
  });
});

describe('contender gc and pin', () => {
  test('plan without a token, and act only with one', async () => {
    const plan = await contender(['gc', '--dry-run', '--json']);
    expect(json(plan)).toMatchObject({ deleted: false, versions: [] });
    expect((await contender(['gc'])).exitCode).toBe(2);
    expect((await contender(['gc', '--yes', '--reason', 'space'])).exitCode).toBe(1);
    expect((await contender(['pin', model])).out).toContain('Nobody has pinned');
    const bad = ['pin', model, '1', '--consumer', 'Bad Name', '--reason', 'quarter'];
    expect((await contender(bad)).exitCode).toBe(2);
  });

  test('pin and release for somebody who may', async () => {
    const made = await contender(['token', 'create', '--subject', 'ops', '--role', 'operator', '--json']);
    const { token } = json(made) as { token: string };
    const by = ['--consumer', 'risk', '--reason', 'quarter', '--token', token];
    expect((await contender(['pin', model, '1', ...by])).out).toContain('risk holds version 1');
    expect(json(await contender(['pin', model, '--json']))).toMatchObject([{ consumer: 'risk', version: 1 }]);
    expect((await contender(['pin', model, '--release', ...by])).out).toContain('no version');
  });
});
