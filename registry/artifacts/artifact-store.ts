import type { ArtifactRef } from '../../contracts/primitives.ts';

/**
 * Content-addressed bytes: snapshots, models, predictions, reports. The SHA-256 is the address, so an artifact never
 * changes and writing the same bytes twice is harmless. Every reading verifies the hash.
 */
export interface ArtifactStore {
  /** Stores bytes under their hash; returns once they are durable. What was there is as young as what is new. Throws ArtifactStoreUnavailable. */
  put(bytes: Uint8Array, mediaType: string): Promise<ArtifactRef>;
  /** Stores a file without holding it in memory. Throws ArtifactStoreUnavailable. */
  putFile(path: string, mediaType: string): Promise<ArtifactRef>;
  /** The verified bytes. Throws ArtifactMissing, StoredArtifactCorrupt, ArtifactStoreUnavailable. */
  get(ref: ArtifactRef): Promise<Uint8Array>;
  /**
   * Path of a local file with the verified bytes, for readers that want a file (Parquet). Read only; it stays as long
   * as the artifact is not removed. Throws as `get`.
   */
  localFile(ref: ArtifactRef): Promise<string>;
  has(sha256: string): Promise<boolean>;
  /** Every artifact, in no order. */
  list(): AsyncIterable<StoredArtifact>;
  /**
   * Removes an artifact; false when there was none, or when it was stored again at or after `storedBefore`, wall time. Only
   * garbage collection calls it.
   */
  remove(sha256: string, storedBefore?: Date): Promise<boolean>;
  /**
   * Removes what writers that died have left half-written before an instant, wall time; gives how many. Nothing of it was ever an
   * artifact. Only garbage collection calls it.
   */
  sweep(before: Date): Promise<number>;
}

export interface StoredArtifact {
  readonly sha256: string;
  readonly bytes: number;
  /** Wall time, ISO instant. */
  readonly storedAt: string;
}
