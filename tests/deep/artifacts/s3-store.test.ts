import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROJECT_ROOT } from '../../../config/config.ts';
import { S3ArtifactStore } from '../../../registry/artifacts/s3-store.ts';
import { ArtifactStoreUnavailable } from '../../../registry/errors.ts';
import { artifactStoreConformance } from '../../unit/registry/artifact-store-conformance.ts';
import { CREDENTIALS, type S3Server, startS3Server, versityGateway } from './versity-gateway.ts';

const gateway = versityGateway();
if ('missing' in gateway) console.log(`Left out: the artifact store on S3; ${gateway.missing}.`);

let server: S3Server | null = null;
let buckets = 0;

beforeAll(async () => {
  if ('program' in gateway) server = await startS3Server(gateway.program);
}, 120_000);

afterAll(async () => {
  await server?.stop();
});

function running(): S3Server {
  if (server === null) throw new Error('the S3 server does not run');
  return server;
}

/** A store in a bucket of its own; versitygw takes a folder for a bucket. */
function openBucket(prefix = 'artifacts/', changes: Partial<typeof CREDENTIALS> = {}) {
  const { endpoint, bucketFolder } = running();
  buckets += 1;
  const bucket = `bucket-${String(buckets)}`;
  mkdirSync(bucketFolder(bucket));
  const cacheDir = mkdtempSync(join(tmpdir(), 'contender-s3-cache-'));
  const store = new S3ArtifactStore({
    ...{ endpoint, bucket, prefix, cacheDir, ...CREDENTIALS, ...changes },
    now: () => new Date(),
  });
  return {
    store,
    bucket,
    // Rot of the disk under the server: the object keeps its name and its metadata.
    corrupt: (sha256: string, bytes: Uint8Array) =>
      writeFile(join(bucketFolder(bucket), prefix, sha256.slice(0, 2), sha256), bytes),
    close: () => {
      rmSync(cacheDir, { recursive: true, force: true });
      return Promise.resolve();
    },
  };
}

describe.skipIf('missing' in gateway)('a bucket of an S3-compatible server', () => {
  artifactStoreConformance('a bucket', () => Promise.resolve(openBucket()));
  artifactStoreConformance('a bucket without a prefix', () => Promise.resolve(openBucket('')));

  test('lists more objects than one page holds, and nothing that is no artifact', async () => {
    const { store, bucket, close } = openBucket();
    writeFileSync(join(running().bucketFolder(bucket), 'a stranger.txt'), 'x');
    const written = await Promise.all(
      Array.from({ length: 1005 }, (_, at) => store.put(Buffer.from(`artifact ${String(at)}`), 'text/plain')),
    );
    const listed: string[] = [];
    for await (const { sha256 } of store.list()) listed.push(sha256);
    expect(listed.toSorted()).toEqual(written.map(({ sha256 }) => sha256).sort());
    await close();
  });

  test('gives a local file from its cache while the server is away, and says what is wrong when it is needed', async () => {
    const own = await startS3Server('program' in gateway ? gateway.program : '');
    mkdirSync(own.bucketFolder('bucket'));
    const cacheDir = mkdtempSync(join(tmpdir(), 'contender-s3-cache-'));
    const store = new S3ArtifactStore({
      ...{ endpoint: own.endpoint, bucket: 'bucket', prefix: '', cacheDir, ...CREDENTIALS },
      now: () => new Date(),
    });
    const ref = await store.put(Buffer.from('kept'), 'text/plain');
    const path = await store.localFile(ref);
    await own.stop();
    expect(await store.localFile(ref)).toBe(path);
    await expect(store.get(ref)).rejects.toBeInstanceOf(ArtifactStoreUnavailable);
    rmSync(cacheDir, { recursive: true, force: true });
  });

  test('is shared with the sidecar: each reads what the other has stored', async () => {
    const { store, bucket, close } = openBucket('contender/');
    const ref = await store.put(Buffer.from('from here'), 'text/plain');
    const printed = execFileSync(
      join(PROJECT_ROOT, '.venv', 'bin', 'python'),
      [join(import.meta.dirname, 'bucket_round_trip.py'), ref.sha256, String(ref.bytes)],
      {
        encoding: 'utf8',
        timeout: 120_000,
        env: {
          CONTENDER_ARTIFACTS_DIR: tmpdir(),
          CONTENDER_ARTIFACTS_URL: `s3://${bucket}/contender?endpoint=${running().endpoint}`,
          CONTENDER_S3_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
          CONTENDER_S3_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
        },
      },
    );
    const there = await store.get({ sha256: printed, bytes: ref.bytes, mediaType: 'text/plain' });
    expect(Buffer.from(there).toString('utf8')).toBe('ereh morf');
    await close();
  });

  test('keeps the checkpoints of fits: a sidecar on another machine goes on from the last fifty trees, with the same bytes', async () => {
    const { store, bucket, close } = openBucket('contender/');
    const printed = execFileSync(
      join(PROJECT_ROOT, '.venv', 'bin', 'python'),
      [join(import.meta.dirname, 'bucket_checkpoints.py')],
      {
        encoding: 'utf8',
        timeout: 240_000,
        env: {
          CONTENDER_ARTIFACTS_DIR: tmpdir(),
          CONTENDER_ARTIFACTS_URL: `s3://${bucket}/contender?endpoint=${running().endpoint}`,
          CONTENDER_S3_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
          CONTENDER_S3_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
        },
      },
    );
    expect(JSON.parse(printed)).toEqual({
      bordersAfterTheKill: 1,
      firstRoundOfTheOther: 101,
      foldsTakenOver: 1,
      samePredictions: true,
      bordersAfterTheEnd: 0,
      tornCheckpointIsNone: true,
      prunedNow: 0,
      prunedAfterAWeek: 2,
    });
    // A listing of artifacts, and what is cleaned up by it, knows nothing of them.
    for await (const { sha256 } of store.list()) expect(sha256).toMatch(/^[0-9a-f]{64}$/u);
    await close();
  });

  test('refuses wrong credentials and a bucket that is not there by name', async () => {
    const wrong = openBucket('', { secretAccessKey: 'another' });
    await expect(wrong.store.put(Buffer.from('x'), 'text/plain')).rejects.toThrow(/403/u);
    const { store, bucket } = openBucket();
    rmSync(running().bucketFolder(bucket), { recursive: true });
    await expect(store.get({ sha256: 'a'.repeat(64), bytes: 1, mediaType: 'x/y' })).rejects.toBeInstanceOf(
      ArtifactStoreUnavailable,
    );
  });
});
