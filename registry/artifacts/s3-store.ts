import { createHash } from 'node:crypto';
import { createReadStream, openAsBlob } from 'node:fs';
import { stat, utimes } from 'node:fs/promises';
import { Sha256 } from '../../contracts/primitives.ts';
import type { ArtifactRef } from '../../contracts/primitives.ts';
import { ContenderError } from '../../contracts/error.ts';
import { ArtifactStoreUnavailable } from '../errors.ts';
import { absentArtifact, artifactReference, requireIntact } from './artifact-checks.ts';
import type { ArtifactStore, StoredArtifact } from './artifact-store.ts';
import { type S3Credentials, signedHeaders, type UnsignedRequest } from './aws-signature.ts';
import { FolderArtifactStore } from './folder-store.ts';

export interface S3Location extends S3Credentials {
  /** Origin of the server, such as https://s3.eu-central-1.amazonaws.com. */
  readonly endpoint: string;
  readonly bucket: string;
  /** Put before every key; empty or ending with a slash. */
  readonly prefix: string;
  /** Folder for local copies of what is read as a file. */
  readonly cacheDir: string;
  readonly now: () => Date;
}

const EMPTY_SHA256 = createHash('sha256').digest('hex');
const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 200;
const REQUEST_TIMEOUT_MS = 120_000;
/** A local copy that nothing has asked for in a week goes. */
const CACHE_KEEP_MS = 7 * 24 * 3600 * 1000;

/**
 * Artifacts as objects `<prefix><first two hex>/<sha256>` of a bucket, path-style addresses, one PUT each (5 GB at most).
 *
 * A PUT is whole or not there, and carries the hash of its body, which the server checks. It is sent again even when the object is
 * there: a listing cannot tell a damaged object from a sound one, and equal bytes replace nothing. Every reading
 * verifies the hash. Refused answers of 5xx and dropped connections are tried four times.
 */
export class S3ArtifactStore implements ArtifactStore {
  readonly #location: S3Location;
  readonly #cache: FolderArtifactStore;

  constructor(location: S3Location) {
    this.#location = location;
    this.#cache = new FolderArtifactStore(location.cacheDir);
  }

  async put(bytes: Uint8Array, mediaType: string): Promise<ArtifactRef> {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const ref = artifactReference(sha256, bytes.byteLength, mediaType);
    await this.#store(ref, new Blob([Buffer.from(bytes)]));
    return ref;
  }

