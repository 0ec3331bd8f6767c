import { join } from 'node:path';
import type { ArtifactStore } from './artifact-store.ts';
import { FolderArtifactStore } from './folder-store.ts';
import { S3ArtifactStore } from './s3-store.ts';

/** Where artifacts lie, as the settings say it. */
export interface ArtifactLocation {
  /** The store itself, or, with a bucket, the folder of local copies. */
  readonly artifactsDir: string;
  /** `folder`, or s3://bucket/prefix?endpoint=https://host&region=name. */
  readonly artifactsUrl: string;
  readonly s3AccessKeyId: string;
  readonly s3SecretAccessKey: string;
}

const DEFAULT_REGION = 'us-east-1';

/** The store that the settings name. Nothing is connected before it is used. */
export function openArtifactStore(location: ArtifactLocation): ArtifactStore {
  if (location.artifactsUrl === 'folder') return new FolderArtifactStore(location.artifactsDir);
  const url = new URL(location.artifactsUrl);
  const region = url.searchParams.get('region') ?? DEFAULT_REGION;
  const prefix = url.pathname.replace(/^\/+|\/+$/gu, '');
  return new S3ArtifactStore({
    endpoint: url.searchParams.get('endpoint') ?? `https://s3.${region}.amazonaws.com`,
    bucket: url.hostname,
    prefix: prefix === '' ? '' : `${prefix}/`,
    region,
    accessKeyId: location.s3AccessKeyId,
    secretAccessKey: location.s3SecretAccessKey,
    cacheDir: join(location.artifactsDir, '.copies'),
    now: () => new Date(),
  });
}
