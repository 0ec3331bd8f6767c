import { UnsafeModel } from './errors.ts';
import { MAX_MODEL_BYTES, verifyHashAside } from './model-file.ts';
import type { ServableVersion, ServingRegistry } from './ports.ts';
import type { Scorer, ScoringSession } from './scorer.ts';

/**
 * The one way from a version to a session: its bytes are bounded, hashed and inspected before the runtime sees them.
 * @throws UnsafeModel, ArtifactCorrupt, ModelLoadFailed, and what the store throws
 */
export async function openVersion(
  registry: Pick<ServingRegistry, 'readArtifact'>,
  scorer: Scorer,
  version: ServableVersion,
): Promise<ScoringSession> {
  const { onnx } = version;
  if (onnx.bytes > MAX_MODEL_BYTES) throw new UnsafeModel(`the manifest states ${String(onnx.bytes)} bytes`);
  const bytes = new Uint8Array(await registry.readArtifact(onnx));
  await verifyHashAside(bytes, onnx.sha256, `the model of version ${String(version.number)}`);
  return scorer.load(bytes, version.featureNames);
}