  async putFile(path: string, mediaType: string): Promise<ArtifactRef> {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) hash.update(chunk);
    const { size } = await stat(path);
    const ref = artifactReference(hash.digest('hex'), size, mediaType);
    await this.#store(ref, await openAsBlob(path));
    return ref;
  }

  async get(ref: ArtifactRef): Promise<Uint8Array> {
    const answer = await this.#send('GET', this.#key(ref.sha256));
    if (answer.status === 404) throw absentArtifact(ref.sha256);
    const bytes = new Uint8Array(await this.#read(answer));
    requireIntact(ref, createHash('sha256').update(bytes).digest('hex'), bytes.byteLength);
    return bytes;
  }

  /** A copy in the cache folder; made again when it is not there or not what it is named by. */
  async localFile(ref: ArtifactRef): Promise<string> {
    try {
      const path = await this.#cache.localFile(ref);
      const now = this.#location.now();
      await utimes(path, now, now);
      return path;
    } catch (error) {
      if (!(error instanceof ContenderError) || error.kind === 'unreachable') throw error;
    }
    await this.#cache.put(await this.get(ref), ref.mediaType);
    return await this.#cache.localFile(ref);
  }

  async has(sha256: string): Promise<boolean> {
    const answer = await this.#send('HEAD', this.#key(sha256));
    return answer.status !== 404;
  }

  async *list(): AsyncIterable<StoredArtifact> {
    let token = '';
    do {
      const query = new URLSearchParams({ 'list-type': '2', prefix: this.#location.prefix });
      if (token !== '') query.set('continuation-token', token);
      const answer = await this.#send('GET', '', query);
      const page = Buffer.from(await this.#read(answer)).toString('utf8');
      for (const entry of elements(page, 'Contents')) {
        const key = text(entry, 'Key').slice(this.#location.prefix.length);
        const sha256 = key.slice(3);
        if (!Sha256.safeParse(sha256).success || key !== keyOf(sha256)) continue;
        const storedAt = new Date(text(entry, 'LastModified')).toISOString();
        yield { sha256, bytes: Number(text(entry, 'Size')), storedAt };
      }
      token = text(page, 'NextContinuationToken');
    } while (token !== '');
  }

  /** A bucket knows no removal on condition of an age: who stores it in the moment after the question loses it. */
  async remove(sha256: string, storedBefore?: Date): Promise<boolean> {
    const { status, headers } = await this.#send('HEAD', this.#key(sha256));
    if (status === 404) return false;
    const storedAt = Date.parse(headers.get('last-modified') ?? '');
    if (storedBefore !== undefined && storedAt >= storedBefore.getTime()) return false;
    await this.#send('DELETE', this.#key(sha256));
    await this.#cache.remove(sha256);
    return true;
  }

  /** One PUT is whole or not there, so a bucket has no leftovers; the local copies have. */
  async sweep(before: Date): Promise<number> {
    let removed = await this.#cache.sweep(before);
    const unused = this.#location.now().getTime() - CACHE_KEEP_MS;
    for await (const { sha256, storedAt } of this.#cache.list()) {
      if (new Date(storedAt).getTime() < unused && (await this.#cache.remove(sha256))) removed += 1;
    }
    return removed;
  }

  async #store(ref: ArtifactRef, body: Blob): Promise<void> {
    await this.#send('PUT', this.#key(ref.sha256), new URLSearchParams(), ref.sha256, body);
  }

  #key(sha256: string): string {
    // Parsed here because the hash becomes an address: nothing but 64 hex digits may.
    return this.#location.prefix + keyOf(Sha256.parse(sha256));
  }

  async #read(answer: Response): Promise<ArrayBuffer> {
    try {
      return await answer.arrayBuffer();
    } catch (cause) {
      throw this.#unavailable('broke off while it answered', cause);
    }
  }

  /** Answers of 2xx and 404; everything else is tried again or thrown. */
  async #send(
    method: UnsignedRequest['method'],
    key: string,
    query: URLSearchParams = new URLSearchParams(),
    payloadSha256: string = EMPTY_SHA256,
    body: Blob | null = null,
  ): Promise<Response> {
    const { endpoint, bucket, now } = this.#location;
    const url = new URL(`${endpoint.replace(/\/$/u, '')}/${bucket}/${key}`);
    url.search = query.toString();
    for (let attempt = 1; ; attempt += 1) {
      const headers = signedHeaders({ method, url, payloadSha256, now: now() }, this.#location);
      let problem: string;
      let cause: unknown = null;
      try {
        const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
        const answer = await fetch(url, { method, headers, body, signal, redirect: 'error' });
        if (answer.ok || (answer.status === 404 && key !== '' && !(await noBucket(answer)))) return answer;
        problem = `answered ${String(answer.status)}: ${(await answer.text()).slice(0, 300)}`;
        if (answer.status < 500 && answer.status !== 429) throw this.#unavailable(problem, null);
      } catch (error) {
        if (error instanceof ArtifactStoreUnavailable) throw error;
        cause = error;
        problem = 'could not be reached';
      }
      if (attempt === ATTEMPTS) throw this.#unavailable(problem, cause);
      await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** attempt));
    }
  }

  #unavailable(problem: string, cause: unknown): ArtifactStoreUnavailable {
    const { endpoint, bucket } = this.#location;
    return new ArtifactStoreUnavailable(`the bucket ${bucket} of ${endpoint} ${problem}`, {
      cause,
      remedy: 'Look at the address, the bucket and the credentials of the settings, and at the S3 server.',
      details: { endpoint, bucket },
    });
  }
}

/** A bucket that is not there answers like an object that is not there; only a person can repair it. */
async function noBucket(answer: Response): Promise<boolean> {
  if (answer.body === null) return false;
  return (await answer.clone().text()).includes('<Code>NoSuchBucket</Code>');
}

const keyOf = (sha256: string): string => `${sha256.slice(0, 2)}/${sha256}`;

/** The few elements of a listing that are read; S3 writes them without attributes. */
const elements = (xml: string, name: string): readonly string[] =>
  [...xml.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, 'gsu'))].map((match) => match[1] ?? '');
const text = (xml: string, name: string): string => elements(xml, name)[0] ?? '';
