import { z } from 'zod';
import { ArtifactRef, Sha256 } from '../contracts/primitives.ts';
import type { SnapshotRef } from '../contracts/snapshot.ts';
import {
  type FitFinalResult,
  RunTrialResult,
  type Trial,
  type TrainingOrigin,
} from '../contracts/training.ts';
import { Explanation, type ExplanationFigures } from '../contracts/explanation.ts';
import type { GateVerdict } from '../contracts/verdict.ts';
import type { VersionIdentity, VersionManifest } from '../contracts/version.ts';
import { GatesSpec } from '../contracts/spec.ts';
import { judgeFinalFit, judgeLatency, judgeParity, judgeResources } from '../gates/operational.ts';
import { explanationPlots } from '../gates/plots/explanation-plots.ts';
import { withModes } from '../gates/units.ts';
import { checkParity, measureLatency } from '../serving/parity.ts';
import { contentHash } from './content-hash.ts';
import { requireSameOrigin } from './training-origin.ts';
import type { RetrainPlan } from './retrain-record.ts';
import type { Workbench } from './workbench.ts';

export interface PackageVersionInput {
  readonly plan: RetrainPlan;
  readonly snapshot: SnapshotRef;
  readonly trial: Trial;
  readonly iterations: number;
  readonly seed: number;
  readonly final: FitFinalResult;
  /** How the trials of its retrain came out; a reproduction compares with it. */
  readonly trials: readonly MadeTrial[];
  /** Who scored the chosen trial; the final fit has to come from the like. Null: nobody said. */
  readonly trialOrigin: TrainingOrigin | null;
}

/** Kept in the provenance of a version: it says what was made beside it, and is no part of its identity. */
export const MadeTrial = z.strictObject({ trialId: Sha256, predictions: ArtifactRef });
export type MadeTrial = z.infer<typeof MadeTrial>;

export interface PackagedVersion {
  readonly versionId: string;
  readonly number: number;
  /** True when an earlier retrain had made the very same version. */
  readonly linked: boolean;
  /** `parity`, `latency`, `resources` and `final-fit`. */
  readonly verdicts: readonly GateVerdict[];
}

/** Activities of the `evaluation` queue that turn a fit into a version. */
export interface PackagingActivities {
  packageVersion(input: PackageVersionInput): Promise<PackagedVersion>;
}

/** Repetitions of scoring one universe: the 99th percentile of a hundred is a measured value, not an extrapolated one. */
const LATENCY_REPETITIONS = 100;

export function packagingActivities({ registry, artifacts }: Workbench): PackagingActivities {
  return {
    packageVersion: async (input) => {
      const { final, trial, snapshot, plan } = input;
      requireOneOrigin(input);
      const gates = GatesSpec.parse(plan.spec.gates);
      const onnx = await artifacts.get(final.onnx);
      const featureNames = trial.recipe.features;
      const parity = await checkParity({
        onnx,
        featureNames,
        parity: { path: await artifacts.localFile(final.parity) },
      });
      const latency = await measureLatency({
        onnx,
        featureNames,
        universeRows: snapshot.shape.symbols,
        repetitions: LATENCY_REPETITIONS,
      });
      const figures = await drawExplanation(artifacts, final);
      const manifest = versionManifest(input, parity.scoreQuantiles, figures);
      const registered = await registry.registerVersion({ manifest, retrainId: plan.retrainId });
      return {
        versionId: manifest.versionId,
        number: registered.number,
        linked: registered.linked,
        verdicts: withModes(
          [
            judgeParity(parity),
            judgeLatency({ samples: LATENCY_REPETITIONS, p99Ms: latency.p99Ms }, gates),
            judgeResources({ modelBytes: onnx.byteLength, trees: final.trees }, gates),
            judgeFinalFit({ rankCorrelation: final.rankCorrelationWithLastFold }),
          ],
          gates,
        ),
      };
    },
  };
}

/** Draws what the sidecar explained; null when it explained nothing. */
async function drawExplanation(
  artifacts: Workbench['artifacts'],
  { explanation }: FitFinalResult,
): Promise<ExplanationFigures | null> {
  if (explanation === null) return null;
  const text = Buffer.from(await artifacts.get(explanation)).toString('utf8');
  const plots = explanationPlots(Explanation.parse(JSON.parse(text)));
  const put = (svg: string): Promise<ArtifactRef> => artifacts.put(Buffer.from(svg), 'image/svg+xml');
  return {
    permutation: await put(plots.permutation),
    gain: await put(plots.gain),
    shap: await put(plots.shap),
    dependence: await put(plots.dependence),
  };
}

/** @throws SidecarsDiffer when the trial was scored by another sidecar than the one that fitted the model */
function requireOneOrigin({ trialOrigin, final }: PackageVersionInput): void {
  // A retrain that began before sidecars said who they are hands over nothing.
  const scoredBy = RunTrialResult.shape.origin.parse(trialOrigin);
  const fittedBy = RunTrialResult.shape.origin.parse(
    final.sidecarCode === null ? null : { environment: final.environment, sidecarCode: final.sidecarCode },
  );
  requireSameOrigin([scoredBy, fittedBy]);
}

/** Equal bytes from equal recipe, data, seeds and environment are one version: only those go into the identity. */
function versionManifest(
  input: PackageVersionInput,
  scoreQuantiles: readonly number[],
  figures: ExplanationFigures | null,
): VersionManifest {
  const { plan, snapshot, trial, final } = input;
  const identity: VersionIdentity = {
    schema: 1,
    model: plan.spec.model,
    onnxSha256: final.onnx.sha256,
    nativeModelSha256: final.nativeModel.sha256,
    featureNames: trial.recipe.features,
    featureSet: trial.recipe.featureSet,
    featureCodeHash: snapshot.featureCode.sha256,
    snapshotId: snapshot.snapshotId,
    recipe: trial.recipe,
    iterations: input.iterations,
    seed: input.seed,
    environment: final.environment,
  };
  return {
    versionId: contentHash(identity),
    identity,
    artifacts: {
      onnx: final.onnx,
      nativeModel: final.nativeModel,
      featureCode: snapshot.featureCode,
      parity: final.parity,
    },
    provenance: {
      trees: final.trees,
      trainedRows: final.trainedRows,
      // Servers admit a null only for features that were missing in training; the shadow measures skew against these.
      featureMoments: final.featureMoments,
      // Servers place a score among these to say how far it is from the edge of the book.
      scoreQuantiles: [...scoreQuantiles],
      gainImportance: final.gainImportance,
      sidecarCode: final.sidecarCode,
      // JSON: gain, permutation out of sample, partial dependence, SHAP summary.
      explanation: final.explanation,
      // The same as plots, SVG.
      explanationFigures: figures,
      // A retrain that began before this was handed over has none.
      trials: z.array(MadeTrial).default([]).parse(input.trials),
      lastLabelSession: snapshot.shape.lastLabelSession,
      rankCorrelationWithLastFold: final.rankCorrelationWithLastFold,
    },
  };
}
