import type { ImportedIdentity } from '../../../contracts/version.ts';
import { hashValue } from '../../../registry/hash.ts';
import type { ImportVersionInput } from '../../../registry/imports.ts';
import { ANA, artifact, recipe, snapshotOf } from './world.ts';

/** What `contender register` says of a model of somebody else's; another seed is another model. */
export function importedVersion(model: string, seed: number, idempotencyKey: string): ImportVersionInput {
  const snapshot = snapshotOf('2019-06-28T19:00:00.000Z');
  const { market, featureSet, featureCodeHash, featureNames, label } = snapshot.manifest.identity;
  const files = {
    onnx: artifact(`onnx of the desk ${String(seed)}`),
    parity: artifact('parity of the desk'),
  };
  const { portfolio } = recipe(seed);
  const identity: ImportedIdentity = {
    schema: 2,
    model,
    onnxSha256: files.onnx.sha256,
    paritySha256: files.parity.sha256,
    ...{ featureNames, featureSet, featureCodeHash },
    snapshotId: snapshot.manifest.snapshotId,
    recipe: { market, featureSet, features: featureNames, label, portfolio },
    origin: { library: 'scikit-learn', libraryVersion: '1.7.2', estimator: 'RandomForestRegressor' },
  };
  return {
    manifest: {
      versionId: hashValue(identity),
      identity,
      artifacts: { ...files, nativeModel: null, featureCode: artifact('feature code') },
      provenance: {},
    },
    ...{ snapshot, actor: ANA, reason: 'forest of the desk', idempotencyKey },
  };
}
