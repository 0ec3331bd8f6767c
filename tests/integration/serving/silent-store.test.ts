import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inheritedEnvironment, PROJECT_ROOT } from '../../../config/config.ts';
import { FolderArtifactStore } from '../../../registry/artifacts/folder-store.ts';
import { testDatabase } from '../../postgres.ts';
import { seedModel } from './seeded-registry.ts';

/** An orchestrator kills after thirty seconds. */
const END_MS = 30_000;

describe('a prediction server whose artifact store takes its requests and says nothing', () => {
  let database: Awaited<ReturnType<typeof testDatabase>>;
  let folder: string;
  const asked: Socket[] = [];
  const store = createServer((socket) => {
    socket.on('error', () => undefined);
    asked.push(socket);
  });

  beforeAll(async () => {
    database = await testDatabase();
    folder = await mkdtemp(join(tmpdir(), 'contender-silent-store-'));
    const artifacts = new FolderArtifactStore(join(folder, 'elsewhere'));
    await seedModel(database.url, artifacts, { model: 'tw-alpha', fixtures: ['a', 'b'] });
    await new Promise<void>((listening) => store.listen(0, '127.0.0.1', listening));
  });
  afterAll(async () => {
    for (const socket of asked) socket.destroy();
    await new Promise((closed) => store.close(closed));
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  it('ends in order when it is asked to while it loads a version', async () => {
    const { port } = store.address() as AddressInfo;
    const main = join(PROJECT_ROOT, 'cli', 'main.ts');
    const child = spawn(
      process.execPath,
      [main, 'serve', '--name', 'server-silent', '--port', '0', '--json'],
      {
        cwd: folder,
        env: {
          ...inheritedEnvironment(),
          CONTENDER_DATA_DIR: folder,
          CONTENDER_DATABASE_URL: database.url,
          CONTENDER_TEMPORAL_ADDRESS: '127.0.0.1:1',
          CONTENDER_ARTIFACTS_URL: `s3://silent?endpoint=http://127.0.0.1:${String(port)}&region=nowhere`,
          CONTENDER_S3_ACCESS_KEY_ID: 'key',
          CONTENDER_S3_SECRET_ACCESS_KEY: 'secret',
        },
        stdio: ['ignore', 'inherit', 'inherit'],
      },
    );
    const ended = once(child, 'exit') as Promise<[number | null]>;
    try {
      while (asked.length === 0) {
        if (child.exitCode !== null) throw new Error('it ended before it asked the store');
        await delay(50);
      }
      child.kill('SIGTERM');
      const [code] = await Promise.race([ended, delay(END_MS, ['has not ended'], { ref: false })]);
      expect(code).toBe(0);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
