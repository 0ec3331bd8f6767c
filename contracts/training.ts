import { z } from 'zod';
import { ArtifactRef, SessionDate, Sha256 } from './primitives.ts';
import { LabelSpec, PortfolioSpec } from './spec.ts';
import { MonotoneConstraints, TrainingObjective } from './training-spec.ts';
import { Market } from './primitives.ts';

/** LightGBM hyper-parameters. Integers and floats have types of their own: JSON would otherwise turn 31 into 31.0. */
export const HyperParameters = z
  .strictObject({
    objective: TrainingObjective,
    numLeaves: z.int().min(2).max(1024),
    learningRate: z.number().gt(0).max(1),
    maxIterations: z.int().min(1).max(5000),
    earlyStoppingRounds: z.int().min(0).max(500).describe('0: never stop early'),
    minDataInLeaf: z.int().min(1).max(1000000),
    featureFraction: z.number().gt(0).max(1),
    baggingFraction: z.number().gt(0).max(1),
    lambdaL2: z.number().min(0).max(1000),
    maxBin: z.int().min(15).max(1023),
  })
  .meta({ id: 'HyperParameters' });
export type HyperParameters = z.infer<typeof HyperParameters>;

/** What the learner is told about rows and features besides its hyper-parameters. */
export const FittingOptions = z
  .strictObject({
    monotone: MonotoneConstraints.default({}),
    weightHalfLifeSessions: z.int().min(0).max(5000).default(0),
  })
  .meta({ id: 'FittingOptions' });
export type FittingOptions = z.infer<typeof FittingOptions>;

/** A stretch of sessions, both bounds inclusive. */
export const SessionSpan = z.strictObject({ from: SessionDate, to: SessionDate }).meta({ id: 'SessionSpan' });
export type SessionSpan = z.infer<typeof SessionSpan>;

/**
 * One fold; all bounds are inclusive. A walk-forward fold trains until a purge (horizon + entry delay) before its test
 * block and has no gaps. A fold of a combinatorial plan trains and tests on what its gaps leave of its two windows.
 */
export const Fold = z
  .strictObject({
    index: z.int().min(0),
    trainFrom: SessionDate,
    trainTo: SessionDate,
    testFrom: SessionDate,
    testTo: SessionDate,
    trainGaps: z.array(SessionSpan).max(50).default([]).describe('sessions of the training window left out'),
    testGaps: z.array(SessionSpan).max(50).default([]).describe('sessions of the test window left out'),
  })
  .meta({ id: 'Fold' });
export type Fold = z.infer<typeof Fold>;

export const WalkForwardPlan = z
  .strictObject({
    trainSessions: z.int().min(1),
    testSessions: z.int().min(1),
    purgeSessions: z.int().min(0),
    embargoSessions: z.int().min(0),
  })
  .meta({ id: 'WalkForwardPlan' });

/** Of `sessions` sessions, cut into `groups` groups, each choice of `testGroups` is tested by a fit on the others. */
export const CombinatorialPlan = z
  .strictObject({
    sessions: z.int().min(1),
    groups: z.int().min(2).max(24),
    testGroups: z.int().min(1).max(23),
    purgeSessions: z.int().min(0),
    embargoSessions: z.int().min(0),
  })
  .meta({ id: 'CombinatorialPlan' });

export const FoldPlan = z.union([WalkForwardPlan, CombinatorialPlan]).meta({ id: 'FoldPlan' });
export type FoldPlan = z.infer<typeof FoldPlan>;

/** Everything that decides how a model is made, data aside. Gates judge recipes. */
export const Recipe = z
  .strictObject({
    market: Market,
    featureSet: z.string(),
    features: z
      .array(z.string())
      .min(1)
      .max(500)
      .describe('the subset of the set that this recipe may use, in order'),
    label: LabelSpec,
    portfolio: PortfolioSpec,
    params: HyperParameters,
    fitting: FittingOptions.default({ monotone: {}, weightHalfLifeSessions: 0 }),
    foldPlan: FoldPlan,
  })
  .meta({ id: 'Recipe' });
export type Recipe = z.infer<typeof Recipe>;

export const Trial = z
  .strictObject({
    trialId: Sha256.describe('hash of recipe, fold plan and as-of month'),
    recipeHash: Sha256,
    recipe: Recipe,
  })
  .meta({ id: 'Trial' });
export type Trial = z.infer<typeof Trial>;

/** Follows a retrain through every log line, in TypeScript and in Python. */
export const CorrelationId = z.string().min(1).max(200).meta({ id: 'CorrelationId' });

/** `ignore`: every fold is fitted anew, whatever an earlier attempt or run has left; that is what a reproduction wants. */
export const Checkpoints = z.enum(['use', 'ignore']).meta({ id: 'Checkpoints' });

