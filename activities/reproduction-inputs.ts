import { ContenderError } from '../contracts/error.ts';
import type { ArtifactRef } from '../contracts/primitives.ts';
import type { ReproductionFinding } from '../contracts/reproduction.ts';
import type { SnapshotManifest, SnapshotRef } from '../contracts/snapshot.ts';
import type { TrainedManifest } from '../contracts/version.ts';
import type { ArtifactStore } from '../registry/artifacts/artifact-store.ts';

const INTACT = 'intact';

/** Whether the stored parts of a version and of its snapshot still are the bytes they are named by. */
export async function storedParts(
  artifacts: ArtifactStore,
  snapshot: SnapshotRef,
  { artifacts: model }: TrainedManifest,
): Promise<ReproductionFinding[]> {
  const { rows, returns, manifest, featureCode } = snapshot;
  return [
    await storedPart(artifacts, 'stored snapshot', 'input', [rows, returns, manifest, featureCode]),
    await storedPart(artifacts, 'stored model', 'result', [model.onnx, model.nativeModel, model.parity]),
  ];
}

async function storedPart(
  artifacts: ArtifactStore,
  name: string,
  kind: 'input' | 'result',
  parts: readonly ArtifactRef[],
): Promise<ReproductionFinding> {
  const found = await Promise.all(parts.map((part) => damage(artifacts, part)));
  const damaged = found.filter((text) => text !== null);
  return {
    ...{ kind, name, recorded: INTACT, same: damaged.length === 0 },
    rebuilt: damaged.length === 0 ? INTACT : damaged.join('; '),
  };
}

/** An unreachable store is no statement about the artifact: that error passes. */
async function damage(artifacts: ArtifactStore, part: ArtifactRef): Promise<string | null> {
  try {
    // Not a local copy: what counts is what the store holds.
    await artifacts.get(part);
    return null;
  } catch (error) {
    if (!(error instanceof ContenderError) || error.kind === 'unreachable') throw error;
    return error.message;
  }
}

/**
 * The snapshot as it is extracted today against the recorded one, and which part of its identity differs. `recorded` null:
 * its manifest is damaged, so only the ids can be compared.
 */
export async function compareSnapshots(
  extract: () => Promise<{ readonly ref: SnapshotRef; readonly manifest: SnapshotManifest }>,
  version: TrainedManifest,
  recorded: SnapshotManifest | null,
): Promise<{ readonly findings: ReproductionFinding[]; readonly ref: SnapshotRef | null }> {
  const { snapshotId } = version.identity;
  let rebuilt;
  try {
    rebuilt = await extract();
  } catch (error) {
    if (!(error instanceof ContenderError) || error.kind === 'unreachable') throw error;
    const reason = `${error.code}: ${error.message}`;
    return {
      findings: [
        { kind: 'input', name: 'market data', recorded: snapshotId, rebuilt: reason, same: false },
        { kind: 'input', name: 'snapshot', recorded: snapshotId, rebuilt: 'not extracted', same: false },
      ],
      ref: null,
    };
  }
  const findings: ReproductionFinding[] = [
    input('snapshot', snapshotId, rebuilt.manifest.snapshotId),
    input('feature code', version.identity.featureCodeHash, rebuilt.ref.featureCode.sha256),
  ];
  if (recorded !== null) {
    const [was, is] = [recorded.identity, rebuilt.manifest.identity];
    findings.push(
      input('market data', `${was.rowHash} ${was.returnsHash}`, `${is.rowHash} ${is.returnsHash}`),
      input('calendar', was.calendarHash, is.calendarHash),
      input('features', was.featureNames.join(' '), is.featureNames.join(' ')),
    );
  }
  return { findings, ref: rebuilt.ref };
}

const input = (name: string, recorded: string, rebuilt: string): ReproductionFinding => ({
  ...{ kind: 'input', name, recorded, rebuilt, same: recorded === rebuilt },
});
