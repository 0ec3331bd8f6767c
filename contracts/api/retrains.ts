import { z } from 'zod';
import { ClockSpec } from '../clock.ts';
import { ApprovalDeputy } from '../deputy.ts';
import { GateHold } from '../gate-hold.ts';
import { ArtifactRef, Instant, ModelName, Sha256 } from '../primitives.ts';
import { TrainingEnvironment } from '../training.ts';
import { GateName, Verdict } from '../verdict.ts';
import { ModelOrigin, VersionManifest } from '../version.ts';
import {
  ApprovalBrief,
  ReignRecord,
  RetrainBrief,
  SwapHours,
  VersionBrief,
  VersionRecord,
} from './models.ts';
import { pageOf, Reason } from './text.ts';

const Facts = z.record(z.string(), z.json());

export const RetrainRow = RetrainBrief.extend({
  model: ModelName,
  code: z.string().describe('stable code of the refusal or failure; empty when there is none'),
  specNumber: z.int().min(1),
}).meta({ id: 'RetrainRow' });
export const RetrainPage = pageOf(RetrainRow, 'RetrainPage');

export const EvidenceRecord = z
  .strictObject({
    hash: Sha256,
    kind: z.enum(['gate', 'shadow', 'decision']),
    parent: Sha256.nullable(),
    verdict: Verdict.nullable(),
    versionId: Sha256,
    body: Facts.describe('canonical JSON of it hashes to `hash`'),
    recordedAt: Instant,
  })
  .meta({ id: 'EvidenceRecord' });
export const EvidenceList = z.strictObject({ items: z.array(EvidenceRecord) }).meta({ id: 'EvidenceList' });

export const ShadowDay = z
  .strictObject({
    session: z.string(),
    versionId: Sha256,
    championId: Sha256.nullable(),
    rows: z.int().min(0),
    pairedRows: z.int().min(0),
    verdict: z.enum(['continue', 'fail']),
    reason: z.string(),
    predictions: ArtifactRef.nullable(),
    numbers: Facts,
  })
  .meta({ id: 'ShadowDay' });

export const HoldRecord = z
  .strictObject({
    round: z.int().min(1),
    cause: z.enum(['error', 'waivable-fail']),
    objections: z.array(z.strictObject({ gate: z.string(), code: z.string(), reason: z.string() })),
    expiresAt: Instant,
    deputy: ApprovalDeputy.nullable().describe('who may waive in the place of a lead; null: nobody'),
    recordedAt: Instant,
    answer: z
      .strictObject({
        answer: z.enum(['retry', 'stop', 'waived', 'expired', 'refused']),
        subject: z.string(),
        reason: z.string(),
        recordedAt: Instant,
      })
      .nullable(),
  })
  .meta({ id: 'HoldRecord' });

/** Failed gates that an open retrain lets people waive now. */
export const OpenWaivers = z
  .strictObject({
    retrainId: z.string(),
    model: ModelName,
    round: z.int().min(1),
    evidenceHash: Sha256.describe('the gate evidence that a waiver names; another one is refused'),
    gates: z.array(
      z.strictObject({
        gate: z.string(),
        code: z.string(),
        reason: z.string(),
        waivedBy: z.array(z.string()).describe('in the order in which they signed'),
      }),
    ),
    needed: z.int().min(1).describe('people for each gate'),
    barred: z
      .array(z.string())
      .describe('people who may not waive: requester and, under four-eyes, spec author'),
    deputy: ApprovalDeputy.nullable().describe('who may waive in the place of one lead; null: nobody'),
    openedAt: Instant,
    expiresAt: Instant,
  })
  .meta({ id: 'OpenWaivers' });
export const OpenWaiversPage = pageOf(OpenWaivers, 'OpenWaiversPage');

export const ObjectionRecord = z
  .strictObject({
    id: z.int().min(1),
    retrainId: z.string(),
    model: ModelName,
    version: z.int().min(1).describe('number of the version it speaks against'),
    evidenceHash: Sha256,
    subject: z.string(),
    reason: z.string(),
    recordedAt: Instant,
    epoch: z.int().min(1).nullable().describe('the reign it speaks against; null: raised before the swap'),
    state: z
      .enum(['open', 'withdrawn', 'overruled', 'upheld', 'over'])
      .describe(
        'open: it stands, and holds the swap that has not happened; upheld: nothing was swapped, or it was taken back; over: the reign gave way to the next',
      ),
    answers: z.array(
      z.strictObject({
        subject: z.string(),
        answer: z.enum(['withdraw', 'overrule']),
        reason: z.string(),
        recordedAt: Instant,
      }),
    ),
  })
  .meta({ id: 'ObjectionRecord' });

