import { chmod, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FolderArtifactStore } from '../../../registry/artifacts/folder-store.ts';
import { ArtifactStoreUnavailable } from '../../../registry/errors.ts';
import { artifactStoreConformance } from './artifact-store-conformance.ts';

async function openFolder() {
  const root = await mkdtemp(join(tmpdir(), 'artifacts-'));
  return {
    store: new FolderArtifactStore(root),
    corrupt: async (sha256: string, bytes: Uint8Array) => {
      const path = join(root, sha256.slice(0, 2), sha256);
      await chmod(path, 0o644);
      await writeFile(path, bytes);
    },
    close: () => rm(root, { recursive: true }),
    root,
  };
}

artifactStoreConformance('a folder', openFolder);

test('leaves no temporary file behind', async () => {
  const { store, root, close } = await openFolder();
  await store.put(Buffer.from('one'), 'text/plain');
  const names = await readdir(root, { recursive: true });
  expect(names.filter((name) => name.includes('tmp'))).toEqual([]);
  await close();
});

test('sweeps what dead writers left, never an artifact or what is being written', async () => {
  const { store, root, close } = await openFolder();
  const ref = await store.put(Buffer.from('kept'), 'text/plain');
  await mkdir(join(root, '.incoming'));
  const [left, sidecars, fresh] = [
    join(root, '.incoming', 'left'),
    join(root, ref.sha256.slice(0, 2), '.tmp-abc'),
    join(root, ref.sha256.slice(0, 2), '.tmp-new'),
  ];
  const old = new Date('2026-01-01T00:00:00.000Z');
  for (const path of [left, sidecars, fresh]) await writeFile(path, 'half');
  for (const path of [left, sidecars]) await utimes(path, old, old);
  expect(await store.sweep(new Date('2026-02-01T00:00:00.000Z'))).toBe(2);
  expect(await readdir(join(root, ref.sha256.slice(0, 2)))).toEqual(['.tmp-new', ref.sha256]);
  expect(await store.has(ref.sha256)).toBe(true);
  await close();
});

test('says that the folder cannot be used when a file is in its place', async () => {
  const root = join(await mkdtemp(join(tmpdir(), 'artifacts-')), 'file');
  await writeFile(root, 'not a folder');
  const store = new FolderArtifactStore(root);
  await expect(store.put(Buffer.from('x'), 'text/plain')).rejects.toBeInstanceOf(ArtifactStoreUnavailable);
});
