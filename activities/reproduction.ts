import { z } from 'zod';
import type { ArtifactRef } from '../contracts/primitives.ts';
import type { ReproduceInput, ReproductionFinding, ReproductionReport } from '../contracts/reproduction.ts';
import type { ModelSpec } from '../contracts/spec.ts';
import { storedSpec } from '../contracts/stored-spec.ts';
import { SnapshotManifest, type SnapshotRef } from '../contracts/snapshot.ts';
import type { FitFinalResult, Fold, RunTrialResult, Trial } from '../contracts/training.ts';
import { trainedManifest, type TrainedManifest } from '../contracts/version.ts';
import { planFolds } from '../evaluation/fold-plan.ts';
import { contentHash } from './content-hash.ts';
import { NotReproducible } from './errors.ts';
import { trialOf } from './ledger-rescore.ts';
import { MadeTrial } from './packaging.ts';
import { compareFits } from './reproduction-fits.ts';
import { compareSnapshots, storedParts } from './reproduction-inputs.ts';
import { folderCalendar } from './scoring-ground.ts';
import { extractToStore } from './snapshot.ts';
import { finalTrainFrom } from './trials.ts';
import type { Workbench } from './workbench.ts';

/** What a version was made from, by its record. */
export interface ReproductionPlan {
  readonly model: string;
  readonly version: number;
  readonly manifest: TrainedManifest;
  readonly spec: ModelSpec;
  readonly asOf: string;
  readonly snapshot: SnapshotRef;
  /** Of its retrain; the one it came from first. `recorded` null: its record does not say how it came out. */
  readonly trials: readonly { readonly trial: Trial; readonly recorded: ArtifactRef | null }[];
  /** Stored bytes that are not what they are named by. */
  readonly findings: readonly ReproductionFinding[];
}

export interface RebuiltInputs {
  readonly findings: readonly ReproductionFinding[];
  /** Rows to fit on: those of the record when they are intact, else the rebuilt ones; null when there are neither. */
  readonly rows: ArtifactRef | null;
  readonly folds: Fold[];
  readonly trainFrom: string;
  readonly trainTo: string;
  readonly maxSeconds: number;
}

/** What the sidecar answered; a failure stands with its code. */
export interface RebuiltFits {
  readonly trials: readonly {
    readonly trialId: string;
    readonly result: RunTrialResult | null;
    readonly failure: string;
  }[];
  readonly final: FitFinalResult | null;
  readonly failure: string;
}

export interface CompareReproductionInput {
  readonly plan: ReproductionPlan;
  readonly inputs: RebuiltInputs;
  readonly fits: RebuiltFits;
}

/** Activities of the queue `evaluation`; they read the registry and write to nobody's record. */
export interface ReproductionActivities {
  planReproduction(input: ReproduceInput): Promise<ReproductionPlan>;
  compareReproduction(input: CompareReproductionInput): Promise<ReproductionReport>;
}

/** On the queue `data`. */
export interface RebuildActivities {
  rebuildInputs(input: { readonly plan: ReproductionPlan }): Promise<RebuiltInputs>;
}

export function reproductionActivities(bench: Workbench): ReproductionActivities {
  return {
    planReproduction: (input) => planReproduction(bench, input),
    compareReproduction: (input) => Promise.resolve(compare(input)),
  };
}

export function rebuildActivities(bench: Workbench): RebuildActivities {
  return { rebuildInputs: ({ plan }) => rebuildInputs(bench, plan) };
}

