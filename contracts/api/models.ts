import { z } from 'zod';
import { ApprovalDeputy } from '../deputy.ts';
import { DrillStanding } from '../drill.ts';
import { Instant, Market, ModelName, SessionDate, Sha256 } from '../primitives.ts';
import { RetrainOutcome, RetrainStep, Trigger } from '../retrain.ts';
import { ModelSpec } from '../spec.ts';
import { Verdict } from '../verdict.ts';
import { VersionManifest } from '../version.ts';
import { pageOf, Reason } from './text.ts';

export const SideAction = z.enum(['serve', 'reduce-only', 'halt']).meta({ id: 'SideAction' });

export const ModelSide = z
  .strictObject({
    action: SideAction.describe('what consumers do with the answers'),
    reason: z.string(),
    subject: z.string(),
    epoch: z.int().min(0),
    since: Instant.nullable(),
  })
  .meta({ id: 'ModelSide' });

export const ModelFreeze = z
  .strictObject({
    frozen: z.boolean().describe('neither promoted nor rolled back by itself'),
    reason: z.string(),
    subject: z.string(),
    epoch: z.int().min(0),
    since: Instant.nullable(),
  })
  .meta({ id: 'ModelFreeze' });

export const VersionBrief = z
  .strictObject({ id: Sha256, number: z.int().min(1), registeredAt: Instant, probation: z.boolean() })
  .meta({ id: 'VersionBrief' });

export const RetrainBrief = z
  .strictObject({
    retrainId: z.string(),
    run: z.int().min(1),
    asOf: Instant,
    trigger: Trigger,
    requester: z.string(),
    emergency: z.boolean(),
    step: RetrainStep,
    status: z.union([z.literal('open'), RetrainOutcome]),
    verdict: Verdict.nullable(),
    reason: z.string(),
    version: z.int().min(1).nullable(),
    startedAt: Instant,
    stepAt: Instant,
    finishedAt: Instant.nullable(),
  })
  .meta({ id: 'RetrainBrief' });

export const ApprovalBrief = z
  .strictObject({
    retrainId: z.string(),
    model: ModelName,
    version: z.int().min(1),
    evidenceHash: Sha256.describe('what is signed; a signature under another hash is refused'),
    admission: z.enum(['promotion', 'probation']),
    expectedEpoch: z.int().min(0),
    needed: z.int().min(1).describe('signatures'),
    approvedBy: z.array(z.string()),
    rejectedBy: z.string().nullable(),
    barred: z.array(z.string()).describe('people who may not sign: requester and spec author'),
    deputy: ApprovalDeputy.nullable().describe(
      'who may decide in the place of a lead; null: nobody is named',
    ),
    openedAt: Instant,
    expiresAt: Instant,
  })
  .meta({ id: 'ApprovalBrief' });

/** The window for swaps that is open, or opens next. */
export const SwapHours = z
  .strictObject({
    opensAt: Instant.nullable().describe('null: it is open'),
    closesAt: Instant.nullable().describe('when the next session opens; null: it does not close'),
    firstSession: SessionDate.nullable().describe(
      'market date of the first session that a champion swapped in then decides; null: not known, as in a replay',
    ),
  })
  .meta({ id: 'SwapHours' });

