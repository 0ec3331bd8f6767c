import type { ArtifactRef } from '../../contracts/primitives.ts';
import { ArtifactMissing, StoredArtifactCorrupt } from '../errors.ts';

const MEDIA_TYPE = /^[\w.+-]+\/[\w.+-]+(?:; ?[\w=-]+)*$/u;

export function artifactReference(sha256: string, bytes: number, mediaType: string): ArtifactRef {
  if (!MEDIA_TYPE.test(mediaType)) throw new TypeError(`not a media type: ${mediaType}`);
  return { sha256, bytes, mediaType };
}

/** @throws StoredArtifactCorrupt when hash or size are not those of the reference */
export function requireIntact(ref: ArtifactRef, actualSha256: string, actualBytes: number): void {
  if (actualSha256 === ref.sha256 && actualBytes === ref.bytes) return;
  throw new StoredArtifactCorrupt(
    `artifact ${ref.sha256} holds ${String(actualBytes)} bytes with hash ${actualSha256}; ${String(ref.bytes)} bytes were expected`,
    {
      remedy: 'Restore the artifact from a backup and look for a failing disk.',
      details: { expected: ref.sha256, actual: actualSha256, expectedBytes: ref.bytes, actualBytes },
    },
  );
}

export function absentArtifact(sha256: string): ArtifactMissing {
  return new ArtifactMissing(`artifact ${sha256} is not in the store`, {
    remedy: 'Restore it from a backup, or make it again with a retrain.',
    details: { sha256 },
  });
}
