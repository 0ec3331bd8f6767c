import type { ArtifactRef } from '../../../contracts/primitives.ts';
import type { TrainedManifest } from '../../../contracts/version.ts';
import type { FolderArtifactStore } from '../../../registry/artifacts/folder-store.ts';
import { hashValue } from '../../../registry/hash.ts';
import { FEATURES, modelBytes, type FixtureModel } from '../../unit/serving/fixtures.ts';
import { manifestOf } from './world.ts';

/** Manifests whose artifacts are there, so that a promotion finds them intact and a server can load them. */
export async function loadableManifests(artifacts: FolderArtifactStore): Promise<typeof manifestOf> {
  const put = (text: string): Promise<ArtifactRef> => artifacts.put(Buffer.from(text), 'text/plain');
  const fixtures: readonly FixtureModel[] = ['a', 'b', 'c'];
  const models = await Promise.all(
    fixtures.map((name) => artifacts.put(modelBytes(name), 'application/onnx')),
  );
  const [code, native, parity] = [await put('feature code'), await put('native'), await put('parity')];
  return (model, snapshotId, seed): TrainedManifest => {
    const base = manifestOf(model, snapshotId, seed);
    const onnx = models[seed % models.length] ?? code;
    const identity = {
      ...base.identity,
      ...{ onnxSha256: onnx.sha256, nativeModelSha256: native.sha256, featureCodeHash: code.sha256 },
      featureNames: [...FEATURES],
    };
    const refs = { onnx, nativeModel: native, featureCode: code, parity };
    return { versionId: hashValue(identity), identity, artifacts: refs, provenance: {} };
  };
}