/** What a fit depends on besides its inputs; part of the version's identity. */
export const TrainingEnvironment = z
  .strictObject({
    python: z.string(),
    lightgbm: z.string(),
    numpy: z.string(),
    lockHash: Sha256.describe('SHA-256 of the sidecar lock file'),
    threads: z.int().min(1),
    cpuClass: z.string().describe('architecture and instruction set that floating-point results depend on'),
  })
  .meta({ id: 'TrainingEnvironment' });
export type TrainingEnvironment = z.infer<typeof TrainingEnvironment>;

/** Who made a result: trials of one retrain must have been made alike, or they cannot be compared. */
export const TrainingOrigin = z
  .strictObject({
    environment: TrainingEnvironment,
    sidecarCode: Sha256.describe('SHA-256 over the sources of the sidecar'),
  })
  .meta({ id: 'TrainingOrigin' });
export type TrainingOrigin = z.infer<typeof TrainingOrigin>;

export const RunTrialInput = z
  .strictObject({
    correlationId: CorrelationId,
    rows: ArtifactRef.describe('the rows part of the snapshot'),
    trial: Trial,
    folds: z.array(Fold).min(1).max(50),
    seed: z.int().min(0),
    threads: z.int().min(1).max(64),
    maxSeconds: z.int().min(1),
    checkpoints: Checkpoints.default('use'),
  })
  .meta({ id: 'RunTrialInput' });
export type RunTrialInput = z.infer<typeof RunTrialInput>;

export const RunTrialResult = z
  .strictObject({
    trialId: Sha256,
    predictions: ArtifactRef.describe(
      'Parquet sorted by session, symbol: symbol, session, fold INTEGER, prediction DOUBLE',
    ),
    bestIterations: z.array(z.int().min(1)).describe('per fold'),
    foldSeconds: z.array(z.number().min(0)),
    predictedRows: z.int().min(0),
    origin: TrainingOrigin.nullable().default(null).describe('null: by a sidecar that did not say yet'),
  })
  .meta({ id: 'RunTrialResult' });
export type RunTrialResult = z.infer<typeof RunTrialResult>;

export const FitFinalInput = z
  .strictObject({
    correlationId: CorrelationId,
    rows: ArtifactRef,
    trial: Trial,
    iterations: z.int().min(1).describe('median best iteration of the folds'),
    trainFrom: SessionDate,
    trainTo: SessionDate.describe('last session with a label'),
    lastFold: Fold,
    lastFoldPredictions: ArtifactRef.describe("the trial's stored predictions"),
    seed: z.int().min(0),
    threads: z.int().min(1).max(64),
    maxSeconds: z.int().min(1),
    parityRows: z.int().min(100).describe('recent rows in the parity set'),
    checkpoints: Checkpoints.default('use'),
  })
  .meta({ id: 'FitFinalInput' });
export type FitFinalInput = z.infer<typeof FitFinalInput>;

export const FitFinalResult = z
  .strictObject({
    nativeModel: ArtifactRef.describe('LightGBM text model'),
    onnx: ArtifactRef.describe(
      'ai.onnx.ml TreeEnsemble with double thresholds; input float32 [n, features], output double [n, 1]',
    ),
    parity: ArtifactRef.describe(
      'Parquet: kind VARCHAR (recent, threshold, nan), one FLOAT column per feature in order, expected DOUBLE (native prediction)',
    ),
    trees: z.int().min(1),
    trainedRows: z.int().min(1),
    rankCorrelationWithLastFold: z.number().min(-1).max(1).describe('Spearman on the last test block'),
    featureMoments: z
      .array(
        z.strictObject({
          feature: z.string(),
          mean: z.number(),
          standardDeviation: z.number().min(0),
          missing: z.number().min(0).max(1),
        }),
      )
      .describe('of the training rows; the shadow measures skew against them'),
    gainImportance: z.array(z.strictObject({ feature: z.string(), gain: z.number().min(0) })),
    environment: TrainingEnvironment,
    sidecarCode: Sha256.nullable().default(null).describe('null: by a sidecar that did not say yet'),
    explanation: ArtifactRef.nullable()
      .default(null)
      .describe(
        'JSON: what the model uses and how (docs/training.md); null: by a sidecar that made none yet',
      ),
  })
  .meta({ id: 'FitFinalResult' });
export type FitFinalResult = z.infer<typeof FitFinalResult>;

/** Activity names and failure types of the training queue, shared by both languages. */
export const TRAINING_FAILURES = [
  'AllTrialsFailed',
  'NonFiniteValues',
  'TrainingTimeLimit',
  'TrainingMemoryLimit',
  'TooFewRows',
  'ConstantLabel',
  'OneClass',
  'UnsupportedModel',
  'EnvironmentMismatch',
  'ArtifactCorrupt',
  'ContractViolation',
] as const;
export const TrainingFailureType = z.enum(TRAINING_FAILURES).meta({ id: 'TrainingFailureType' });
export type TrainingFailureType = z.infer<typeof TrainingFailureType>;
