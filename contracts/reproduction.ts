import { z } from 'zod';
import { ModelName, Sha256 } from './primitives.ts';
import { CorrelationId } from './training.ts';

/** Build a version again from what its record says it was made from, and compare. */
export const ReproduceInput = z
  .strictObject({
    model: ModelName,
    version: z.int().min(1),
    trials: z.enum(['all', 'chosen']).describe('all trials of its retrain, or only the one it came from'),
    correlationId: CorrelationId,
  })
  .meta({ id: 'ReproduceInput' });
export type ReproduceInput = z.infer<typeof ReproduceInput>;

/**
 * One thing that was compared. An `input` that differs has moved: the version cannot come out the same, or came out the same
 * by luck. A `result` that differs although no input did is a defect, and named as such. A `note` decides nothing.
 */
export const ReproductionFinding = z
  .strictObject({
    kind: z.enum(['input', 'result', 'note']),
    name: z.string().min(1),
    recorded: z.string(),
    rebuilt: z.string(),
    same: z.boolean(),
  })
  .meta({ id: 'ReproductionFinding' });
export type ReproductionFinding = z.infer<typeof ReproductionFinding>;

export const ReproductionReport = z
  .strictObject({
    model: ModelName,
    version: z.int().min(1),
    versionId: Sha256,
    rebuiltVersionId: Sha256.nullable().describe('null: nothing could be fitted'),
    verdict: z.enum(['byte-identical', 'moved', 'not-reproduced']),
    moved: z.array(z.string()).describe('inputs that are not what they were'),
    findings: z.array(ReproductionFinding),
    trials: z.strictObject({
      fitted: z.int().min(0),
      identical: z.int().min(0),
      differing: z.array(Sha256),
      notRecorded: z.int().min(0).describe('fitted, without predictions of this retrain to compare with'),
    }),
  })
  .meta({ id: 'ReproductionReport' });
export type ReproductionReport = z.infer<typeof ReproductionReport>;