export const RaiseObjection = z
  .strictObject({
    evidenceHash: Sha256.describe('the decision evidence that was read'),
    reason: Reason,
  })
  .meta({ id: 'RaiseObjection' });
export const AnswerObjection = z
  .strictObject({
    answer: z
      .enum(['withdraw', 'overrule'])
      .describe('withdraw: by whoever objected; overrule: by two others'),
    reason: Reason,
  })
  .meta({ id: 'AnswerObjection' });

/** One retrain as the registry has it: complete also when no worker runs. */
export const RetrainDetail = z
  .strictObject({
    retrain: RetrainRow,
    clock: ClockSpec.describe('replay: the market it decides for is one of the past, played at a pace'),
    approval: ApprovalBrief.nullable(),
    shadowDays: z.array(ShadowDay),
    holds: z.array(HoldRecord),
    waivers: z.array(
      z.strictObject({
        evidenceHash: Sha256,
        gate: GateName,
        subject: z.string(),
        reason: z.string(),
        asDeputy: z.boolean().describe('by the deputy, in the place of a quant lead'),
        recordedAt: Instant,
      }),
    ),
    waiving: OpenWaivers.nullable().describe(
      'what people may waive now; null: the retrain waits for no waiver',
    ),
    objections: z.array(ObjectionRecord).describe('of quant leads to the promotion, oldest first'),
    swap: SwapHours.nullable().describe(
      'when the version would answer if the last signature came now; null: nothing is asked for',
    ),
    temporalUrl: z.string().nullable(),
  })
  .meta({ id: 'RetrainDetail' });

export const StoredGateReport = z
  .strictObject({
    hash: Sha256,
    report: Facts.describe('RecordedGateReport of the release that judged'),
    versionId: Sha256,
    recordedAt: Instant,
    page: ArtifactRef.nullable(),
    icHalfLife: z
      .strictObject({
        sessions: z.number().gt(0).nullable().describe('null: the horizons do not tell'),
        interval: z.array(z.number()).max(2).describe('95 %; empty without a half-life'),
        reason: z.string().describe('why there is none; empty when there is one'),
      })
      .describe('sessions after which a prediction says half as much, from the rank IC by horizon'),
    closeness: z
      .array(
        z.strictObject({
          gate: GateName,
          distance: z
            .number()
            .describe('standard errors by which the number lies inside its bound; below zero outside'),
          atLeast: z.boolean().describe('it may be farther: no replicate came nearer'),
          scale: z.enum(['standard-errors', 'p-value', 'confidence', 'resampled']),
        }),
      )
      .describe('of the gates that have an uncertainty of their own, in reading order'),
    judgedSize: z
      .strictObject({
        capital: z.number().describe("money in the book, in the market's currency"),
        annualisedReturn: z.number().describe('after costs, least fees and market impact'),
        annualisedSharpe: z.number().nullable().describe('null: the returns do not vary'),
        unknownShare: z
          .number()
          .describe('of the money traded, in names of unknown traded value: their impact is left out'),
      })
      .nullable()
      .describe(
        'what is left of the return at the size of the book that capacity judged; every other return is before market impact; null: not measured',
      ),
  })
  .meta({ id: 'StoredGateReport' });

/** Plots of the gate report, by the order in which they are read. */
export const FigureName = z
  .enum([
    ...(['equity', 'difference', 'spa', 'dsr', 'pbo'] as const),
    ...(['ic', 'ic-decile', 'ic-sector', 'ic-regime', 'ic-horizon', 'search', 'costs', 'capacity'] as const),
  ])
  .meta({ id: 'FigureName' });
export type FigureName = z.infer<typeof FigureName>;

export const FigureList = z
  .strictObject({
    items: z.array(
      z.strictObject({
        name: FigureName,
        missing: z.string().describe('why it was not drawn; empty when it was'),
        description: z
          .string()
          .describe('what it shows, with its numbers, in a sentence; empty when it was not drawn'),
      }),
    ),
  })
  .meta({ id: 'FigureList' });

export const StartRetrain = z
  .strictObject({
    asOf: Instant.nullable().default(null).describe('business instant; null: now'),
    emergency: z
      .boolean()
      .default(false)
      .describe('takes the place of an open retrain; skips no gate and no approval'),
    allowProbation: z.boolean().default(false),
    challenger: z
      .int()
      .min(1)
      .nullable()
      .default(null)
      .describe(
        'number of a named challenger that passed its shadow: nothing is made, signatures are asked for; null: the eight steps',
      ),
    reason: Reason,
    replaySecondsPerSession: z
      .number()
      .min(0.01)
      .max(86_400)
      .nullable()
      .default(null)
      .describe('replay clock, for past as-of instants; null: the live clock'),
  })
  .meta({ id: 'StartRetrain' });
