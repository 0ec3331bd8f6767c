import { z } from 'zod';
import { ArtifactRef, Sha256 } from './primitives.ts';
import { HyperParameters } from './training.ts';

/**
 * Where a search in generations stands; null: every trial is planned. A plan of before there were generations says nothing,
 * which means the same.
 */
export const TrialSearch = z
  .strictObject({
    remaining: z.int().min(1).describe('trials still to be proposed'),
    newest: z.array(Sha256).min(1).describe('trials that were planned last, in the order of the plan'),
    memory: ArtifactRef.describe('a SearchMemory: what the generations before them have shown'),
  })
  .nullable()
  .default(null);
export type TrialSearch = z.infer<typeof TrialSearch>;

/** What a search in generations goes by; canonical JSON in the artifact store. */
export const SearchMemory = z.strictObject({
  schema: z.literal(1),
  told: z.array(
    z.strictObject({
      features: z.array(z.string()),
      params: HyperParameters,
      sharpe: z
        .number()
        .nullable()
        .describe('annualised, out of sample, net of costs; null: no returns that vary'),
    }),
  ),
  taken: z
    .array(Sha256)
    .describe('hashes of recipes that this retrain fits already, each with its fold plan'),
});
export type SearchMemory = z.infer<typeof SearchMemory>;