export const ModelOverview = z
  .strictObject({
    model: ModelName,
    market: Market,
    specNumber: z.int().min(1),
    epoch: z.int().min(0).describe('0 before the first champion'),
    champion: VersionBrief.nullable(),
    reign: z
      .strictObject({
        cause: z.enum(['swap', 'rollback', 'probation']),
        actor: z.string(),
        reason: z.string(),
        businessAt: Instant,
        recordedAt: Instant,
      })
      .nullable(),
    rollbackTarget: z.int().min(1).nullable().describe('version that a plain rollback goes to'),
    challenger: VersionBrief.nullable(),
    side: ModelSide,
    freeze: ModelFreeze,
    retrain: RetrainBrief.nullable().describe('the newest, open or not'),
    approval: ApprovalBrief.nullable().describe('what the open retrain asks for'),
    servers: z.strictObject({
      leased: z.int().min(0),
      acknowledged: z.int().min(0).describe('of those, answering with this epoch'),
    }),
    lastResult: z
      .strictObject({
        session: z.string(),
        rankIc: z.number().nullable(),
        netReturn: z.number().nullable().describe('daily, net of cost, a fraction'),
      })
      .nullable(),
    drill: z
      .strictObject({
        id: z.int().min(1),
        waitedFor: z.int().min(0).describe('servers with a valid lease when it was opened'),
        reported: z.int().min(0).describe('of those, so far'),
      })
      .nullable()
      .describe('the rehearsal of the way back that runs; null: none does'),
    recentAlerts: z.int().min(0).describe('of the last 24 hours'),
  })
  .meta({ id: 'ModelOverview' });
export type ModelOverview = z.infer<typeof ModelOverview>;

export const ModelList = z.strictObject({ items: z.array(ModelOverview) }).meta({ id: 'ModelList' });

export const VersionRecord = z
  .strictObject({
    id: Sha256,
    model: ModelName,
    number: z.int().min(1),
    manifest: VersionManifest,
    snapshotId: Sha256,
    recipeHash: Sha256,
    state: z.enum(['registered', 'deleted']),
    registeredAt: Instant,
    retainUntil: Instant,
    probation: z.boolean(),
  })
  .meta({ id: 'VersionRecord' });

export const ReignRecord = z
  .strictObject({
    model: ModelName,
    epoch: z.int().min(1),
    versionId: Sha256,
    version: z.int().min(1),
    fromVersion: z.int().min(1).nullable(),
    cause: z.enum(['swap', 'rollback', 'probation']),
    retrainId: z.string().nullable(),
    decisionHash: Sha256.nullable(),
    actor: z.string(),
    reason: z.string(),
    businessAt: Instant.describe('business time of the beginning'),
    recordedAt: Instant.describe('system time: when the registry learnt of it'),
  })
  .meta({ id: 'ReignRecord' });

export const ChampionView = z
  .strictObject({
    model: ModelName,
    epoch: z.int().min(0),
    champion: VersionRecord.nullable(),
    previous: z.array(VersionRecord),
    rollbackTarget: z.int().min(1).nullable(),
    challenger: VersionRecord.nullable(),
    side: ModelSide,
    freeze: ModelFreeze,
    spec: ModelSpec,
    specNumber: z.int().min(1),
    reign: ReignRecord.nullable(),
  })
  .meta({ id: 'ChampionView' });

export const ReignPage = pageOf(ReignRecord, 'ReignPage');

export const ChampionAt = z
  .strictObject({ model: ModelName, at: Instant, knownAt: Instant, reign: ReignRecord.nullable() })
  .meta({ id: 'ChampionAt' });

export const SpecRecord = z
  .strictObject({
    model: ModelName,
    number: z.int().min(1),
    spec: ModelSpec,
    hash: Sha256,
    author: z.string(),
    loosened: z.array(z.string()).describe('safety fields looser than in the spec before'),
    secondPerson: z.string().nullable(),
    secondAsDeputy: z
      .boolean()
      .describe('the second person is the deputy whom the spec before names, in the place of a quant lead'),
    recordedAt: Instant,
  })
  .meta({ id: 'SpecRecord' });
export const SpecPage = pageOf(SpecRecord, 'SpecPage');

export const ApplySpec = z
  .strictObject({
    spec: ModelSpec,
    reason: Reason,
    expectedNumber: z
      .int()
      .min(0)
      .nullable()
      .default(null)
      .describe('refuse when another spec is in force; 0: none'),
  })
  .meta({ id: 'ApplySpec' });

