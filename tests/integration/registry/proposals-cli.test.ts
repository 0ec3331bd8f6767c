import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { runCli } from '../../../cli/program.ts';
import { openBench } from './registry-bench.ts';
import type { RegistryBench } from './registry-bench.ts';
import { spec } from './world.ts';

let bench: RegistryBench;
let folder: string;
let file: string;
let model: string;

beforeAll(async () => {
  bench = await openBench('proposals-cli');
  folder = await mkdtemp(join(tmpdir(), 'proposals-cli-'));
  model = await bench.world.model();
  file = join(folder, 'spec.yaml');
  await writeFile(file, stringify(spec(model, { data: folder, gates: { pboMax: 0.4 } })));
});
afterAll(async () => {
  await bench.close();
  await rm(folder, { recursive: true });
});

async function contender(...args: readonly string[]) {
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
        CONTENDER_DATABASE_URL: bench.url,
        CONTENDER_TEMPORAL_ADDRESS: '127.0.0.1:1',
        CONTENDER_TOKEN_SIGNING_KEY_FILE: join(folder, 'key'),
      },
      root: folder,
    },
    showStacks: false,
  });
  return { exitCode, out, err };
}

async function tokenOf(subject: string, role = 'quant-lead'): Promise<string> {
  const { out } = await contender('token', 'create', '--subject', subject, '--role', role, '--json');
  return (JSON.parse(out) as { token: string }).token;
}

describe('contender proposals', () => {
  test('keeps a loosened spec until a second person agrees, and says so at each step', async () => {
    const [lee, kim, vic] = [await tokenOf('lee'), await tokenOf('kim'), await tokenOf('vic', 'viewer')];
    expect((await contender('proposals', 'list')).out).toContain('Nobody has proposed');
    const alone = await contender('apply', '-f', file, '--token', lee, '--reason', 'a quarter at 0.4');
    expect(alone.exitCode).toBe(1);
    expect(alone.err).toContain('apply --propose');
    const both = await contender('apply', '-f', file, '--token', lee, '--second-token', kim, '--propose');
    expect(both.exitCode).toBe(2);

    const args = ['apply', '-f', file, '--token', lee, '--reason', 'a quarter at 0.4', '--propose'];
    const proposed = await contender(...args, '--json');
    expect(proposed.exitCode, proposed.err).toBe(0);
    const { id } = (JSON.parse(proposed.out) as { proposal: { id: number } }).proposal;
    const number = String(id);
    const shown = await contender('proposals', 'show', number);
    expect(shown.out).toContain('Loosens: gates.pboMax');
    expect(shown.out).toMatch(/gates\.pboMax: [\d.]+ -> 0\.4 \(looser\)/u);
    expect((await contender('proposals', 'list', model)).out).toContain('open');

    const agree = (token: string) =>
      contender('proposals', 'agree', number, '--reason', 'seen the numbers', '--token', token);
    for (const [token, code] of [
      [lee, 'SECOND_PERSON_NEEDED'],
      [vic, 'ROLE_MISSING'],
    ] as const) {
      const refused = await agree(token);
      expect(refused.exitCode).toBe(1);
      expect(refused.err).toContain(code);
    }
    const agreed = await agree(kim);
    expect(agreed.exitCode, agreed.err).toBe(0);
    expect(agreed.out).toContain('Decided by kim: seen the numbers');
    expect(agreed.out).toContain('Temporal cannot be reached');
    expect(await bench.registry.currentSpec({ model })).toMatchObject({ number: 2, secondPerson: 'kim' });
  });

  test('refuses numbers that are none', async () => {
    expect((await contender('proposals', 'show', 'seven')).exitCode).toBe(2);
    expect((await contender('proposals', 'show', '999999')).exitCode).toBe(1);
  });
});
