import { z } from 'zod';
import { hiddenCharacter } from './api/text.ts';
import { ArtifactRef, Market, ModelName, Sha256 } from './primitives.ts';
import { LabelSpec, PortfolioSpec } from './spec.ts';
import { Recipe, TrainingEnvironment } from './training.ts';

/** A version that a retrain made: the same bytes from the same recipe, data, seeds and environment are the same version. */
export const TrainedIdentity = z
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
  .meta({ id: 'TrainedIdentity' });
export type TrainedIdentity = z.infer<typeof TrainedIdentity>;

const isPlain = (text: string): boolean => hiddenCharacter(text) === null;
const HIDES = 'holds a character that hides or reorders text';

/** Who fitted a model that was made elsewhere, as whoever registers it says. */
export const ModelOrigin = z
  .strictObject({
    library: z.string().min(1).max(60).refine(isPlain, HIDES).describe('such as scikit-learn'),
    libraryVersion: z.string().min(1).max(60).refine(isPlain, HIDES),
    estimator: z.string().min(1).max(120).refine(isPlain, HIDES).describe('class or kind of the model'),
  })
  .meta({ id: 'ModelOrigin' });
export type ModelOrigin = z.infer<typeof ModelOrigin>;

/** What is known of how a model from elsewhere was made: what it reads, and what it is meant to predict and hold. */
export const ImportedRecipe = z
  .strictObject({
    market: Market,
    featureSet: z.string(),
    features: z.array(z.string()).min(1).max(500),
    label: LabelSpec,
    portfolio: PortfolioSpec,
  })
  .meta({ id: 'ImportedRecipe' });

/**
 * A version that somebody registered: no retrain made it, no gate has judged it, so it has neither seed nor environment, and it
 * never becomes champion. The parity set stands in the identity, since it is all that ties the file to the library it came from.
 */
export const ImportedIdentity = z
  .strictObject({
    schema: z.literal(2),
    model: ModelName,
    onnxSha256: Sha256,
    paritySha256: Sha256,
    featureNames: z.array(z.string()).min(1),
    featureSet: z.string(),
    featureCodeHash: Sha256,
    snapshotId: Sha256,
    recipe: ImportedRecipe,
    origin: ModelOrigin,
  })
  .meta({ id: 'ImportedIdentity' });
export type ImportedIdentity = z.infer<typeof ImportedIdentity>;

/** What makes a version the version it is. Its id is the SHA-256 of the canonical JSON of this object. */
export const VersionIdentity = z
  .discriminatedUnion('schema', [TrainedIdentity, ImportedIdentity])
  .meta({ id: 'VersionIdentity' });
export type VersionIdentity = z.infer<typeof VersionIdentity>;

/** The identity, and where its parts lie. */
export const VersionManifest = z
  .strictObject({
    versionId: Sha256,
    identity: VersionIdentity,
    artifacts: z.strictObject({
      onnx: ArtifactRef,
      nativeModel: ArtifactRef.nullable().describe('null: the version was registered without one'),
      featureCode: ArtifactRef,
      parity: ArtifactRef,
    }),
    provenance: z.record(z.string(), z.json()),
  })
  .meta({ id: 'VersionManifest' });
export type VersionManifest = z.infer<typeof VersionManifest>;

/** The manifest of a version that a retrain made. */
export type TrainedManifest = Omit<VersionManifest, 'identity' | 'artifacts'> & {
  readonly identity: TrainedIdentity;
  readonly artifacts: Omit<VersionManifest['artifacts'], 'nativeModel'> & {
    readonly nativeModel: ArtifactRef;
  };
};

/** Null for a version that somebody registered. */
export function trainedManifest({
  identity,
  artifacts,
  ...manifest
}: VersionManifest): TrainedManifest | null {
  const { nativeModel } = artifacts;
  return identity.schema === 1 && nativeModel !== null
    ? { ...manifest, identity, artifacts: { ...artifacts, nativeModel } }
    : null;
}

/** The files of a version. */
export const artifactsOf = ({ artifacts }: VersionManifest): readonly ArtifactRef[] =>
  Object.values(artifacts).filter((ref) => ref !== null);