export const SpecProposal = z
  .strictObject({
    id: z.int().min(1),
    model: ModelName,
    baseNumber: z.int().min(1).describe('the spec in force when it was proposed'),
    spec: ModelSpec,
    hash: Sha256,
    author: z.string(),
    loosened: z.array(z.string()),
    reason: z.string(),
    proposedAt: Instant,
    expiresAt: Instant,
    deputy: ApprovalDeputy.nullable().describe(
      'who may decide in the place of a second lead, and from when; null: nobody, and always where it loosens `approval`',
    ),
    state: z.enum(['open', 'agreed', 'rejected', 'expired', 'outrun']),
    decidedBy: z.string().nullable(),
    decidedAsDeputy: z.boolean(),
    decidedReason: z.string().nullable(),
    decidedAt: Instant.nullable(),
  })
  .meta({ id: 'SpecProposal' });
export const SpecProposalPage = pageOf(SpecProposal, 'SpecProposalPage');

const JsonText = z.string().describe('JSON; `null` stands for a field that is not there');

export const SpecProposalDetail = SpecProposal.extend({
  changes: z
    .array(
      z.strictObject({
        path: z.string(),
        before: JsonText,
        after: JsonText,
        loosened: z.boolean().describe('it needs the second person; the others come along'),
      }),
    )
    .describe('every field in which it differs from the spec it was proposed against, the loosened first'),
}).meta({ id: 'SpecProposalDetail' });

export const AppliedSpec = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('applied'),
      applied: z.strictObject({
        model: ModelName,
        number: z.int().min(1),
        changed: z.boolean().describe('false: this very spec is in force already'),
        loosened: z.array(z.string()),
      }),
      scheduled: z.boolean().describe('false: Temporal was away; apply again to put the schedule in force'),
    }),
    z.strictObject({ kind: z.literal('proposed'), proposal: SpecProposal }),
  ])
  .meta({
    id: 'AppliedSpec',
    description: 'in force, or waiting for a second quant lead because it loosens something',
  });

export const DecideProposal = z
  .strictObject({
    decision: z.enum(['agree', 'reject']),
    hash: Sha256.nullable()
      .default(null)
      .describe('of the proposed spec that was read; null: whatever the proposal of this number holds'),
    reason: Reason,
  })
  .meta({ id: 'DecideProposal' });

export const DecidedProposal = z
  .strictObject({
    proposal: SpecProposal,
    scheduled: z.boolean().describe('the schedule of the spec is in force; false after a rejection'),
  })
  .meta({ id: 'DecidedProposal' });

export const SetSide = z.strictObject({ action: SideAction, reason: Reason }).meta({ id: 'SetSide' });
export const SetFreeze = z.strictObject({ frozen: z.boolean(), reason: Reason }).meta({ id: 'SetFreeze' });

export const RollbackRequest = z
  .strictObject({
    toVersion: z.int().min(1).nullable().default(null).describe('null: the previous champion'),
    expectedEpoch: z
      .int()
      .min(1)
      .nullable()
      .default(null)
      .describe('the epoch that was looked at; null: any'),
    reason: Reason,
  })
  .meta({ id: 'RollbackRequest' });

export const MeasuredSwap = z
  .strictObject({
    epoch: z.int().min(1),
    at: Instant.describe('of the commit'),
    tookMs: z.number().min(0).describe('from the commit to the last acknowledgement'),
    servers: z.int().min(1).describe('that acknowledged'),
  })
  .meta({ id: 'MeasuredSwap' });

export const SwapStatus = z
  .strictObject({
    model: ModelName,
    epoch: z.int().min(0),
    status: z.enum(['complete', 'partial']),
    acknowledged: z.array(z.strictObject({ server: z.string(), epoch: z.int().min(0) })),
    missing: z.array(z.strictObject({ server: z.string(), epoch: z.int().min(0) })),
    lastAcknowledgedAt: Instant.nullable(),
    measured: z
      .strictObject({ rollback: MeasuredSwap.nullable(), promotion: MeasuredSwap.nullable() })
      .describe('how long the newest of each took to reach every server; null: none on record was measured'),
    drill: DrillStanding.describe('when the way back was last rehearsed, and how that went'),
  })
  .meta({ id: 'SwapStatus' });