export const StartedRetrain = z
  .strictObject({ retrainId: z.string(), asOf: Instant })
  .meta({ id: 'StartedRetrain' });

export const DecideRetrain = z
  .strictObject({
    decision: z.enum(['approve', 'reject']),
    evidenceHash: Sha256.describe('the decision evidence that was read'),
    reason: Reason,
  })
  .meta({ id: 'DecideRetrain' });

export const WaiveGate = z
  .strictObject({
    gate: GateName,
    evidenceHash: Sha256.describe('the gate evidence that was read'),
    reason: Reason,
  })
  .meta({ id: 'WaiveGate' });
export const WaivedGate = z
  .strictObject({ gate: GateName, waivedBy: z.array(z.string()), open: z.array(GateName) })
  .meta({ id: 'WaivedGate' });

export const RefuseWaivers = z
  .strictObject({
    evidenceHash: Sha256.describe('the gate evidence that was read'),
    reason: Reason,
  })
  .meta({ id: 'RefuseWaivers' });
export const RefusedWaivers = z
  .strictObject({
    subject: z.string().describe('who refused first'),
    reason: z.string(),
    asDeputy: z.boolean().describe('as the deputy, in the place of a quant lead'),
  })
  .meta({ id: 'RefusedWaivers' });

export const AnswerHold = z
  .strictObject({ answer: z.enum(['retry', 'stop']), round: z.int().min(1), reason: Reason })
  .meta({ id: 'AnswerHold' });
export const AnsweredHold = GateHold;

export const ApprovalPage = pageOf(ApprovalBrief, 'ApprovalPage');

export const VersionRow = VersionBrief.extend({
  model: ModelName,
  snapshotId: Sha256,
  recipeHash: Sha256,
  state: z.enum(['registered', 'deleted']),
  retainUntil: Instant,
  role: z.enum(['champion', 'previous', 'challenger', 'former', 'none']),
}).meta({ id: 'VersionRow' });
export const VersionPage = pageOf(VersionRow, 'VersionPage');

export const VersionDossier = z
  .strictObject({
    version: VersionRecord,
    keptBecause: z.string().nullable().describe('why it cannot be deleted; null when it can'),
    retrains: z.array(
      z.strictObject({
        retrainId: z.string(),
        asOf: Instant,
        trigger: z.string(),
        requester: z.string(),
        specNumber: z.int(),
        status: z.string(),
      }),
    ),
    evidence: z.array(EvidenceRecord),
    signatures: z.array(
      z.strictObject({
        evidenceHash: Sha256,
        subject: z.string(),
        decision: z.enum(['approve', 'reject']),
        reason: z.string(),
        decidedAt: Instant,
      }),
    ),
    reigns: z.array(ReignRecord),
  })
  .meta({ id: 'VersionDossier' });

const SnapshotFacts = z.strictObject({
  id: Sha256,
  market: z.string(),
  asOf: Instant,
  recordedAt: Instant,
  collectedAt: Instant.nullable().describe(
    'when garbage collection took its bytes; null while they are there',
  ),
});
export const VersionLineage = z
  .strictObject({
    model: ModelName,
    version: z.int().min(1),
    versionId: Sha256,
    state: z.string(),
    snapshot: SnapshotFacts,
    recipeHash: Sha256,
    featureCodeHash: Sha256,
    seed: z.int().min(0).nullable().describe('null: the version was registered, no retrain made it'),
    environment: TrainingEnvironment.nullable(),
    origin: ModelOrigin.nullable().describe('who fitted a registered version; null: a retrain did'),
    artifacts: VersionManifest.shape.artifacts,
    retrains: z.array(
      z.strictObject({
        retrainId: z.string(),
        run: z.int(),
        status: z.string(),
        requester: z.string(),
        specNumber: z.int(),
        specHash: Sha256,
        specAuthor: z.string(),
        trials: z.int().min(0),
        ownTrials: z.array(z.string()).describe("trials of the version's own recipe"),
      }),
    ),
  })
  .meta({ id: 'VersionLineage' });
export const SnapshotLineage = z
  .strictObject({
    snapshot: SnapshotFacts,
    versions: z.array(
      z.strictObject({
        model: ModelName,
        version: z.int().min(1),
        versionId: Sha256,
        state: z.string(),
        champion: z.boolean(),
        reigns: z.int().min(0),
      }),
    ),
    retrains: z.array(z.strictObject({ retrainId: z.string(), run: z.int(), status: z.string() })),
  })
  .meta({ id: 'SnapshotLineage' });
