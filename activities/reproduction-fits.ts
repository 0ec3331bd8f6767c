import type { ReproductionFinding, ReproductionReport } from '../contracts/reproduction.ts';
import type { TrainingEnvironment } from '../contracts/training.ts';
import type { RebuiltFits, ReproductionPlan } from './reproduction.ts';
import { medianIterations } from './trials.ts';

/** Parts of the environment as people call them. */
const ENVIRONMENT: readonly (readonly [keyof TrainingEnvironment, string])[] = [
  ['lockHash', 'environment lock'],
  ['python', 'Python'],
  ['lightgbm', 'LightGBM'],
  ['numpy', 'NumPy'],
  ['threads', 'threads of a fit'],
  ['cpuClass', 'processor class'],
];

export interface ComparedFits {
  readonly findings: ReproductionFinding[];
  readonly trials: ReproductionReport['trials'];
  /** Rounds that the rebuilt folds of the chosen trial ask for; null when it could not be fitted. */
  readonly iterations: number | null;
}

/** What the sidecar made now against what the record says it made then. */
export function compareFits(plan: ReproductionPlan, fits: RebuiltFits): ComparedFits {
  const { identity, artifacts, provenance } = plan.manifest;
  const [first] = fits.trials;
  const chosen = first?.result ?? null;
  const iterations = chosen === null ? null : medianIterations(chosen.bestIterations);
  const trials = countTrials(plan, fits);
  const findings: ReproductionFinding[] = [];
  const environment = fits.final?.environment ?? chosen?.origin?.environment ?? null;
  if (environment !== null) {
    for (const [key, name] of ENVIRONMENT) {
      findings.push(finding('input', name, String(identity.environment[key]), String(environment[key])));
    }
  }
  const refused = [first?.failure ?? '', fits.failure].find((failure) => failure !== '');
  if (refused !== undefined) {
    // A sidecar that refuses its own environment says that an input moved; any other refusal is a result.
    const kind = refused.startsWith('EnvironmentMismatch') ? 'input' : 'result';
    findings.push(finding(kind, kind === 'input' ? 'installed packages' : 'fit', 'fitted', refused));
  }
  const code = provenance['sidecarCode'];
  if (typeof code === 'string' && fits.final?.sidecarCode !== null && fits.final !== null) {
    findings.push(finding('note', 'sidecar code', code, fits.final.sidecarCode));
  }
  findings.push(
    finding(
      'result',
      'predictions of trials',
      `${String(trials.fitted - trials.notRecorded)} recorded`,
      `${String(trials.identical)} recorded`,
    ),
  );
  if (iterations !== null) {
    findings.push(finding('result', 'iterations', String(identity.iterations), String(iterations)));
  }
  if (fits.final !== null) {
    findings.push(
      finding('result', 'LightGBM model', identity.nativeModelSha256, fits.final.nativeModel.sha256),
      finding('result', 'ONNX model', identity.onnxSha256, fits.final.onnx.sha256),
      finding('note', 'parity set', artifacts.parity.sha256, fits.final.parity.sha256),
    );
  }
  return { findings, trials, iterations };
}

function countTrials(plan: ReproductionPlan, fits: RebuiltFits): ReproductionReport['trials'] {
  const differing: string[] = [];
  let identical = 0;
  let notRecorded = 0;
  for (const { trialId, result } of fits.trials) {
    const recorded = plan.trials.find(({ trial }) => trial.trialId === trialId)?.recorded ?? null;
    if (recorded === null) notRecorded += 1;
    else if (result?.predictions.sha256 === recorded.sha256) identical += 1;
    else differing.push(trialId);
  }
  return { fitted: fits.trials.length, identical, differing, notRecorded };
}

const finding = (
  kind: ReproductionFinding['kind'],
  name: string,
  recorded: string,
  rebuilt: string,
): ReproductionFinding => ({ kind, name, recorded, rebuilt, same: recorded === rebuilt });
