import { z } from 'zod';
import { ApprovalDeputy } from './deputy.ts';
import { Actor, Instant, Sha256 } from './primitives.ts';
import { GateName } from './verdict.ts';

/** What stands in the way while a retrain waits at its gates. */
export const HoldObjection = z
  .strictObject({
    gate: z.string().min(1).max(60).describe('a gate, or `input` when nothing could be prepared'),
    code: z.string().min(1).max(80),
    reason: z.string().min(1).max(1000),
  })
  .meta({ id: 'HoldObjection' });
export type HoldObjection = z.infer<typeof HoldObjection>;

/**
 * A retrain that waits at its gates. `error`: a gate could not be judged, and an operator says retry or stop.
 * `waivable-fail`: only waivable gates failed, and two people may accept each of them: quant leads, or one and the deputy.
 */
export const GateHold = z
  .strictObject({
    round: z.int().min(1),
    cause: z.enum(['error', 'waivable-fail']),
    objections: z.array(HoldObjection).min(1),
    evidenceHash: Sha256.nullable().describe(
      'the gate evidence that a waiver names; null when there is none',
    ),
    expiresAt: Instant,
    deputy: ApprovalDeputy.nullable()
      .default(null)
      .describe('who may waive in the place of a lead, and from when; null: nobody'),
  })
  .meta({ id: 'GateHold' });
export type GateHold = z.infer<typeof GateHold>;

/** Argument of the Update `answerHold`: an operator's word on gates that could not be judged. */
export const HoldDecision = z
  .strictObject({
    answer: z.enum(['retry', 'stop']),
    actor: Actor,
    round: z.int().min(1).describe('the round as the operator saw it'),
    reason: z.string().min(3).max(2000),
  })
  .meta({ id: 'HoldDecision' });
export type HoldDecision = z.infer<typeof HoldDecision>;

/** Argument of the Update `waive`: a quant lead, or the deputy once asked, accepts the fail of one gate. */
export const WaiveRequest = z
  .strictObject({
    gate: GateName,
    actor: Actor,
    evidenceHash: Sha256.describe('the gate evidence as the lead saw it'),
    reason: z.string().min(3).max(2000),
  })
  .meta({ id: 'WaiveRequest' });
export type WaiveRequest = z.infer<typeof WaiveRequest>;

/** Argument of the Update `refuseWaivers`: somebody who might waive says no, and the retrain ends. */
export const RefuseWaiversRequest = z
  .strictObject({
    actor: Actor,
    evidenceHash: Sha256.describe('the gate evidence as the lead saw it'),
    reason: z.string().min(3).max(2000),
  })
  .meta({ id: 'RefuseWaiversRequest' });
export type RefuseWaiversRequest = z.infer<typeof RefuseWaiversRequest>;

/** Who refused to waive what failed: the first who did, whoever asks. */
export interface WaiversRefused {
  readonly subject: string;
  readonly reason: string;
  readonly asDeputy: boolean;
}

/** Answer of the Update `waive`. */
export interface WaiveAnswer {
  readonly gate: GateName;
  readonly waivedBy: readonly string[];
  /** Failed gates that still lack a signature. */
  readonly open: readonly GateName[];
}
