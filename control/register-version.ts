import type { Actor } from '../contracts/primitives.ts';
import type { ModelExamination, RegisteredModel, RegisterVersion } from '../contracts/registration.ts';
import type { SnapshotManifest, SnapshotRef } from '../contracts/snapshot.ts';
import type { ImportedIdentity } from '../contracts/version.ts';
import type { ArtifactStore } from '../registry/artifacts/artifact-store.ts';
import { FeaturesForeign, ParityBroken, SnapshotForeign, SnapshotUnknown } from '../registry/errors.ts';
import { hashValue } from '../registry/hash.ts';
import { requireRegistrar } from '../registry/imports.ts';
import type { Registry } from '../registry/registry.ts';

/** Runs a model file against its parity set; on another thread where somebody else would wait for it. */
export type ExamineModel = (input: {
  readonly onnxPath: string;
  readonly parityPath: string;
  readonly featureNames: readonly string[];
}) => Promise<ModelExamination>;

export interface RegistrationParts {
  readonly registry: Registry;
  readonly artifacts: ArtifactStore;
  readonly examine: ExamineModel;
}

export interface RegistrationInput extends RegisterVersion {
  readonly model: string;
  readonly actor: Actor;
  readonly idempotencyKey: string;
  /** A snapshot that was extracted outside of a retrain, its files stored; null: the registry knows it. */
  readonly snapshot: { readonly manifest: SnapshotManifest; readonly ref: SnapshotRef } | null;
}

/**
 * Makes a version of a model that was fitted elsewhere, for the command line and the API alike: its files are read back from the
 * store by their hashes, the model is refused unless it is a plain tree ensemble that predicts what its library predicted to the
 * last bit, and its columns have to be those of the snapshot.
 *
 * @throws RoleMissing, ModelUnknown, SnapshotUnknown, SnapshotForeign, FeaturesForeign, ParityBroken, ArtifactMissing,
 * StoredArtifactCorrupt, VersionDeleted, IdempotencyKeyReused, and what `examine` throws
 */
export async function registerVersion(
  { registry, artifacts, examine }: RegistrationParts,
  input: RegistrationInput,
): Promise<RegisteredModel> {
  const { model, actor, features, origin, onnx, parity } = input;
  requireRegistrar(actor);
  const { spec } = await registry.currentSpec({ model });
  const snapshot = input.snapshot ?? (await registry.getSnapshot({ snapshotId: input.snapshotId }));
  if (snapshot === null) {
    throw new SnapshotUnknown(`there is no snapshot ${input.snapshotId}`, {
      remedy:
        'Name one of a version (contender lineage MODEL VERSION), or give its folder at the command line.',
    });
  }
  const of = snapshot.manifest.identity;
  if (of.market !== spec.market) {
    throw new SnapshotForeign(`the snapshot is of ${of.market}, ${model} trades ${spec.market}`, {
      remedy: 'Fit the model on a snapshot of its own market.',
    });
  }
  requireFeatures(features, of.featureNames);
  const examination = await examine({
    onnxPath: await artifacts.localFile(onnx),
    parityPath: await artifacts.localFile(parity),
    featureNames: features,
  });
  requireParity(examination);
  const identity: ImportedIdentity = {
    schema: 2,
    model,
    onnxSha256: onnx.sha256,
    paritySha256: parity.sha256,
    featureNames: features,
    featureSet: of.featureSet,
    featureCodeHash: of.featureCodeHash,
    snapshotId: snapshot.manifest.snapshotId,
    recipe: {
      market: of.market,
      featureSet: of.featureSet,
      features,
      label: of.label,
      portfolio: spec.portfolio,
    },
    origin,
  };
  const versionId = hashValue(identity);
  const { trees, scoreQuantiles, featureMoments } = examination;
  const { mismatches: _none, firstMismatch: _nowhere, ...compared } = examination.parity;
  const registered = await registry.importVersion({
    manifest: {
      versionId,
      identity,
      artifacts: { onnx, nativeModel: null, featureCode: snapshot.ref.featureCode, parity },
      provenance: {
        trees,
        scoreQuantiles,
        featureMoments,
        lastLabelSession: snapshot.manifest.shape.lastLabelSession,
        parity: { ...compared, tolerance: 0 },
      },
    },
    snapshot: input.snapshot,
    actor,
    reason: input.reason,
    idempotencyKey: input.idempotencyKey,
  });
  return { ...registered, trees, parityRows: compared.rows };
}

function requireFeatures(features: readonly string[], offered: readonly string[]): void {
  const unknown = features.filter((name) => !offered.includes(name));
  const repeated = features.filter((name, at) => features.indexOf(name) !== at);
  if (unknown.length + repeated.length === 0) return;
  throw new FeaturesForeign(
    unknown.length > 0
      ? `the snapshot has no column ${unknown.join(', ')}`
      : `${repeated.join(', ')} is named twice`,
    {
      remedy: 'Fit the model on columns of the snapshot, each once.',
      details: { unknown, repeated },
    },
  );
}

function requireParity({ parity: { rows, mismatches, firstMismatch } }: ModelExamination): void {
  if (mismatches === 0) return;
  throw new ParityBroken(
    `${String(mismatches)} of ${String(rows)} rows differ from the library: row ${String(firstMismatch?.row)} is ${String(firstMismatch?.actual)} instead of ${String(firstMismatch?.expected)}`,
    {
      remedy: 'Convert the model again; there is no tolerance.',
      details: { rows, mismatches, firstMismatch },
    },
  );
}
