import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ArtifactStore } from '../../../registry/artifacts/artifact-store.ts';
import { ArtifactMissing, StoredArtifactCorrupt } from '../../../registry/errors.ts';

export interface StoreUnderTest {
  readonly store: ArtifactStore;
  /** Overwrites what is stored under a hash, behind the store's back. */
  corrupt(sha256: string, bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** What every artifact store has to do, whatever it is made of. */
export function artifactStoreConformance(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} as an artifact store`, () => {
    let under: StoreUnderTest;
    let scratch: string;
    beforeEach(async () => {
      under = await open();
      scratch = await mkdtemp(join(tmpdir(), 'artifact-source-'));
    });
    afterEach(async () => {
      await under.close();
      await rm(scratch, { recursive: true });
    });

    test('gives back the bytes under their SHA-256', async () => {
      const bytes = randomBytes(100_000);
      const ref = await under.store.put(bytes, 'application/octet-stream');
      expect(ref).toEqual({
        sha256: createHash('sha256').update(bytes).digest('hex'),
        bytes: 100_000,
        mediaType: 'application/octet-stream',
      });
      expect(Buffer.from(await under.store.get(ref)).equals(bytes)).toBe(true);
      expect(await under.store.has(ref.sha256)).toBe(true);
    });

    test('stores no bytes at all as well', async () => {
      const ref = await under.store.put(new Uint8Array(), 'text/plain');
      expect((await under.store.get(ref)).byteLength).toBe(0);
    });

    test('stores a file under the same address as its bytes', async () => {
      const bytes = randomBytes(300_000);
      const path = join(scratch, 'source');
      await writeFile(path, bytes);
      const fromFile = await under.store.putFile(path, 'text/csv');
      expect(fromFile).toEqual(await under.store.put(bytes, 'text/csv'));
      const local = await under.store.localFile(fromFile);
      expect((await readFile(local)).equals(bytes)).toBe(true);
    });

    test('takes the same bytes from many writers at once and keeps them once', async () => {
      const bytes = randomBytes(50_000);
      const refs = await Promise.all(
        Array.from({ length: 16 }, () => under.store.put(bytes, 'application/octet-stream')),
      );
      expect(new Set(refs.map(({ sha256 }) => sha256)).size).toBe(1);
      const listed = [];
      for await (const artifact of under.store.list()) listed.push(artifact);
      expect(listed.map(({ sha256, bytes: size }) => [sha256, size])).toEqual([[refs[0]?.sha256, 50_000]]);
    });

    test('refuses one flipped byte, and a store of the same bytes mends it', async () => {
      const bytes = randomBytes(1000);
      const ref = await under.store.put(bytes, 'application/octet-stream');
      const flipped = Buffer.from(bytes);
      flipped[500] = (flipped[500] ?? 0) ^ 1;
      await under.corrupt(ref.sha256, flipped);
      await expect(under.store.get(ref)).rejects.toBeInstanceOf(StoredArtifactCorrupt);
      await expect(under.store.localFile(ref)).rejects.toBeInstanceOf(StoredArtifactCorrupt);
      await under.store.put(bytes, 'application/octet-stream');
      expect(Buffer.from(await under.store.get(ref)).equals(bytes)).toBe(true);
    });

    test('refuses a reference with the right hash and the wrong size', async () => {
      const ref = await under.store.put(Buffer.from('ten bytes!'), 'text/plain');
      await expect(under.store.get({ ...ref, bytes: 9 })).rejects.toBeInstanceOf(StoredArtifactCorrupt);
    });

    test('names what is missing, and removing it twice is no error', async () => {
      const ref = await under.store.put(Buffer.from('short-lived'), 'text/plain');
      expect(await under.store.remove(ref.sha256)).toBe(true);
      expect(await under.store.remove(ref.sha256)).toBe(false);
      expect(await under.store.has(ref.sha256)).toBe(false);
      await expect(under.store.get(ref)).rejects.toBeInstanceOf(ArtifactMissing);
      await expect(under.store.localFile(ref)).rejects.toBeInstanceOf(ArtifactMissing);
    });

    test('removes only what is older than it is told', async () => {
      const ref = await under.store.put(Buffer.from('of today'), 'text/plain');
      const hour = 3_600_000;
      expect(await under.store.remove(ref.sha256, new Date(Date.now() - hour))).toBe(false);
      expect(await under.store.has(ref.sha256)).toBe(true);
      expect(await under.store.remove(ref.sha256, new Date(Date.now() + hour))).toBe(true);
      expect(await under.store.remove(ref.sha256, new Date(Date.now() + hour))).toBe(false);
      expect(await under.store.has(ref.sha256)).toBe(false);
    });

    test('never turns anything but a hash into an address', async () => {
      const ref = { sha256: '../../etc/passwd', bytes: 1, mediaType: 'text/plain' };
      await expect(under.store.get(ref)).rejects.toThrow(/SHA-256/u);
    });
  });
}
