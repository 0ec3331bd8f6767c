import { z } from 'zod';
import { ClockSpec } from './clock.ts';
import { ApprovalDeputy } from './deputy.ts';
import { GateHold } from './gate-hold.ts';
import { Actor, Instant, ModelName, SessionDate, Sha256 } from './primitives.ts';
import { CorrelationId } from './training.ts';
import { GateVerdict, Verdict, Waiver } from './verdict.ts';

/** The eight steps of `retrainModel`, in order. */
export const RetrainStep = z
  .enum(['extract', 'validate', 'train', 'package', 'judge', 'shadow', 'approve', 'swap'])
  .meta({ id: 'RetrainStep' });
export type RetrainStep = z.infer<typeof RetrainStep>;

export const Trigger = z.enum(['schedule', 'decay', 'drift', 'manual']).meta({ id: 'Trigger' });
export type Trigger = z.infer<typeof Trigger>;

/** Final states. A retrain that ends without promotion is a normal, fully recorded result. */
export const RetrainOutcome = z
  .enum(['promoted', 'refused', 'rejected', 'expired', 'failed', 'cancelled', 'superseded', 'judged'])
  .meta({ id: 'RetrainOutcome' });
export type RetrainOutcome = z.infer<typeof RetrainOutcome>;

/** What starts one retrain. `asOf` is always an instant, never "now" inside the workflow. */
export const RetrainInput = z
  .strictObject({
    model: ModelName,
    asOf: Instant,
    trigger: Trigger,
    requester: Actor.describe('the system itself for schedule, decay and drift'),
    clock: ClockSpec,
    emergency: z.boolean().describe('supersedes an open retrain; skips no gate and no approval'),
    allowProbation: z
      .boolean()
      .describe(
        'when the model has no champion and a waivable gate fails: ask two quant leads to admit on probation',
      ),
    reason: z.string().max(1000),
    correlationId: CorrelationId,
  })
  .meta({ id: 'RetrainInput' });
export type RetrainInput = z.infer<typeof RetrainInput>;

export const RetrainResult = z
  .strictObject({
    retrainId: z.string(),
    outcome: RetrainOutcome,
    reason: z.string(),
    verdict: Verdict.nullable(),
    verdicts: z.array(GateVerdict),
    version: z.int().min(1).nullable().describe("the version's number, when one was made"),
    versionId: Sha256.nullable(),
    epoch: z.int().min(1).nullable().describe('the epoch opened by the swap, when promoted'),
  })
  .meta({ id: 'RetrainResult' });
export type RetrainResult = z.infer<typeof RetrainResult>;

/** Argument of the Update `decide`: a quant lead's signature under, or against, the decision evidence. */
export const Decision = z
  .strictObject({
    decision: z.enum(['approve', 'reject']),
    actor: Actor,
    evidenceHash: Sha256.describe('the decision evidence as the lead saw it'),
    reason: z.string().min(3).max(2000),
  })
  .meta({ id: 'Decision' });
export type Decision = z.infer<typeof Decision>;

/** Answer of the Update `decide` and of the query `state`. */
export const ApprovalState = z
  .strictObject({
    evidenceHash: Sha256,
    needed: z.int().min(1),
    approvedBy: z.array(z.string()),
    rejectedBy: z.string().nullable(),
    expiresAt: Instant,
    kind: z.enum(['promotion', 'probation']),
    deputy: ApprovalDeputy.nullable().default(null),
  })
  .meta({ id: 'ApprovalState' });
export type ApprovalState = z.infer<typeof ApprovalState>;

/** Answer of the query `state` of `retrainModel`. */
export const RetrainState = z
  .strictObject({
    retrainId: z.string(),
    model: ModelName,
    step: RetrainStep,
    steps: z
      .array(z.strictObject({ step: RetrainStep, startedAt: Instant }))
      .describe('as they were entered; empty while a release runs it that did not say'),
    finished: z.boolean(),
    outcome: RetrainOutcome.nullable(),
    reason: z.string(),
    verdicts: z.array(GateVerdict),
    waivers: z.array(Waiver).describe('fails that two quant leads accepted'),
    hold: GateHold.nullable().describe('why it waits at its gates; null when it does not'),
    shadowSessions: z.array(SessionDate),
    approval: ApprovalState.nullable(),
    awaiting: z.string().describe('what is awaited from whom; empty when nothing is'),
  })
  .meta({ id: 'RetrainState' });
export type RetrainState = z.infer<typeof RetrainState>;

/** What starts the guard of one reign. */
export const GuardInput = z
  .strictObject({
    model: ModelName,
    epoch: z.int().min(1),
    clock: ClockSpec,
    afterSession: SessionDate.describe('the last session before the reign'),
    measuredSessions: z.int().min(0).describe('carried over continue-as-new'),
    consecutiveErrors: z.int().min(0),
    correlationId: CorrelationId,
  })
  .meta({ id: 'GuardInput' });
export type GuardInput = z.infer<typeof GuardInput>;

export const RollbackInput = z
  .strictObject({
    model: ModelName,
    toVersion: z.int().min(1).nullable().describe('null: the previous champion'),
    expectedEpoch: z.int().min(1).nullable().describe('null: whatever epoch is in force'),
    reason: z.string().min(3).max(2000),
    actor: Actor,
    idempotencyKey: z.string().min(8).max(200),
    correlationId: CorrelationId,
  })
  .meta({ id: 'RollbackInput' });
export type RollbackInput = z.infer<typeof RollbackInput>;

export const RollbackResult = z
  .strictObject({
    model: ModelName,
    fromVersion: z.int().min(1),
    toVersion: z.int().min(1),
    epoch: z.int().min(1),
    status: z.enum(['complete', 'partial']),
    missingServers: z.array(z.string()),
    elapsedMs: z.number().min(0).describe('accepted command to the last acknowledgement'),
  })
  .meta({ id: 'RollbackResult' });
export type RollbackResult = z.infer<typeof RollbackResult>;