/** @throws VersionUnknown, NotReproducible when the record names no retrain or no snapshot */
async function planReproduction(
  { registry, artifacts }: Workbench,
  { model, version, trials }: ReproduceInput,
): Promise<ReproductionPlan> {
  const { version: record, retrains } = await registry.versionDossier({ model, version });
  const [retrain] = retrains;
  const stored = await registry.getSnapshot({ snapshotId: record.snapshotId });
  const manifest = trainedManifest(record.manifest);
  if (retrain === undefined || stored === null || manifest === null) {
    throw new NotReproducible(`version ${String(version)} of ${model} names no retrain or no snapshot`, {
      remedy: 'Only a version that a retrain made can be rebuilt.',
    });
  }
  const { spec } = await registry.specByNumber({ model, number: retrain.specNumber });
  const chosen = trialOf(manifest.identity.recipe, retrain.asOf);
  const made = z.array(MadeTrial).default([]).parse(manifest.provenance['trials']);
  const recorded = made.find(({ trialId }) => trialId === chosen.trialId)?.predictions ?? null;
  const known = await registry.trialsById({ model, trialIds: made.map(({ trialId }) => trialId) });
  const others = made.flatMap(({ trialId, predictions }) => {
    const trial = known.find((candidate) => candidate.trialId === trialId);
    return trial === undefined || trialId === chosen.trialId ? [] : [{ trial, recorded: predictions }];
  });
  return {
    model,
    version,
    manifest,
    // A spec of before a section existed gets its defaults.
    spec: storedSpec(spec),
    asOf: retrain.asOf,
    snapshot: stored.ref,
    trials: [{ trial: chosen, recorded }, ...(trials === 'all' ? others : [])],
    findings: await storedParts(artifacts, stored.ref, manifest),
  };
}

/** Extracts the snapshot again; what cannot be read is a finding, not a failure. */
async function rebuildInputs(bench: Workbench, plan: ReproductionPlan): Promise<RebuiltInputs> {
  const { spec, snapshot } = plan;
  const stored = !plan.findings.some(({ name, same }) => name === 'stored snapshot' && !same);
  const recorded = stored
    ? SnapshotManifest.parse(
        JSON.parse(Buffer.from(await bench.artifacts.get(snapshot.manifest)).toString('utf8')),
      )
    : null;
  const { findings, ref } = await compareSnapshots(
    () => extractToStore(bench, spec, plan.asOf),
    plan.manifest,
    recorded,
  );
  const shape = stored ? snapshot.shape : ref?.shape;
  if (shape === undefined || ref === null) {
    return { findings, rows: null, folds: [], trainFrom: '', trainTo: '', maxSeconds: 1 };
  }
  const calendar = await folderCalendar(spec);
  const sessions = calendar.between(shape.firstSession, shape.lastSession);
  const { lastLabelSession } = shape;
  return {
    findings,
    rows: stored ? snapshot.rows : ref.rows,
    folds: planFolds({ sessions, lastLabelSession, training: spec.training, label: spec.label }),
    trainFrom: finalTrainFrom(sessions, shape, spec.training.trainSessions),
    trainTo: lastLabelSession,
    maxSeconds: spec.training.maxMinutes * 60,
  };
}

function compare({ plan, inputs, fits }: CompareReproductionInput): ReproductionReport {
  const { manifest } = plan;
  const { identity, versionId } = manifest;
  const compared = compareFits(plan, fits);
  const findings = [...plan.findings, ...inputs.findings, ...compared.findings];
  const moved = findings.filter(({ kind, same }) => kind === 'input' && !same).map(({ name }) => name);
  const snapshotId = inputs.findings.find(({ name }) => name === 'snapshot')?.rebuilt ?? identity.snapshotId;
  const rebuilt =
    fits.final === null || compared.iterations === null
      ? null
      : contentHash({
          ...identity,
          snapshotId,
          iterations: compared.iterations,
          onnxSha256: fits.final.onnx.sha256,
          nativeModelSha256: fits.final.nativeModel.sha256,
          environment: fits.final.environment,
        });
  const same = rebuilt === versionId && findings.every(({ kind, same: equal }) => kind === 'note' || equal);
  return {
    model: plan.model,
    version: plan.version,
    versionId,
    rebuiltVersionId: rebuilt,
    verdict: same ? 'byte-identical' : moved.length > 0 ? 'moved' : 'not-reproduced',
    moved,
    findings,
    trials: compared.trials,
  };
}
