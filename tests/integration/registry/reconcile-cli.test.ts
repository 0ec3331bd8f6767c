import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../../../cli/program.ts';
import { FolderArtifactStore } from '../../../registry/artifacts/folder-store.ts';
import { backup } from '../../../registry/backup/backup.ts';
import { restore } from '../../../registry/backup/restore.ts';
import { issueToken } from '../../../registry/identity/tokens.ts';
import { testDatabase } from '../../postgres.ts';
import type { TestDatabase } from '../../postgres.ts';
import { openBench } from './registry-bench.ts';

/** On a real Temporal that has the namespace `default` and no other. */
let environment: TestWorkflowEnvironment;
let restored: TestDatabase;
let folder: string;
let token: string;

beforeAll(async () => {
  const path = process.env['CONTENDER_TEST_TEMPORAL_CLI'];
  if (path === undefined)
    throw new Error('CONTENDER_TEST_TEMPORAL_CLI is not set; run the tests with npm test');
  environment = await TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'existing-path', path } },
  });
  folder = await mkdtemp(join(tmpdir(), 'contender-reconcile-'));
  const artifacts = new FolderArtifactStore(join(folder, 'artifacts'));
  const bench = await openBench('reconcile');
  try {
    await bench.world.champion(await bench.world.model(), 1);
    await backup({ url: bench.url, artifacts, folder: join(folder, 'backup') });
  } finally {
    await bench.close();
  }
  restored = await testDatabase({ schema: 'empty' });
  await restore({ url: restored.url, artifacts, folder: join(folder, 'backup') });
  const signingKeyFile = join(folder, 'key');
  const who = { subject: 'root', roles: ['admin'], ttlSeconds: 3600, now: new Date() };
  token = (await issueToken({ signingKeyFile, ...who })).token;
}, 120_000);
afterAll(async () => {
  await environment.teardown();
  await restored.drop();
  await rm(folder, { recursive: true, force: true });
});

async function reconcile(replayNamespace: string): Promise<{ exitCode: number; answer: unknown }> {
  let out = '';
  const exitCode = await runCli(['restore', 'reconcile', '--reason', 'drill', '--token', token, '--json'], {
    streams: {
      stdin: Readable.from([]),
      stdout: { write: (text: string) => (out += text) },
      stderr: { write: () => undefined },
    },
    interrupted: new AbortController().signal,
    sources: {
      environment: {
        CONTENDER_DATABASE_URL: restored.url,
        CONTENDER_TOKEN_SIGNING_KEY_FILE: join(folder, 'key'),
        CONTENDER_DATA_DIR: folder,
        CONTENDER_TEMPORAL_ADDRESS: environment.address,
        CONTENDER_TEMPORAL_NAMESPACE: 'default',
        CONTENDER_REPLAY_NAMESPACE: replayNamespace,
      },
      root: folder,
    },
    showStacks: false,
  });
  return { exitCode, answer: JSON.parse(out) as unknown };
}

describe('contender restore reconcile', () => {
  test('names the namespace that Temporal lacks, and goes on when it is there', async () => {
    const lacking = await reconcile('nowhere');
    expect(lacking).toMatchObject({
      exitCode: 3,
      answer: { error: { code: 'TEMPORAL_NAMESPACE_MISSING', kind: 'unreachable' } },
    });
    expect(JSON.stringify(lacking.answer)).toMatch(/namespace create --namespace nowhere/u);
    expect(await reconcile('default')).toMatchObject({ exitCode: 0, answer: { reconciled: 1 } });
  });
});
