import { z } from 'zod';
import { ContenderError } from '../contracts/error.ts';
import type { ArtifactStore } from '../registry/artifacts/artifact-store.ts';
import { AlreadyChampion, EpochMoved, ModelUnknown, VersionUnknown } from '../registry/errors.ts';
import type { Registry } from '../registry/registry.ts';
import type { VersionRecord } from '../registry/versions.ts';
import type { OverrideRecord } from './break-glass-journal.ts';
import type {
  Decision,
  ModelSide,
  OverrideSettlement,
  ReignView,
  ServableVersion,
  ServingRegistry,
} from './ports.ts';

/** What packaging records of the training rows; a version without it takes no missing value at all. */
const TrainedMoments = z.object({
  featureMoments: z.array(z.object({ feature: z.string(), missing: z.number().min(0).max(1) })),
});

/** What packaging records of the scores on recent rows; without it, single rows have no distance to the decision. */
const RecordedScores = z.object({ scoreQuantiles: z.array(z.number()).length(101) });

/** The registry in Postgres and the artifact store, as a prediction server uses them. */
export function servingRegistry(registry: Registry, artifacts: ArtifactStore): ServingRegistry {
  return {
    listModels: () => registry.listModels(),
    async readReign(model) {
      try {
        return reignView(await registry.champion({ model }));
      } catch (error) {
        // A model that is named on the command line before its spec is applied: nothing to serve yet.
        if (error instanceof ModelUnknown) return null;
        throw error;
      }
    },
    readChampion: async (model) => {
      const pointer = await registry.championPointer({ model });
      return pointer === null ? null : { ...pointer, side: sideOf(pointer.side) };
    },
    async readVersion(model, number) {
      try {
        const record = await registry.getVersion({ model, version: number });
        return record.state === 'registered' ? servable(record) : null;
      } catch (error) {
        if (error instanceof VersionUnknown || error instanceof ModelUnknown) return null;
        throw error;
      }
    },
    readArtifact: (ref) => artifacts.get(ref),
    register: (server, leaseSeconds) => registry.registerServer({ ...server, leaseSeconds }),
    renewLease: (name, leaseSeconds) => registry.renewLease({ name, leaseSeconds }),
    acknowledge: (server, model, epoch, versionId) =>
      registry.acknowledgeEpoch({ server, model, epoch, versionId }),
    deregister: (name) => registry.deregisterServer({ name }),
    listen(hearing) {
      return Promise.resolve(registry.listenSwaps(hearing));
    },
    async raiseAlert(alert) {
      await registry.recordAlert(alert);
    },
    reportDrill: (server, drill, finding) => registry.reportDrill({ server, drill, finding }),
    journalOverride: ({ ended: _ended, refused: _refused, ...facts }) => registry.journalOverride(facts),
    journalOverrideEnd: ({ id, model, server }, end) =>
      registry.journalOverrideEnd({ id, model, server, ...end }),
    settleOverride: (record) => settleOverride(registry, record),
  };
}

/** The rollback under the person's own name and reason, compared with the epoch that the override stood above. */
async function settleOverride(registry: Registry, record: OverrideRecord): Promise<OverrideSettlement> {
  const { id, model, version, epoch, actor, reason, server } = record;
  try {
    const swap = await registry.rollback({
      model,
      toVersion: version,
      expectedEpoch: epoch,
      reason: `break-glass on ${server}: ${reason}`,
      actor,
      idempotencyKey: `break-glass:${id}:rollback`,
      correlationId: id,
    });
    return { outcome: 'rolled-back', reason: `epoch ${String(swap.epoch)}` };
  } catch (error) {
    if (error instanceof EpochMoved || error instanceof AlreadyChampion) {
      return { outcome: 'superseded', reason: error.message };
    }
    if (error instanceof ContenderError && error.kind === 'refused') {
      return { outcome: 'refused', reason: `${error.code}: ${error.message}` };
    }
    throw error;
  }
}

function reignView(view: Awaited<ReturnType<Registry['champion']>>): ReignView | null {
  if (view.champion === null) return null;
  return {
    model: view.model,
    epoch: view.epoch,
    champion: servable(view.champion),
    previous: view.previous.map(servable),
    challenger: view.challenger === null ? null : servable(view.challenger),
    serving: view.spec.serving,
    market: view.spec.market,
    dataFolder: view.spec.data,
    side: sideOf(view.side),
    consumers: new Map(
      view.consumers.map(({ consumer, purpose, version }) => [consumer, { purpose, version }]),
    ),
    pinned: view.pinned.map(servable),
    drill:
      view.drill === null
        ? null
        : {
            id: view.drill.id,
            target: servable(view.drill.target),
            parity: view.drill.target.manifest.artifacts.parity,
          },
  };
}

/** What a server knows of a version, batch scoring included: both skip and refuse by the same facts. */
const sideOf = ({ action, reason, epoch }: ModelSide): ModelSide => ({ action, reason, epoch });

export function servable({ manifest, number }: VersionRecord): ServableVersion {
  const { identity, artifacts, versionId } = manifest;
  const trained = TrainedMoments.safeParse(manifest.provenance);
  const moments = trained.success ? trained.data.featureMoments : [];
  const scores = RecordedScores.safeParse(manifest.provenance);
  return {
    versionId,
    number,
    // By the hash in the identity, which the version's id covers: the place that the manifest states proves nothing.
    onnx: { ...artifacts.onnx, sha256: identity.onnxSha256 },
    nativeModel:
      identity.schema === 1 && artifacts.nativeModel !== null
        ? { ...artifacts.nativeModel, sha256: identity.nativeModelSha256 }
        : null,
    featureNames: identity.featureNames,
    featureSet: identity.featureSet,
    featureCode: { ...artifacts.featureCode, sha256: identity.featureCodeHash },
    missingAllowed: new Set(moments.filter(({ missing }) => missing > 0).map(({ feature }) => feature)),
    scoreQuantiles: scores.success ? scores.data.scoreQuantiles : [],
    decision: decisionOf(identity.recipe.portfolio),
  };
}

function decisionOf({
  kind,
  topFraction,
}: VersionRecord['manifest']['identity']['recipe']['portfolio']): Decision {
  const longs = 1 - topFraction;
  return { boundaries: kind === 'long_only_excess' ? [longs] : [topFraction, longs], fraction: topFraction };
}
