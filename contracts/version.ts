import { z } from 'zod';
import { ArtifactRef, ModelName, Sha256 } from './primitives.ts';
import { Recipe, TrainingEnvironment } from './training.ts';

/**
 * What makes a version the version it is. Its id is the SHA-256 of the canonical JSON of this object: the same bytes
 * from the same recipe, data, seeds and environment are the same version.
 */
export const VersionIdentity = z
  .strictObject({
    schema: z.literal(1),
    model: ModelName,
    onnxSha256: Sha256,
    nativeModelSha256: Sha256,
    featureNames: z.array(z.string()).min(1),
    featureSet: z.string(),
    featureCodeHash: Sha256,
    snapshotId: Sha256,
    recipe: Recipe,
    iterations: z.int().min(1),
    seed: z.int().min(0),
    environment: TrainingEnvironment,
  })
  .meta({ id: 'VersionIdentity' });
export type VersionIdentity = z.infer<typeof VersionIdentity>;

/** The identity, and where its parts lie. */
export const VersionManifest = z
  .strictObject({
    versionId: Sha256,
    identity: VersionIdentity,
    artifacts: z.strictObject({
      onnx: ArtifactRef,
      nativeModel: ArtifactRef,
      featureCode: ArtifactRef,
      parity: ArtifactRef,
    }),
    provenance: z.record(z.string(), z.json()),
  })
  .meta({ id: 'VersionManifest' });
export type VersionManifest = z.infer<typeof VersionManifest>;
