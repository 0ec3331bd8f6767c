import { createHash, randomUUID, webcrypto } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readFile, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Sha256 } from '../../contracts/primitives.ts';
import type { ArtifactRef } from '../../contracts/primitives.ts';
import { ArtifactStoreUnavailable } from '../errors.ts';
import { absentArtifact, artifactReference, requireIntact } from './artifact-checks.ts';
import type { ArtifactStore, StoredArtifact } from './artifact-store.ts';

/** Where writers keep what is not whole yet; the sidecar uses the same prefix. */
const INCOMING = '.incoming';
const TEMPORARY = '.tmp-';

/**
 * Artifacts as files `<root>/<first two hex>/<sha256>`, shared with the sidecar.
 *
 * A writer fills a temporary file in the same file system, syncs it and renames it, then syncs the folder: a reader sees
 * the whole file or none, also across a crash. Files that begin with a dot are nobody's artifacts.
 */
export class FolderArtifactStore implements ArtifactStore {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  async put(bytes: Uint8Array, mediaType: string): Promise<ArtifactRef> {
    const ref = artifactReference(
      createHash('sha256').update(bytes).digest('hex'),
      bytes.byteLength,
      mediaType,
    );
    return this.#guard(async () => {
      if (await this.#isStoredAgain(ref)) return ref;
      const target = this.#path(ref.sha256);
      await mkdir(dirname(target), { recursive: true });
      const temporary = join(dirname(target), `${TEMPORARY}${randomUUID()}`);
      await this.#publish(temporary, target, async () => {
        const file = await open(temporary, 'wx', 0o644);
        try {
          await file.writeFile(bytes);
          await file.sync();
        } finally {
          await file.close();
        }
      });
      return ref;
    });
  }

  async putFile(path: string, mediaType: string): Promise<ArtifactRef> {
    return this.#guard(async () => {
      const incoming = join(this.root, INCOMING);
      await mkdir(incoming, { recursive: true });
      const temporary = join(incoming, randomUUID());
      const hash = createHash('sha256');
      let bytes = 0;
      const measure = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          hash.update(chunk);
          bytes += chunk.byteLength;
          done(null, chunk);
        },
      });
      try {
        await pipeline(
          createReadStream(path),
          measure,
          createWriteStream(temporary, { flags: 'wx', mode: 0o644, flush: true }),
        );
        const ref = artifactReference(hash.digest('hex'), bytes, mediaType);
        if (await this.#isStoredAgain(ref)) return ref;
        const target = this.#path(ref.sha256);
        await mkdir(dirname(target), { recursive: true });
        await this.#publish(temporary, target, () => Promise.resolve());
        return ref;
      } finally {
        await rm(temporary, { force: true });
      }
    });
  }

  async get(ref: ArtifactRef): Promise<Uint8Array> {
    return this.#guard(async () => {
      const bytes = await readFile(this.#path(ref.sha256)).catch((error: unknown) => {
        throw missing(error) ? absentArtifact(ref.sha256) : error;
      });
      // Beside the event loop: servers read models while they answer.
      const hash = Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes)).toString('hex');
      requireIntact(ref, hash, bytes.byteLength);
      return bytes;
    });
  }

  async localFile(ref: ArtifactRef): Promise<string> {
    return this.#guard(async () => {
      const path = this.#path(ref.sha256);
      const measured = await measureFile(path);
      if (measured === null) throw absentArtifact(ref.sha256);
      requireIntact(ref, measured.sha256, measured.bytes);
      return path;
    });
  }

  async has(sha256: string): Promise<boolean> {
    return this.#guard(async () => {
      const found = await stat(this.#path(sha256)).catch((error: unknown) => {
        if (missing(error)) return null;
        throw error;
      });
      return found?.isFile() ?? false;
    });
  }

  async *list(): AsyncIterable<StoredArtifact> {
    const folders = await this.#guard(() => entries(this.root));
    for (const folder of folders.filter((name) => /^[0-9a-f]{2}$/u.test(name))) {
      const names = await this.#guard(() => entries(join(this.root, folder)));
      for (const name of names.filter((text) => Sha256.safeParse(text).success)) {
        const facts = await this.#guard(() => stat(join(this.root, folder, name)).catch(() => null));
        if (facts !== null) yield { sha256: name, bytes: facts.size, storedAt: facts.mtime.toISOString() };
      }
    }
  }

  async remove(sha256: string, storedBefore?: Date): Promise<boolean> {
    const isOld = async (file: string): Promise<boolean> =>
      storedBefore === undefined || (await stat(file)).mtime < storedBefore;
    return this.#guard(async () => {
      const path = this.#path(sha256);
      const aside = join(dirname(path), `${TEMPORARY}${randomUUID()}`);
      try {
        if (!(await isOld(path))) return false;
        // Out of the way before its age is read for good: who stores it again from here on finds nothing and writes it anew.
        await rename(path, aside);
        const old = await isOld(aside);
        await (old ? rm(aside) : rename(aside, path));
        return old;
      } catch (error) {
        if (missing(error)) return false;
        throw error;
      }
    });
  }

  async sweep(before: Date): Promise<number> {
    let removed = 0;
    const folders = await this.#guard(() => entries(this.root));
    for (const folder of folders.filter((name) => name === INCOMING || /^[0-9a-f]{2}$/u.test(name))) {
      const names = await this.#guard(() => entries(join(this.root, folder)));
      for (const name of names.filter((text) => folder === INCOMING || text.startsWith(TEMPORARY))) {
        const path = join(this.root, folder, name);
        const facts = await this.#guard(() => stat(path).catch(() => null));
        if (facts === null || facts.mtime >= before) continue;
        await this.#guard(() => rm(path, { force: true }));
        removed += 1;
      }
    }
    return removed;
  }

  #path(sha256: string): string {
    // Parsed here because the hash becomes a path: nothing but 64 hex digits may.
    const hash = Sha256.parse(sha256);
    return join(this.root, hash.slice(0, 2), hash);
  }

  /** A damaged file of the right name is replaced rather than trusted. */
  /**
   * Whether it is there and whole, and then young again. In this order: what was taken to be removed before it was touched is
   * missed when it is read, what is taken afterwards is seen to be young.
   */
  async #isStoredAgain(ref: ArtifactRef): Promise<boolean> {
    const now = new Date();
    // A file of another user, or none: it is written anew.
    const touched = await utimes(this.#path(ref.sha256), now, now).then(
      () => true,
      () => false,
    );
    if (!touched) return false;
    const measured = await measureFile(this.#path(ref.sha256));
    return measured !== null && measured.sha256 === ref.sha256;
  }

  async #publish(temporary: string, target: string, fill: () => Promise<void>): Promise<void> {
    try {
      await fill();
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    const folder = await open(dirname(target), 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  async #guard<T>(operation: () => Promise<T>): Promise<T> {
    try {
      return await operation();
    } catch (error) {
      if (!isSystemError(error)) throw error;
      throw new ArtifactStoreUnavailable(`the artifact store in ${this.root} failed: ${error.message}`, {
        cause: error,
        remedy: 'Free space, or correct the permissions of the folder; then try again.',
        details: { root: this.root, systemCode: error.code },
      });
    }
  }
}

async function measureFile(path: string): Promise<{ sha256: string; bytes: number } | null> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      bytes += chunk.byteLength;
    }
  } catch (error) {
    if (missing(error)) return null;
    throw error;
  }
  return { sha256: hash.digest('hex'), bytes };
}

async function entries(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (missing(error)) return [];
    throw error;
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return (
    error instanceof Error && 'syscall' in error && typeof (error as NodeJS.ErrnoException).code === 'string'
  );
}

const missing = (error: unknown): boolean => isSystemError(error) && error.code === 'ENOENT';
